#!/bin/bash
# Checking 10,000,000 rows, duplicates over the whole file included: our time
# and memory beside those of others in the same run: mawk with the same rules,
# sort -u on the codes alone, and zsv (counting rows only, native or its build
# for node) and DuckDB where they are installed.  BUILD names the build folder,
# ROWS another number of rows, RUNS how often ours is run (3), LARGE more rows
# for the cost per row (none unless set), TMPDIR where inputs go.  DuckDB and
# zsv-lib are found through NODE_PATH.
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

# once NAME COMMAND...: one run more; the shortest so far is in took[NAME] and
# kib[NAME].
once() {
	local name=$1 time size
	shift
	python3 "$here/measure.py" "$work/cost" "$@" >"$work/out"
	read -r time size <"$work/cost"
	if [ -z "${took[$name]:-}" ] || [ "$time" -lt "${took[$name]}" ]; then
		took[$name]=$time
		kib[$name]=$size
	fi
}

# run NAME COMMAND...: the shortest of RUNS runs.
run() {
	local name=$1 i
	unset "took[$name]"
	for ((i = 0; i < runs; i++)); do
		once "$@"
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

# ours HOW NAME ROWS FILE [MEMORY [THREADS [SETTINGS]]]: check by once or run,
# and look at the count.
ours() {
	local how=$1 name=$2 count=$3
	shift 3
	"$how" "$name" "$build/tests/bench/bench_validate" "$@"
	grep -q "^rows $count " "$work/out" || bad=1
}

peers() {
	local runs=1
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
	if node -e 'require("zsv-lib")' 2>/dev/null; then
		run peer node "$here/zsv.js" "$work/in"
		row peer "zsv-lib in node: counts only"
	fi
	if node -e 'require("@duckdb/node-api")' 2>/dev/null; then
		run peer node "$here/duckdb.js" "$work/in"
		row peer "DuckDB: checks, duplicates"
	fi
}

runs=${RUNS:-3}
for mode in csv dup quoted german; do
	"$build/tests/bench/gen" "$rows" "$mode" 7 >"$work/in"
	echo "validate $mode: $rows rows, $(stat -c %s "$work/in") bytes"
	settings=()
	[ "$mode" != german ] || settings=(german)
	ours run ours "$rows" "$work/in" 1G 0 "${settings[@]}"
	row ours ours
	[ "${kib[ours]}" -le $((65536 + rows * 24 / 1024)) ] || bad=1
	ours run one "$rows" "$work/in" 1G 1 "${settings[@]}"
	row one "ours, one thread"
	ours run capped "$rows" "$work/in" 32M 0 "${settings[@]}"
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
# In turns, so that what else goes on slows both.
if [ -n "${LARGE:-}" ]; then
	"$build/tests/bench/gen" "$rows" csv 7 >"$work/in"
	"$build/tests/bench/gen" "$LARGE" csv 7 >"$work/large"
	echo "validate csv: $LARGE rows, $(stat -c %s "$work/large") bytes"
	unset "took[ours]" "took[large]"
	for ((i = 0; i < runs; i++)); do
		ours once ours "$rows" "$work/in"
		ours once large "$LARGE" "$work/large"
	done
	row ours "ours, $rows rows in turns"
	row large ours
	echo "  cost per row against $rows rows:" \
	    "$(ratio $((took[large] * 100)) $((took[ours] * (LARGE * 100 /
	    rows) / 100 * 100)))"
fi
exit "$bad"
