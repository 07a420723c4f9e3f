#!/bin/bash
# Fuzz one target for some seconds, 60 unless given:
#
#	tests/fuzz/fuzz.sh csv|txt [SECONDS]
#
# Needs clang.  New inputs go to a folder under $TMPDIR, findings to the
# folder it is called from; a finding is copied to tests/fuzz/KIND.in by hand.
# Each input is cut at every byte, so that the time for one grows with the
# square of its length: MAX_LEN (300) is the longest.
#
#	tests/fuzz/fuzz.sh csv|txt keep
#
# makes the kept corpus tests/fuzz/KIND.hex anew: of all inputs in that folder,
# the fewest and shortest that reach as much.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
kind=$1
work=${TMPDIR:-/tmp}/coupondrop-fuzz-$kind
mkdir -p "$work/in"
python3 "$top/tests/fuzz/corpus.py" unpack "$top/tests/fuzz/$kind.hex" \
	"$work/in"
ban=$top/src/base/ban.h
sources=("$top/tests/fuzz/fuzz_$kind.c" "$top/tests/fuzz/same.c")
for room in base format coupon coupon/fast; do
	sources+=("$top/src/$room/"*.c)
done
flags=(-std=gnu11 -g -O1 -pthread -include "$ban"
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined)
pkgs=(libxml-2.0 jansson minizip zlib libcrypto)
# shellcheck disable=SC2046
clang "${flags[@]}" $(pkg-config --cflags "${pkgs[@]}") -o "$work/fuzz" \
	"${sources[@]}" $(pkg-config --libs "${pkgs[@]}")
limits=(-max_len="${MAX_LEN:-300}" -timeout=60)
if [ "${2:-}" = keep ]; then
	rm -rf "$work/kept"
	mkdir "$work/kept"
	nice "$work/fuzz" "${limits[@]}" -use_counters=0 -merge=1 \
		"$work/kept" "$work/in"
	exec python3 "$top/tests/fuzz/corpus.py" pack "$work/kept" \
		"$top/tests/fuzz/$kind.hex"
fi
exec nice "$work/fuzz" "${limits[@]}" -max_total_time="${2:-60}" \
	"$work/in" "$top/tests/fuzz/$kind.in"
