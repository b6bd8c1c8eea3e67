# layers.awk - awk -v order='types range ...' -f layers.awk FILE... : includes point up the line, never down.
#
# Idea    A file's rank is the place of its name in `order`. A public header includes public headers before it; mm/X any
#         public header, X.h and what stands before it in mm/; init, check and labyrinth.h everything; kernel/ and boot/
#         nothing of mm/. A firmware adapter mm/firmware/X.c has the rank of its public header, from_X.h.

BEGIN {
	count = split(order, names, " ")
	for (i = 1; i <= count; i++)
		rank[names[i]] = i
	free = " stdalign stdarg stdatomic stdbool stddef stdint stdnoreturn limits float iso646 "
}

function base(path) {
	sub(/.*\//, "", path)
	sub(/\.[chS]$/, "", path)
	return path
}

function rank_of(name) {
	return name in rank ? rank[name] : ("from_" name) in rank ? rank["from_" name] : 0
}

function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	failed++
}

# An include of mm/ or of a public header: what, quoted with < or ".
function check_mm(what, quote,    from, to) {
	if (quote == "<" && what !~ /^labyrinth\//) {
		if (!index(free, " " base(what) " "))
			bad("<" what "> is not a header of freestanding C11")
		return
	}
	from = base(FILENAME)
	to = base(what)
	if (quote == "\"" && FILENAME ~ /^include\//)
		bad("a public header includes <labyrinth/...> only, not \"" what "\"")
	else if ((to == "labyrinth" && !top) || what ~ /\.\.\/|kernel\/|boot\//)
		bad("may not include " what)
	else if (!rank_of(to) && !top)
		bad("'" to "' has no place in the line (LAYERS in the Makefile)")
	else if (!top && rank_of(to) > rank_of(from) && !(quote == "<" && FILENAME ~ /^mm\//))
		bad("'" from "' includes '" to "', which stands further down the line")
}

function check_kernel(what, quote) {
	if (what ~ /(^|\/)\.\.\/|(^|\/)mm\//)
		bad("kernel/ and boot/ see <labyrinth/...> and their own headers, not " what)
	else if (quote == "<" && what !~ /^labyrinth\// && !index(free, " " base(what) " "))
		bad("<" what "> is neither <labyrinth/...> nor a header of freestanding C11")
}

FNR == 1 {
	files++
	mm = FILENAME ~ /^(mm|include\/labyrinth)\//
	top = base(FILENAME) ~ /^(labyrinth|init|check)$/
	if (mm && !top && !rank_of(base(FILENAME)))
		bad("'" base(FILENAME) "' has no place in the line (LAYERS in the Makefile)")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	match($0, /[<"][^>"]*/)
	quote = substr($0, RSTART, 1)
	what = substr($0, RSTART + 1, RLENGTH - 1)
	if (!mm)
		check_kernel(what, quote)
	else
		check_mm(what, quote)
}

END {
	if (!files) {
		print "layers: no files to check"
		exit 1
	}
	printf "layers: %d files, %s\n", files, failed ? failed " violations" : "every include points up the line"
	exit failed > 0
}
