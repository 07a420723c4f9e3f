#!/bin/sh
# stop.sh STATE_DIR...: end the servers that were started there.
#
# A pid is used again some day, so a process that began after its pid file was
# written is left alone.
set -u

began() {
	# Seconds since boot at which the process began (proc(5), field 22).
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null |
	    awk -v hz="$(getconf CLK_TCK)" '{ printf "%d", $20 / hz }'
}

# Ended, or a zombie that only awaits its parent.
ended() {
	case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
	''|Z*|X*) return 0 ;;
	esac
	return 1
}

for dir; do
	[ -s "$dir/pid" ] || continue
	read -r pid _ < "$dir/pid" || :
	boot=$(awk '$1 == "btime" { print $2 }' /proc/stat)
	at=$(began "$pid")
	if [ -n "$at" ] &&
	    [ $((boot + at)) -le $(($(stat -c %Y "$dir/pid") + 2)) ]; then
		kill "$pid" 2>/dev/null
		i=0
		while ! ended "$pid" && [ $i -lt 100 ]; do
			sleep 0.05
			i=$((i + 1))
		done
		ended "$pid" || kill -9 "$pid" 2>/dev/null
	fi
	rm -f "$dir/pid" "$dir/port"
done
