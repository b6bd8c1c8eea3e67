# symbols.awk - nm OBJECTS | awk -v hooks='a b' -f symbols.awk : what mm/ asks of others, and what it lets them see.
#
# Idea    mm/ needs its port and the four mem* functions that a C compiler calls by itself; all its own names start with
#         labyrinth_; it has no variables, because every byte of state is in an instance.
#         `hooks`: the variables that inlined hooks of the port read.

BEGIN                              { split(hooks, names, " "); for (i in names) inlined[names[i]] }

NF == 2 && $1 == "U"               { wanted[$2] }
NF == 3 && $2 ~ /^[A-Z]$/          { defined[$3] }
NF == 3 && $2 ~ /^[BbDdCGgSs]$/    { print "a variable in mm/: " $3; failed++ }

END {
	for (name in defined) {
		count++
		if (name !~ /^labyrinth_/) {
			print "a global name of mm/ that does not start with labyrinth_: " name
			failed++
		}
	}
	for (name in wanted)
		if (!(name in defined) && !(name in inlined) && name !~ /^labyrinth_port_[a-z_]+$/ && name !~ /^mem(cpy|set|move|cmp)$/) {
			print "mm/ needs something that is not in port.h: " name
			failed++
		}
	printf "symbols: %d names, %s\n", count,
		failed ? failed " violations" : "mm/ needs its port and mem*, and has no variables"
	exit failed > 0 || !count
}
