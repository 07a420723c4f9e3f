#!/bin/bash
# Uploads by SFTP: ours beside OpenSSH's sftp and curl, in turns in the same
# run, to the same sshd in memory.
#
# First on this machine's loopback.  Then over a line with a round trip of
# 50 ms between two network namespaces of our own; that half needs root and
# /dev/net/tun, and is left out, with a word, where they are missing.
#
# BUILD and SRC name the build and source folders, MIB another size than 256,
# ROUNDS another number of rounds than 3 (the best counts).  curl needs minutes
# for 256 MiB over such a line: it sends CURL_MIB 4 and nothing, and what it
# would need for the whole is worked out from the two.
# Fails when a file does not arrive whole; times are only printed.
set -eu
build=$(cd "${BUILD:-.}" && pwd)
src=$(cd "${SRC:-.}" && pwd)
mib=${MIB:-256}
curl_mib=${CURL_MIB:-4}
rounds=${ROUNDS:-3}
delay=25
probe=$build/tests/live/xfer_probe
shm=/dev/shm
[ -w "$shm" ] || shm=/tmp
work=$(mktemp -d -p "$shm")
pids=()

clean() {
	sh "$src/tests/servers/stop.sh" "$work/loop" "$work/far"
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || :
	rm -rf "$work"
}
trap clean EXIT

head -c $((mib << 20)) /dev/urandom >"$work/in"
head -c $((curl_mib << 20)) "$work/in" >"$work/small"
: >"$work/empty"

# time_of NAME FILE COMMAND...: the best wall time in microseconds in
# best[NAME]; FILE must have arrived.
declare -A best
time_of() {
	local name=$1 file=$2 start end
	shift 2
	rm -f "$root/up"
	start=${EPOCHREALTIME/[.,]/}
	"$@" >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
	end=${EPOCHREALTIME/[.,]/}
	cmp "$file" "$root/up" || exit 1
	if [ -z "${best[$name]:-}" ] ||
	    [ $((end - start)) -lt "${best[$name]}" ]; then
		best[$name]=$((end - start))
	fi
}

ours() {
	near "$probe" -i "$key" -K "$known" -s "$1" -n "$2" \
	    "sftp://$user@$host:$port$root" put "$work/in" up
}

openssh() {
	echo "put $work/in $root/up" | near sftp -q -b - -F none -P "$port" \
	    -i "$key" -o UserKnownHostsFile="$known" \
	    -o GlobalKnownHostsFile=none "$user@$host"
}

# Without a check of the host key, which curl wants in its own form.
curl_up() {
	near curl -sS --insecure --key "$key" --pubkey "$key.pub" -u "$user:" \
	    -T "$1" "sftp://$host:$port$root/up"
}

# ratio A B: A / B with two digits.
ratio() {
	echo "$(($1 / $2)).$(printf '%02d' $(($1 * 100 / $2 % 100)))"
}

# row NAME TEXT: MB/s, and times as fast as sftp and curl.
row() {
	printf '| %s | %d.%02d | %d | %s | %s |\n' "$2" \
	    $((best[$1] / 1000000)) $((best[$1] / 10000 % 100)) \
	    $(((mib << 20) / best[$1])) "$(ratio "${best[sftp]}" \
	    "${best[$1]}")" "$(ratio "${best[curl]}" "${best[$1]}")"
}

table() {
	echo
	echo "| $1 | s | MB/s | x sftp | x curl |"
	echo "|---|---|---|---|---|"
	shift
	while [ $# -gt 0 ]; do
		row "$1" "$2"
		shift 2
	done
}

# server NAME EXTRA: sshd with a key; sets what the clients above need.
server() {
	far env SSHD_EXTRA="$2" sh "$src/tests/servers/sshd.sh" "$work/$1"
	user=$(id -un)
	port=$(cat "$work/$1/port")
	root=$work/$1/root
	key=$work/$1/id_ed25519
	known=$work/$1/known
	sed "s/127.0.0.1/$host/" "$work/$1/known_hosts" >"$known"
}

near() { "$@"; }
far() { "$@"; }

loopback() {
	local i
	host=127.0.0.1
	server loop ''
	for ((i = 0; i < rounds; i++)); do
		time_of sftp "$work/in" openssh
		time_of curl "$work/in" curl_up "$work/in"
		time_of libssh2 "$work/in" ours libssh2 1
		time_of ssh "$work/in" ours openssh 1
	done
	table "loopback, $mib MiB" libssh2 "ours, libssh2 channel" \
	    ssh "ours, ssh channel" sftp "OpenSSH sftp" curl "curl"
	sh "$src/tests/servers/stop.sh" "$work/loop"
}

# Two namespaces, each held by a sleeping process, and the line.
make_line() {
	local i
	for i in 1 2; do
		unshare -n sleep 3600 &
		pids+=($!)
	done
	a=${pids[0]}
	b=${pids[1]}
	# unshare has to be done before the namespace is the right one.
	while [ "$(readlink "/proc/$a/ns/net")" = \
	    "$(readlink /proc/self/ns/net)" ] ||
	    [ "$(readlink "/proc/$b/ns/net")" = \
	    "$(readlink /proc/self/ns/net)" ]; do
		sleep 0.05
	done
	"$build/tests/bench/tundelay" "$delay" "/proc/$a/ns/net" \
	    "/proc/$b/ns/net" >"$work/line" &
	pids+=($!)
	i=0
	until grep -q ready "$work/line"; do
		i=$((i + 1))
		[ $i -lt 100 ] || return 1
		sleep 0.05
	done
	for i in 1 2; do
		nsenter -t "${pids[$((i - 1))]}" -n sh -ec "
			ip link set lo up
			ip link set line0 mtu 9000 txqueuelen 10000 up
			ip addr add 10.77.0.$i/24 dev line0"
	done
}

slow_line() {
	local i rest
	near() { nsenter -t "$a" -n -- "$@"; }
	far() { nsenter -t "$b" -n -- "$@"; }
	host=10.77.0.2
	best=()
	server far "ListenAddress $host"
	near ping -c 1 -q "$host" >/dev/null 2>&1 || :
	for ((i = 0; i < rounds; i++)); do
		time_of sftp "$work/in" openssh
		time_of libssh2 "$work/in" ours libssh2 1
		time_of ssh "$work/in" ours openssh 1
		time_of auto "$work/in" ours auto 0
		time_of autossh "$work/in" ours openssh 0
	done
	time_of small "$work/small" curl_up "$work/small"
	time_of empty "$work/empty" curl_up "$work/empty"
	rest=$((best[small] - best[empty]))
	best[curl]=$((best[empty] + rest / curl_mib * mib))
	table "$((2 * delay)) ms round trip, $mib MiB" \
	    auto "ours, libssh2 channel, streams: auto" \
	    autossh "ours, ssh channel, streams: auto" \
	    libssh2 "ours, libssh2 channel, one stream" \
	    ssh "ours, ssh channel, one stream" sftp "OpenSSH sftp" \
	    curl "curl (worked out from $curl_mib MiB)"
}

loopback
if [ "$(id -u)" != 0 ] || [ ! -e /dev/net/tun ] ||
    ! command -v ip >/dev/null; then
	echo "no line with a delay: that needs root, /dev/net/tun and ip"
elif make_line; then
	slow_line
else
	echo "no line with a delay: this machine does not allow it"
fi
