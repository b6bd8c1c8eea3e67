# plot.gp - gnuplot -e "curves='...'; output='...'" plot.gp : packets lost against frames, a panel a line and size.
#
# Needs   curves: the table that sim writes. Solid: the frames are guaranteed; dashed: only allowed. The rightmost
#         point of each curve is the formula's guarantee.
set terminal svg size 1500,900 font "sans,12" background "white"
set output output
set datafile separator "\t"
set logscale x
set xlabel "frames"
set ylabel "% of packets lost"
set yrange [-3:103]
set grid
set format x "%g"
set rmargin 4
set key at graph 0.98, graph 0.72 right samplen 2 spacing 0.9 font ",10"
set multiplot layout 2,3 title \
	"A hog takes all memory: packets lost against a budget of so many frames, guaranteed (solid) or only allowed (dashed)"

pick(bytes, line, arrivals, receiver, budget) = sprintf("< awk -F '\\t' '$1 == %d && $2 == %d && $3 == \"%s\" && \
	$4 == \"%s\" && $5 == \"%s\"' %s | sort -t '\t' -k 6,6n", line, bytes, arrivals, receiver, budget, curves)

do for [bytes in "64 1518"] {
	do for [line in "1 10 100"] {
		set title sprintf("%s Gb/s, %s bytes", line, bytes)
		plot for [i = 1:4] pick(int(bytes), int(line), word("Poisson bursts", 1 + (i - 1) % 2), \
		     word("core thread", 1 + (i - 1) / 2), "guaranteed") using 6:(100 * $11) \
		     with linespoints linecolor i linewidth 2 pointtype 7 pointsize 0.4 \
		     title word("Poisson bursts", 1 + (i - 1) % 2).", ".word("core thread", 1 + (i - 1) / 2), \
		     for [i = 1:4] pick(int(bytes), int(line), word("Poisson bursts", 1 + (i - 1) % 2), \
		     word("core thread", 1 + (i - 1) / 2), "allowed") using 6:(100 * $11) \
		     with lines linecolor i dashtype 2 notitle
	}
}
unset multiplot
