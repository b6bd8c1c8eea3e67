# table.awk - runs.tsv, instructions.tsv -> the table: of each rate the median of the runs, of what was lost the sum.
#
# Needs   A line a run: card, kernel, then rate and loss of ping, UDP, ping with a hog, UDP with a hog. And as path.py
#         prints them, after card and kernel: kind, under way, in interrupts, in softirqs, outside, interrupts.

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

# How much ours is of Linux's, in interrupts and softirqs.
function share(what) {
	return noted[what, "linux"] > 0 ? sprintf("%.2f", noted[what, "labyrinth"] / noted[what, "linux"]) : "-"
}

NF == 8 {
	what = $1 SUBSEP $3 SUBSEP $4
	if (!((what, $2) in noted) && $2 == "labyrinth") whats[++kinds] = what
	noted[what, $2] = $5 + $6
	row[what, $2] = sprintf("%8d%8d%10d", $5, $6, $7)
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
	print "instructions a packet: in the card\047s interrupts, in their softirqs, elsewhere; share: ours of Linux\047s in the first two"
	printf "%26s %24s %26s\n", "", "labyrinth", "linux"
	printf "%-8s %-6s %9s  %8s%8s%10s  %8s%8s%10s %7s\n", "card", "packet", "under way", "handler", "softirq", "elsewhere",
		"handler", "softirq", "elsewhere", "share"
	for (k = 1; k <= kinds; k++) {
		split(whats[k], name, SUBSEP)
		printf "%-8s %-6s %9d  %s  %s %7s\n", name[1], name[2], name[3], row[whats[k], "labyrinth"], \
			row[whats[k], "linux"], share(whats[k])
	}
	print "Linux: " linux
}
