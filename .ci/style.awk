# style.awk - awk -f style.awk FILE... : what docs and reviewers should not have to repeat about C files.
#
# Idea    Only rules without exceptions: a head comment "name - what", tabs, 120 columns, no extern in a .c file.

function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	failed++
}

function width(line,    i, columns, c) {
	columns = 0
	for (i = 1; i <= length(line); i++)
		columns += substr(line, i, 1) == "\t" ? 8 - columns % 8 : 1
	return columns
}

FNR == 1 {
	files++
	name = FILENAME
	sub(/.*\//, "", name)
	if ($0 != "/*")
		bad("a file starts with its head comment")
}
FNR == 2 && index($0, " * " name " - ") != 1 { bad("the head comment starts with \" * " name " - what it is\"") }

# Spaces may align what continues a line; they may not indent a statement.
/^ +[^ *]/ && before ~ /[{;}]$/  { bad("indent with tabs") }
/[ \t]$/                         { bad("space at the end of the line") }
/^[ \t]*extern / && name ~ /\.c$/ { bad("extern belongs in a header") }
length($0) > 60 && width($0) > 120 { bad("longer than 120 columns") }
{ before = $0 }

END {
	printf "style: %d files, %s\n", files, failed ? failed " violations" : "all as they should be"
	exit failed > 0 || !files
}
