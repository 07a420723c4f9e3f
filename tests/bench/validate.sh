#!/bin/bash
# Checking 10,000,000 rows, duplicates over the whole file included: our time
# and memory beside those of mawk with the same rules, in the same run.  BUILD
# names the build folder, ROWS another number of rows.
# Fails when rows are not all counted, or a cap on memory is not kept; times
# are only printed.
set -eu
build=${BUILD:-.}
rows=${ROWS:-10000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run NAME COMMAND...: the wall time in microseconds to took[NAME].
declare -A took
run() {
	local name=$1 start end
	shift
	start=${EPOCHREALTIME/[.,]/}
	"$@"
	end=${EPOCHREALTIME/[.,]/}
	took[$name]=$((end - start))
}

ours() {
	"$build/tests/bench/bench_validate" "$@" >"$work/out" 2>"$work/rss"
}

# Length, characters, 0 or 1, shape of the date, agreement, duplicates.
awk_check() {
	LC_ALL=C mawk -F, 'NR > 1 {
		if (NF != 3 || length($1) > 40 || $1 !~ /^[!#-+.-~-]+$/ ||
		    $2 !~ /^[01]$/)
			bad++
		else if ($2 == "0" && $3 != "")
			bad++
		else if ($2 == "1" &&
		    $3 !~ /^[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]$/)
			bad++
		if ($1 in seen)
			again++
		seen[$1]
	} END { print NR - 1, bad + 0, again + 0 }' "$1" >"$work/awk"
}

# ratio A B: A / B with two digits.
ratio() {
	echo "$(($1 / $2)).$(printf '%02d' $(($1 * 100 / $2 % 100)))"
}

bad=0
for mode in csv dup; do
	"$build/tests/bench/gen" "$rows" "$mode" 7 >"$work/in"
	echo "validate $mode: $rows rows, $(stat -c %s "$work/in") bytes"
	run ours ours "$work/in"
	grep -q "^rows $rows " "$work/out" || bad=1
	echo "  ours ${took[ours]} us, $(($(cat "$work/rss") / 1024)) MiB:" \
	    "$(cat "$work/out")"
	[ "$(cat "$work/rss")" -le $((65536 + rows * 24 / 1024)) ] || bad=1
	run capped ours "$work/in" 16M
	grep -q "^rows $rows " "$work/out" || bad=1
	[ "$(cat "$work/rss")" -le 65536 ] || bad=1
	echo "  ours with 16 MiB for duplicates: ${took[capped]} us," \
	    "$(($(cat "$work/rss") / 1024)) MiB"
	if command -v mawk >/dev/null; then
		run awk awk_check "$work/in"
		echo "  mawk ${took[awk]} us: $(cat "$work/awk");" \
		    "ours is $(ratio "${took[awk]}" "${took[ours]}") times" \
		    "as fast"
	fi
done
exit "$bad"
