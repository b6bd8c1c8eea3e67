# boot.awk - the logs of boot.sh: tables for people, and one as tab-separated values.
#
# Writes  The file that `tsv` names. Fails when a boot did not pass, when what is to be constant is not, or when the state
#         that was measured twice gave two results.

FNR == 1            { file = FILENAME
                      sub(/.*\//, "", file)
                      sub(/\.log$/, "", file)
                      again = sub(/^again-/, "", file)
                      split(file, part, "-")
                      state = part[2] " " part[3]
                      boots++ }

/^labyrinth: PASS$/ { passes++ }

/^bench /           { said[file, again] = said[file, again] $0 "\n"
                      lines[again] += $NF ~ /^[0-9]+$/
                      twice[file] += again }

/^bench boot:/      { if (part[1] == "boot") boot($3, $9) }

/^bench refill:/    { refill = "the vault gets " $3 " frames again: " $5 " shootdowns, " $7 " instructions"
                      print "refill\t256M\tempty\t" $3 " frames, " $5 " shootdowns\t1\t" $7 "\t" $7 "\t" $7 "\t" $7 "\t" >tsv }

/^bench claims:/    { if (!again && $NF ~ /^[0-9]+$/) keep(5) }

/^bench calls:/     { if (!again && $NF ~ /^[0-9]+$/) keep(3) }

END                 { if (!boots || passes != boots) complain(boots - passes " of " boots + 0 " boots did not pass")
                      print_boots()
                      print_claims()
                      print_calls()
                      compare()
                      exit failed }

function complain(what) {
	print "bench-boot: " what
	failed = 1
}

# The last `numbers` fields are numbers, the name is before them. A name may come twice: the larger counts.
function keep(numbers,    i, call) {
	call = $3
	for (i = 4; i <= NF - numbers; i++)
		call = call " " $i
	if (!((part[1], call) in known)) {
		known[part[1], call]
		order[part[1], ++count[part[1]]] = call
	}
	for (i = 1; i <= numbers; i++)
		largest(part[1] SUBSEP call SUBSEP state SUBSEP i, $(NF - numbers + i))
	print part[1] "\t" part[2] "\t" part[3] "\t" call "\t" numbers_of(numbers) >tsv
}

function numbers_of(n,    i, text) {
	for (i = NF - n + 1; i <= NF; i++)
		text = text (text ? "\t" : "") $i
	return n == 5 ? text "\t" : $(NF - 2) "\t\t\t\t" $(NF - 1) "\t" $NF
}

function largest(key, number) {
	if (!(key in value) || number + 0 > value[key])
		value[key] = number + 0
}

function boot(all, init) {
	ready[part[2]] = all
	bring_up[part[2]] = init
	print "boot\t" part[2] "\tempty\tto the allocator's being ready\t1\t" all "\t" all "\t" all "\t" all "\t" >tsv
	print "boot\t" part[2] "\tempty\tlabyrinth_init()\t1\t" init "\t" init "\t" init "\t" init "\t" >tsv
}

function print_boots() {
	print "instructions of the boot          64 MiB        1 TiB"
	printf "to the allocator's being ready %9d %12d\n", ready["64M"], ready["1T"]
	printf "of them in labyrinth_init()    %9d %12d\n\n", bring_up["64M"], bring_up["1T"]
	print refill "\n"
}

function over_states(table, call, metric, least,    i, result) {
	for (i = 1; i <= 6; i++)
		if (i == 1 || (least ? at(table, call, i, metric) < result : at(table, call, i, metric) > result))
			result = at(table, call, i, metric)
	return result
}

function at(table, call, i, metric) {
	return value[table, call, name_of(i), metric]
}

function name_of(i) {
	return (i <= 3 ? "64M " : "5G ") (i % 3 == 1 ? "empty" : i % 3 == 2 ? "half" : "full")
}

# What happens to a claim takes the same number of instructions in every call of its kind, in all states. A shared frame
# at hand: one number in a state, because while a zone is short every call takes the longer way. What a zone gives, and
# what a free gives back to one, depends on what is free there.
function kind_of(call) {
	if (call ~ /^(claim|release), |^(lend|take back|transfer|map a window|unmap it)$/)
		return "constant"
	return call ~ /at hand$/ ? "by state" : "varies"
}

function check_kind(call,    i, kind) {
	kind = kind_of(call)
	for (i = 1; i <= 6; i++) {
		if (!at("claims", call, i, 1))
			complain(call ": never measured in " name_of(i))
		else if (kind != "varies" && at("claims", call, i, 5) != at("claims", call, i, 2))
			complain(call ": the most in " name_of(i) " is not the least")
		else if (kind == "constant" && at("claims", call, i, 5) != at("claims", call, 1, 5))
			complain(call ": the most in " name_of(i) " is not that in " name_of(1))
	}
}

# A table that has lost its rows promises nothing.
function check_rows(    i, n, must) {
	n = split("claim, recycled, the last;claim, vault;claim, shreds here;claim, refused;release, to be shredded;" \
	          "alloc, atomic, at hand;alloc, atomic, from a zone", must, ";")
	for (i = 1; i <= n; i++)
		if (!(("claims", must[i]) in known))
			complain(must[i] ": no such row")
}

function print_claims(    i, s, call, calls, row) {
	print "instructions of a call             in all states                            most, 64 MiB:     5 GiB:"
	print "in a timer interrupt            calls   least  median  99.9 %    most    empty  half  full empty  half  full"
	for (i = 1; i <= count["claims"]; i++) {
		call = order["claims", i]
		calls = row = ""
		for (s = 1; s <= 6; s++) {
			calls += at("claims", call, s, 1)
			row = row sprintf("%6d", at("claims", call, s, 5))
		}
		printf "%-28s%9d%8d%8d%8d%8d   %s  %s\n", call, calls, over_states("claims", call, 2, 1),
		       over_states("claims", call, 3), over_states("claims", call, 4), over_states("claims", call, 5), row,
		       kind_of(call)
		check_kind(call)
	}
	check_rows()
	print ""
}

# Nothing that is done with a claim holds interrupts off.
function check_open(call,    i) {
	for (i = 1; i <= 6; i++)
		if (call ~ /^(claim|map a window, unmap it|lend|take back|transfer|release)$/ && at("calls", call, i, 3) != 0)
			complain(call ": interrupts are off in " name_of(i))
}

function print_calls(    i, s, call, row) {
	print "instructions of a call               in all states           interrupts off, 64 MiB:      5 GiB:"
	print "as a task, the most                       all    off          empty   half   full  empty   half   full"
	for (i = 1; i <= count["calls"]; i++) {
		call = order["calls", i]
		row = ""
		for (s = 1; s <= 6; s++)
			row = row sprintf("%7d", at("calls", call, s, 3))
		printf "%-32s%14d%7d        %s\n", call, over_states("calls", call, 2), over_states("calls", call, 3), row
		check_open(call)
	}
	print ""
}

function compare(    file, states) {
	for (file in twice)
		if (twice[file]) {
			states++
			if (said[file, 0] != said[file, 1])
				complain(file ": measured twice, two results")
		}
	if (!states)
		complain("nothing was measured twice")
	if (!failed)
		print lines[1] " rows were measured twice: the same to the last instruction"
}
