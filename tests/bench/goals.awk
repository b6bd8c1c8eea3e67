# goals.awk - awk -f goals.awk MEDIANS GOALS : every goal, what was measured, met or not.

BEGIN { FS = "\t" }

NR == FNR {
	if ($1 == "labyrinth") {
		figure[$2, $3, "median"] = $5
		figure[$2, $3, "min"] = $6
		figure[$2, $3, "max"] = $7
	}
	next
}

/^#/ { printf "%-42s %10s %10s %-7s\n", "goal", "", "measured", ""; next }

function verdict(at,    met) {
	met = $5 == "<=" ? at <= $6 + 0 : at >= $6 + 0
	count[met]++
	if (met || at <= 0 || $6 <= 0)
		return met ? "met" : "not met"
	return sprintf("not met, %.3g times off", $5 == "<=" ? at / $6 : $6 / at)
}

{
	if (($2, $3, $4) in figure) {
		at = figure[$2, $3, $4] + 0
		said = verdict(at)
		printf "%-42s %2s %7s %10.4g %-7s %s\n", $1, $5, $6, at, $7, said
	} else {
		missing++
		printf "%-42s %2s %7s %10s %-7s %s\n", $1, $5, $6, "-", $7, "not measured: " ($8 != "" ? $8 : "no figure")
	}
}

END { printf "%d met, %d not met, %d not measured\n", count[1], count[0], missing }
