#!/bin/bash
# timed.sh COMMAND [ARGUMENT]...: runs the command and ends as it did; the last
# line of the output says how many seconds it took.
set -u
read -r start _ </proc/uptime
"$@"
rc=$?
read -r end _ </proc/uptime
# The kernel writes two digits after the point; bash counts in whole numbers.
took=$((10#${end/./} - 10#${start/./}))
printf '\nseconds: %d.%02d\n' $((took / 100)) $((took % 100))
exit $rc
