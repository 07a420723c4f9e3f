#!/bin/bash
# Packing 1,000,000 rows to gzip: our time and size beside those of gzip,
# measured in turns in the same run.  BUILD and SRC name the build and source
# folders, ROWS another number of rows.
# Fails when the output is not one member with the right content, or packs
# worse than gzip -3; times are only printed.
set -eu
build=${BUILD:-.}
rows=${ROWS:-1000000}
rounds=${ROUNDS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run NAME COMMAND...: keep the best wall time in microseconds in best[NAME].
declare -A best size
run() {
	local name=$1 start end
	shift
	start=${EPOCHREALTIME/[.,]/}
	"$@"
	end=${EPOCHREALTIME/[.,]/}
	if [ -z "${best[$name]:-}" ] ||
	    [ $((end - start)) -lt "${best[$name]}" ]; then
		best[$name]=$((end - start))
	fi
}

gzip_run() {
	gzip "-$1" -c "$work/in" >"$work/gzip$1"
}

# ratio A B: A / B with two digits.
ratio() {
	echo "$(($1 / $2)).$(printf '%02d' $(($1 * 100 / $2 % 100)))"
}

bad=0
for mode in csv txt; do
	best=() size=()
	"$build/tests/bench/gen" "$rows" "$mode" 1 >"$work/in"
	for ((i = 0; i < rounds; i++)); do
		run ours "$build/tests/bench/bench_pack" pack "$work/in" \
		    "$work/ours"
		run zlib "$build/tests/bench/bench_pack" zlib "$work/in" \
		    "$work/zlib"
		run gzip3 gzip_run 3
		run gzip6 gzip_run 6
		run unpack "$build/tests/bench/bench_pack" unpack \
		    "$work/gzip6"
		run gunzip gzip -dc "$work/gzip6" >/dev/null
	done
	for name in ours zlib gzip3 gzip6; do
		size[$name]=$(stat -c %s "$work/$name")
	done
	in=$(stat -c %s "$work/in")
	echo "pack $mode: $rows rows, $in bytes"
	for name in ours zlib gzip3 gzip6; do
		printf '  %-6s %8d us  packed %s times\n' "$name" \
		    "${best[$name]}" "$(ratio "$in" "${size[$name]}")"
	done
	echo "  ours is $(ratio "${best[gzip6]}" "${best[ours]}") times as" \
	    "fast as gzip -6 (without ISA-L" \
	    "$(ratio "${best[gzip6]}" "${best[zlib]}"))"
	echo "  reading gzip: $(ratio "${best[gunzip]}" \
	    "${best[unpack]}") times as fast as gzip -dc"
	for name in ours zlib; do
		"$build/tests/bench/bench_pack" check "$work/in" \
		    "$work/$name" || bad=1
		if [ "${size[$name]}" -gt "${size[gzip3]}" ]; then
			echo "  $name packs worse than gzip -3"
			bad=1
		fi
	done
done
exit "$bad"
