# matrix.awk - the table `matrix` as rows for boot.sh; or, with -v count=1, how many of its pairs are covered.
#
# Idea    A pair is two columns with a value each. Every pair that some machine can be must be one that a row is; what a
#         machine can be is found by trying all combinations.
# Writes  With count: "matrix: N pairs in M boots", or the pairs that are missing, and fails.

/^#/ || /^$/      { next }

$1 == "levels"    { name[++columns] = $2
                    position[$2] = columns
                    for (i = 3; i <= NF; i++) value[columns, ++levels[columns]] = $i
                    next }

$1 == "never"     { never[++nevers] = $0; next }

NF != columns     { complain("line " FNR " has " NF " columns, not " columns); next }

                  { boots++
                    for (i = 1; i <= columns; i++) row[i] = $i
                    check_values()
                    if (impossible()) complain("line " FNR ": no machine is this")
                    cover(seen)
                    if (!count) print_row() }

END               { if (count) compare()
                    exit failed }

function complain(what) {
	print "matrix: " what >"/dev/stderr"
	failed = 1
}

function check_values(    i, j, known) {
	for (i = 1; i <= columns; i++) {
		known = 0
		for (j = 1; j <= levels[i]; j++)
			known += row[i] == value[i, j]
		if (!known)
			complain("line " FNR ": " row[i] " is no " name[i])
	}
}

function impossible(    n, i, parts, words, part, all) {
	for (n = 1; n <= nevers; n++) {
		words = split(never[n], parts, " ")
		all = 1
		for (i = 2; i <= words; i++) {
			split(parts[i], part, "=")
			all = all && row[position[part[1]]] == part[2]
		}
		if (all)
			return 1
	}
	return 0
}

function cover(pairs,    i, j) {
	for (i = 1; i < columns; i++)
		for (j = i + 1; j <= columns; j++)
			pairs[name[i] "=" row[i] " " name[j] "=" row[j]] = 1
}

function try_all(column,    i) {
	if (column > columns) {
		if (!impossible())
			cover(possible)
		return
	}
	for (i = 1; i <= levels[column]; i++) {
		row[column] = value[column, i]
		try_all(column + 1)
	}
}

function compare(    pair, pairs) {
	try_all(1)
	for (pair in possible) {
		pairs++
		if (!(pair in seen))
			complain("no boot has " pair)
	}
	if (!pairs)
		complain("no pairs")
	if (!failed)
		print "matrix: " pairs " pairs in " boots " boots"
}

# ---- One row for boot.sh. Host memory is promised, not set aside: a machine of 1 TiB touches little of it.

function megabytes(memory) {
	return memory * (memory ~ /T$/ ? 1048576 : memory ~ /G$/ ? 1024 : 1)
}

function backend(id, size) {
	return " -object memory-backend-ram,id=" id ",size=" size "M,reserve=off"
}

function node(number, memory) {
	return memory ? backend("m" number, memory) " -numa node,memdev=m" number : " -numa node"
}

# Two halves; or a quarter, three quarters, and a node without memory.
function memory_options(machine, size, nodes) {
	if (nodes == 1)
		return "-M " machine ",memory-backend=m0" backend("m0", size)
	if (nodes == 2)
		return "-M " machine node(0, size / 2) node(1, size / 2)
	return "-M " machine node(0, size / 4) node(1, size / 4 * 3) node(2, 0)
}

# UEFI keeps a few MiB for itself, BIOS less than one. In frames.
function usable(size, firmware) {
	return "count usable " size * 256 - (firmware == "uefi" ? 8192 : 258) " " size * 256
}

function print_row(    size, wide) {
	size = megabytes(row[3])
	wide = size > 524288 ? ",phys-bits=46" : ""
	printf "%s-%s-%s-%s-%s-%s|%s|%s|", row[1], row[2], row[3], row[4], row[5], row[6], row[2] "+sparse", row[3]
	printf "|%s -smp %s -cpu %s%s", memory_options(row[1], size, row[6]), row[4], row[5], wide
	printf "|33|%s & ^CPUs: %d of %d run$\n", usable(size, row[2]), row[4], row[4]
}
