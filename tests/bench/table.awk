# table.awk - awk -f table.awk RESULTS : results.tsv for people. Of instructions, medians and maxima.

BEGIN { FS = "\t" }

function short(x) {
	if (x !~ /^[0-9.e+]+$/)
		return x
	if (x > 0 && x < 0.1)
		return sprintf("%.2g", x)
	return x < 10 ? sprintf("%.2f", x) : x < 100 ? sprintf("%.1f", x) : sprintf("%.0f", x)
}

NR > 1 && ($3 == "count" || $2 ~ / (min|p99)$/) { next }
{
	line = sprintf("%-12s %-35s %-6s", $1, $2, $3)
	for (i = 4; i <= NF; i++)
		line = line sprintf(" %9s", NR == 1 ? $i : short($i))
	print line
}
