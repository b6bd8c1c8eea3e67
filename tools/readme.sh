#!/bin/sh
# readme.sh DOCUMENT NAME=OUTPUT... - puts what commands printed into a document, between its markers.
#
# Writes  The document, lines between "<!-- make readme: NAME -->" and "<!-- end -->", from the file OUTPUT; without a
#         name after the "=", they stay.
set -eu

document=$1
shift
new=$(mktemp)
trap 'rm -f "$new"' EXIT
printf '%s\n' "$@" | awk -v document="$document" '
	function complain(what) {
		print "readme: " what >"/dev/stderr"
		failed = 1
	}
	function include(file,    line, n) {
		print "```text"
		while ((getline line <file) > 0) {
			sub(/[ \t\r]+$/, "", line)
			n += line != ""
			print line
		}
		print "```"
		close(file)
		if (!n)
			complain(file " is empty")
	}
	FILENAME == "-" {
		split($0, part, "=")
		output[part[1]] = part[2]
		next
	}
	!inside || keep { print }
	/^<!-- make readme: .* -->/ {
		name = $4
		inside = 1
		keep = name in output && output[name] == ""
		if (keep)
			next
		if (!(name in output))
			complain(document " asks for \"" name "\", which nobody printed")
		else
			include(output[name])
	}
	/^<!-- end -->/ && inside {
		if (!keep)
			print
		inside = keep = 0
	}
	END { exit failed || inside }' - "$document" >"$new"
cat "$new" >"$document"
