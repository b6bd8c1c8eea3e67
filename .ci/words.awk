# words.awk - awk -f words.awk README.md FILE.c... : README.md names every word of the kernel's command line.
#
# Idea    A word becomes known by being asked for (kernel/cmdline.h), so the calls are the list; the names of faults and
#         of the kernel's tests stand in tables, one a line. README.md has each in back quotes, alone or before a "=".

function need(word) {
	words++
	if (!(word in named)) {
		printf "%s:%d: README.md does not name `%s`\n", FILENAME, FNR, word
		missing++
	}
}

NR == FNR {
	for (line = $0; match(line, /`[a-z0-9-]+[`=]/); line = substr(line, RSTART + RLENGTH - 1))
		named[substr(line, RSTART + 1, RLENGTH - 2)]
	next
}

match($0, /(cmdline_(has|value|number)|[^_]number)\("[a-z0-9-]+"/) {
	split(substr($0, RSTART, RLENGTH), part, "\"")
	need(part[2])
}

FILENAME ~ /(tests|provoke|spoil)\.c$/ && /^\t\{ "[a-z0-9-]+",/ {
	split($0, part, "\"")
	need(part[2])
}

END {
	printf "words: %d of the command line, %s\n", words, missing ? missing " violations" : "README.md has all of them"
	exit missing > 0 || !words
}
