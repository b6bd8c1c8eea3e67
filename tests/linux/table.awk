# table.awk - runs.tsv -> the table: of each figure the median of the runs, of what was lost the sum.
#
# Needs   A line a run: card, kernel, then rate and loss of ping, UDP, ping with a hog, UDP with a hog.

function median(key, n,    i, j, swap) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && at[key, j] < at[key, j - 1]; j--) {
			swap = at[key, j]; at[key, j] = at[key, j - 1]; at[key, j - 1] = swap
		}
	return at[key, int((n + 1) / 2)]
}

NF == 10 {
	key = $1 SUBSEP $2
	if (!(key in runs)) order[++keys] = key
	runs[key]++
	for (i = 0; i < 4; i++) {
		at[key, i, runs[key]] = $(3 + 2 * i) + 0
		lost[key, i] += $(4 + 2 * i)
	}
}

END {
	printf "packets answered a second, median of %d runs (lost in all of them); hog: all memory is taken\n", runs[order[1]]
	printf "%-8s %-10s %16s %16s %16s %16s\n", "card", "kernel", "ping", "UDP echo", "ping, hog", "UDP, hog"
	for (k = 1; k <= keys; k++) {
		split(order[k], name, SUBSEP)
		printf "%-8s %-10s", name[1], name[2]
		for (i = 0; i < 4; i++)
			printf " %16s", sprintf("%d (%d)", median(order[k] SUBSEP i, runs[order[k]]), lost[order[k], i])
		printf "\n"
	}
	print "Linux: " linux
}
