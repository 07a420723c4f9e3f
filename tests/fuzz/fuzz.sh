#!/bin/bash
# Fuzz one target for some seconds, 60 unless given:
#
#	tests/fuzz/fuzz.sh csv|txt [SECONDS]
#
# Needs clang.  New inputs go to a folder under $TMPDIR, findings to the
# folder it is called from; those worth keeping are copied to
# tests/fuzz/KIND.in by hand.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
kind=$1
work=${TMPDIR:-/tmp}/coupondrop-fuzz-$kind
mkdir -p "$work/in"
ban=$top/src/base/ban.h
sources=("$top/tests/fuzz/fuzz_$kind.c" "$top/tests/fuzz/same.c")
for room in base format coupon; do
	sources+=("$top/src/$room/"*.c)
done
flags=(-std=gnu11 -g -O1 -pthread -include "$ban"
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined)
pkgs=(libxml-2.0 jansson minizip zlib libcrypto)
# shellcheck disable=SC2046
clang "${flags[@]}" $(pkg-config --cflags "${pkgs[@]}") -o "$work/fuzz" \
	"${sources[@]}" $(pkg-config --libs "${pkgs[@]}")
exec nice "$work/fuzz" -max_len=2000 -timeout=60 \
	-max_total_time="${2:-60}" "$work/in" "$top/tests/fuzz/$kind.in"
