# goals.awk - awk -f goals.awk MEDIANS GOALS : every goal, what was measured with several CPUs, with one, and
#         with several but without checks, met or not.
#
# Idea    A goal may name a row of floor.h: what the machine takes for the locked step of the checks alone. Where that
#         misses the goal itself, no allocator with that step can meet it here, and the verdict says so.

BEGIN { FS = "\t" }

NR == FNR {
	if ($1 == "labyrinth" || $1 == "alone" || $1 == "unchecked") {
		figure[$1, $2, $3, "median"] = $5
		figure[$1, $2, $3, "min"] = $6
		figure[$1, $2, $3, "max"] = $7
	}
	if ($1 == "loop" && $2 == "floor")
		floor[$3] = $5
	next
}

/^#/ { printf "%-45s %10s %10s %10s %10s %10s\n", "goal", "", "measured", "one CPU", "unchecked", "floor"; next }

function met(at) {
	return $5 == "<=" ? at <= $6 + 0 : at >= $6 + 0
}

function off(at) {
	return at <= 0 || $6 <= 0 ? "" : sprintf(", %.3g times off", $5 == "<=" ? at / $6 : $6 / at)
}

function shown(who) {
	return ((who, $2, $3, $4) in figure) ? sprintf("%.4g", figure[who, $2, $3, $4]) : "-"
}

function verdict(    at, alone) {
	at = figure["labyrinth", $2, $3, $4] + 0
	if (met(at)) {
		count["met"]++
		return "met"
	}
	if ((("alone", $2, $3, $4) in figure) && met(figure["alone", $2, $3, $4] + 0)) {
		count["alone"]++
		return "met with one CPU" off(at)
	}
	count["not"]++
	if (($9 in floor) && !met(floor[$9] + 0)) {
		count["beyond"]++
		return "not met" off(at) ", nor by the floor"
	}
	return "not met" off(at)
}

{
	known = ("labyrinth", $2, $3, $4) in figure
	missing += !known
	printf "%-45s %2s %7s %10s %10s %10s %10s %-7s %s\n", $1, $5, $6, shown("labyrinth"), shown("alone"),
	       shown("unchecked"), ($9 in floor) ? sprintf("%.4g", floor[$9]) : "-", $7,
	       known ? verdict() : "not measured: " ($8 != "" ? $8 : "no figure")
}

END {
	printf "%d met, %d met with one CPU only, %d not met (%d of them not by the floor either), %d not measured\n",
	       count["met"], count["alone"], count["not"], count["beyond"], missing
}
