#!/bin/bash
# Every layer that can be linked alone was linked alone; running them shows
# that the programs are there.
set -eu
for layer in base format db net transfer coupon provider ledger config \
    pipeline doctor report sandbox; do
	"$builddir/tests/link/$layer" || { echo "no $layer" >&2; exit 1; }
done
