# medians.awk - awk -f medians.awk RAW : one line for each peer's metric, from lines sorted by peer, metric and value.
#
# Idea    In and out: peer, workload, metric, unit, tabs between; then a value in, median, min, max and count out.

function flush() {
	if (n)
		printf "%s\t%.6g\t%.6g\t%.6g\t%d\n", key, value[int((n + 1) / 2)], value[1], value[n], n
	n = 0
}

BEGIN { FS = OFS = "\t" }
{
	now = $1 FS $2 FS $3 FS $4
	if (now != key)
		flush()
	key = now
	value[++n] = $5
}
END { flush() }
