# results.awk - awk -v peers="labyrinth ..." -f results.awk MEDIANS : results.tsv, a column for each peer.
#
# Idea    ratio is ours to the best of the real peers: below 1 is better where less is better (all but M/s and blocks),
#         above 1 elsewhere. The array stack is a limit, the loop is no allocator, and we on a single
#         CPU, or without checks, are no peer of ours: none of them counts.

BEGIN {
	FS = OFS = "\t"
	n = split(peers, name, " ")
	printf "workload\tmetric\tunit"
	for (i = 1; i <= n; i++)
		printf "\t%s", i == 1 ? "ours" : name[i]
	print "\tratio"
}

{
	row = $2 FS $3 FS $4
	if (!(row in seen)) {
		seen[row] = 1
		rows[++count] = row
	}
	figure[row, $1] = $5
}

function ratio(row,    i, best, more, at) {
	more = row ~ /\t(M\/s|blocks)$/
	best = ""
	for (i = 2; i <= n; i++) {
		if (name[i] == "alone" || name[i] == "unchecked" || name[i] == "stack" || name[i] == "loop" || !((row, name[i]) in figure))
			continue
		at = figure[row, name[i]] + 0
		if (best == "" || (more ? at > best : at < best))
			best = at
	}
	return best != "" && best != 0 && (row, name[1]) in figure ? sprintf("%.3g", figure[row, name[1]] / best) : "-"
}

END {
	for (r = 1; r <= count; r++) {
		printf "%s", rows[r]
		for (i = 1; i <= n; i++)
			printf "\t%s", (rows[r], name[i]) in figure ? figure[rows[r], name[i]] : "-"
		print "\t" ratio(rows[r])
	}
}
