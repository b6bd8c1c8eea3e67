# plot.gp - gnuplot -e "results='...'; output='...'" plot.gp : the times of the host's workloads, a bar for each peer.
#
# Needs   results: the rows in ns, first column workload and metric, then one for each peer; columns: how many.
set terminal svg size 1400,700 font "sans,13" background "white"
set output output
set datafile separator "\t"
set datafile missing "-"
set title "Nanoseconds an operation (log scale): medians of interleaved runs on one core"
set logscale y
set yrange [0.1:*]
set rmargin 12
set ylabel "ns"
set grid ytics
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set xtics rotate by -35
set key outside top center horizontal
plot for [i = 2:columns] results using (column(i)):xtic(1) title columnheader(i)
