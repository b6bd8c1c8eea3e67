#!/bin/sh
# readme.sh RUN BENCH - puts what the run and the benchmarks printed into README.md, between its markers.
#
# Writes  README.md, lines between "<!-- make readme: NAME -->" and "<!-- end -->".
set -eu

new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v run="$1" -v bench="$2" '
	function include(file,    line, n) {
		print "```text"
		while ((getline line <file) > 0) {
			sub(/[ \t\r]+$/, "", line)
			n += line != ""
			print line
		}
		print "```"
		if (!n) {
			print "readme: " file " is empty" >"/dev/stderr"
			failed = 1
		}
	}
	!inside                        { print }
	/^<!-- make readme: run -->/   { inside = 1; include(run) }
	/^<!-- make readme: bench -->/ { inside = 1; include(bench) }
	/^<!-- end -->/ && inside      { inside = 0; print }
	END                            { exit failed || inside }' README.md >"$new"
cat "$new" >README.md
