#!/bin/bash
# demo.sh PROGRAM: take samples/redemptions.csv the whole way on this machine.
# A platform of our own is started on a free port, the coupons are put into a
# bank there, and a run does what it would do every night.  Nothing stays.
set -eu
program=$1
samples=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
sandbox=

finish() {
	code=$?
	if [ -n "$sandbox" ]; then
		kill "$sandbox" 2>/dev/null || :
		wait "$sandbox" 2>/dev/null || :
	fi
	[ "$code" = 0 ] || cat "$work/sandbox.log" >&2
	rm -rf "$work"
	exit "$code"
}
trap finish EXIT

"$program" sandbox --port 0 --dir "$work/sandbox" \
    --load "600:Autumn 10 %:$samples/redemptions.csv" \
    --write-config "$work/coupondrop.yaml" \
    >"$work/sandbox.out" 2>"$work/sandbox.log" &
sandbox=$!
for _ in $(seq 100); do
	grep -q '^ready' "$work/sandbox.out" && break
	kill -0 "$sandbox" || exit 1
	sleep 0.1
done

export COUPONDROP_CONFIG=$work/coupondrop.yaml
cd "$samples/.."
echo '$ coupondrop validate -j demo samples/redemptions.csv'
"$program" validate -j demo samples/redemptions.csv
echo
echo '$ coupondrop run -j demo --verify all --watch samples/redemptions.csv'
"$program" run -j demo --verify all --watch --yes \
    samples/redemptions.csv 2>&1
echo
echo '$ coupondrop status'
"$program" status
