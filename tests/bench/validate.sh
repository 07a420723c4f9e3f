#!/bin/bash
# Checking 10,000,000 rows, duplicates over the whole file included: our time
# and memory beside those of others in the same run: mawk with the same rules,
# sort -u on the codes alone, and zsv (counting rows only) and DuckDB where
# they are installed.  BUILD names the build folder, ROWS another number of
# rows, LARGE more rows for the cost per row (none unless set), TMPDIR where
# inputs go.  DuckDB is found through NODE_PATH.
# Fails when rows are not all counted, or a cap on memory is not kept; times
# are only printed.
set -eu
build=${BUILD:-.}
rows=${ROWS:-10000000}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
declare -A took kib
bad=0

# run NAME COMMAND...: the shortest of RUNS runs, to took[NAME] and kib[NAME].
run() {
	local name=$1 time size i
	shift
	took[$name]=0
	for ((i = 0; i < ${RUNS:-3}; i++)); do
		python3 "$here/measure.py" "$work/cost" "$@" >"$work/out"
		read -r time size <"$work/cost"
		if [ "${took[$name]}" = 0 ] || [ "$time" -lt "${took[$name]}" ]
		then
			took[$name]=$time
			kib[$name]=$size
		fi
	done
}

# Length, characters, 0 or 1, shape of the date, agreement, duplicates.
awk_check='NR > 1 {
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
} END { print NR - 1, bad + 0, again + 0 }'

# ratio A B: A / B with two digits.
ratio() {
	echo "$(($1 / $2)).$(printf '%02d' $(($1 * 100 / $2 % 100)))"
}

# row NAME WHAT: one line of the table, against our own first one.
row() {
	printf '  %-34s %9d us %6d MiB %8s x\n' "$2" "${took[$1]}" \
	    "$((kib[$1] / 1024))" "$(ratio "${took[$1]}" "${took[ours]}")"
}

# ours NAME ROWS FILE [MEMORY [THREADS]]: check, and look at the count.
ours() {
	local name=$1 count=$2
	shift 2
	run "$name" "$build/tests/bench/bench_validate" "$@"
	grep -q "^rows $count " "$work/out" || bad=1
}

peers() {
	RUNS=1
	if command -v mawk >/dev/null; then
		run peer mawk -F, "$awk_check" "$work/in"
		row peer "mawk: checks, duplicates"
	fi
	cut -d, -f1 "$work/in" >"$work/codes"
	run peer sort -u -S 4G --parallel=2 -o /dev/null "$work/codes"
	row peer "sort -u: duplicates"
	rm "$work/codes"
	if command -v zsv >/dev/null; then
		run peer zsv count "$work/in"
		row peer "zsv count: neither"
	fi
	if node -e 'require("@duckdb/node-api")' 2>/dev/null; then
		run peer node "$here/duckdb.js" "$work/in"
		row peer "DuckDB: checks, duplicates"
	fi
	RUNS=3
}

RUNS=3
for mode in csv dup quoted; do
	"$build/tests/bench/gen" "$rows" "$mode" 7 >"$work/in"
	echo "validate $mode: $rows rows, $(stat -c %s "$work/in") bytes"
	ours ours "$rows" "$work/in"
	row ours ours
	[ "${kib[ours]}" -le $((65536 + rows * 24 / 1024)) ] || bad=1
	ours one "$rows" "$work/in" 1G 1
	row one "ours, one thread"
	ours capped "$rows" "$work/in" 32M
	row capped "ours, 32 MiB"
	[ "${kib[capped]}" -le $((64 * 1024)) ] || bad=1
	if [ "$mode" = csv ]; then
		plain=${took[ours]}
		peers
	else
		echo "  cost per row against csv:" \
		    "$(ratio "${took[ours]}" "$plain")"
	fi
done
if [ -n "${LARGE:-}" ]; then
	RUNS=1
	"$build/tests/bench/gen" "$LARGE" csv 7 >"$work/in"
	echo "validate csv: $LARGE rows, $(stat -c %s "$work/in") bytes"
	ours ours "$LARGE" "$work/in"
	row ours ours
	echo "  cost per row against $rows rows:" \
	    "$(ratio $((took[ours] * 100)) $((plain * (LARGE * 100 / rows) /
	    100 * 100)))"
fi
exit "$bad"
