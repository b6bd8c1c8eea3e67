#!/bin/sh
# run.sh SUITE LOGS PROGRAM... - runs cmocka programs one by one and counts their tests.
#        RUNNER, if set, is what runs them: qemu-aarch64.
#
# Idea    A program's own summary is believed only when it agrees with its exit status: one that crashes, or runs no
#         test at all, counts as a failure. Output is kept in LOGS, and shown when something failed.
#         LIMIT, in seconds, is for programs that hang: one that is slow, on a busy machine, is waited for.
# Writes  Last line: "SUITE: N passed, M failed".
set -u

suite=$1 logs=$2
shift 2
mkdir -p "$logs"

# Prints "PASSED FAILED" from the summaries in a log; a program may run several groups.
summary() {
	awk '/^\[  PASSED  \] [0-9]+ test/        { passed += $4 }
	     /^\[  FAILED  \].* [0-9]+ test\(s\)/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^test\(s\)/) failed += $i }
	     END { print passed + 0, failed + 0 }' "$1"
}

total=0 broken=0
for program in "$@"; do
	name=$(basename "$program")
	log=$logs/$name.log
	timeout "${LIMIT:-1800}" ${RUNNER:-} "$program" >"$log" 2>&1
	status=$?
	set -- $(summary "$log")
	passed=$1 failed=$2
	[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
	[ $((passed + failed)) -gt 0 ] || failed=1
	total=$((total + passed)) broken=$((broken + failed))
	if [ "$failed" -eq 0 ]; then
		echo "ok $name ($passed tests)"
	else
		echo "not ok $name ($failed of $((passed + failed)) failed, exit status $status; all of its output: $log)"
		grep -vE '^\[( RUN      |       OK |  PASSED  |==========|----------)\]' "$log" | head -60
	fi
done
echo "$suite: $total passed, $broken failed"
[ "$broken" -eq 0 ] && [ "$total" -gt 0 ]
