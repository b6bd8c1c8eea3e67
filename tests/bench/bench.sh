#!/usr/bin/env bash
# bench.sh DIR [QUICK] - runs every workload on every peer in DIR/peers, in turn, and says how we compare.
#
# Idea    A process for each peer, workload and run; the peers take turns, so that a noisy minute hits all of them.
#         What depends on instructions or on chance alone, not on time, runs once.
# Writes  DIR/raw.tsv, medians.tsv, results.tsv and times.svg; the tables on the terminal, progress on stderr.
set -eu -o pipefail
export LC_ALL=C

dir=$1 quick=${2-}
here=$(dirname "$0")
runs=7 flags=
busy=$(awk '{ print $1 }' /proc/loadavg) # before we are busy ourselves
[ -z "$quick" ] || { runs=1 flags=-q; }

timed="floor hot burst many bulk mix50 mix90 hot9 o9 orders50 orders90 threads apart init claim claim_threads"
once="frag compact instr claim_instr"

peers=
for peer in labyrinth alone unchecked stack bitmap dpdk mimalloc loop; do
	if [ -x "$dir/peers/$peer" ]; then
		peers="$peers $peer"
	else
		echo "bench: $peer is not there: make deps-bench installs what it needs" >&2
	fi
done

# measure WORKLOAD: one run of it on every peer.
measure() {
	local peer
	for peer in $peers; do
		RUNTIME_DIRECTORY=$dir/run timeout 120 "$dir/peers/$peer" $flags "$1" >"$dir/one.tsv" ||
			{ echo "bench: $peer failed in $1" >&2; exit 1; }
		sed "s/^/$peer	/" "$dir/one.tsv" >>"$dir/raw.tsv"
	done
}

mkdir -p "$dir/run"
: >"$dir/raw.tsv"
for workload in $once; do
	echo "bench: $workload" >&2
	measure "$workload"
done
for run in $(seq "$runs"); do
	echo "bench: run $run of $runs" >&2
	for workload in $timed; do
		measure "$workload"
	done
done

tab=$(printf '\t')
sort -t "$tab" -k1,4 -k5,5g "$dir/raw.tsv" | awk -f "$here/medians.awk" >"$dir/medians.tsv"
# In the order in which they were measured.
awk -F '\t' 'NR == FNR { line[$1, $2, $3] = $0; next }
	(($1, $2, $3) in line) && !(($1, $2, $3) in seen) { seen[$1, $2, $3]; print line[$1, $2, $3] }' \
	"$dir/medians.tsv" "$dir/raw.tsv" | awk -v peers="$peers" -f "$here/results.awk" >"$dir/results.tsv"

if awk -v load="$busy" -v cpus="$(nproc)" 'BEGIN { exit !(load > cpus) }'; then
	echo "this machine is busy with other work (load $busy on $(nproc) CPUs): times suffer, those of two threads most"
fi
echo "medians of $runs interleaved run(s), one thread on one core; - : it cannot do that"
[ -z "$quick" ] || echo "QUICK: a tenth of the steps: shows that it works, not how fast"
awk -f "$here/table.awk" "$dir/results.tsv"
echo "alone: ours on a single CPU, all checks on; unchecked: ours, but a free believes its caller; stack: the physical limit; loop: the workload alone; ratio: ours to the best of bitmap, DPDK and mimalloc"
echo
awk -f "$here/goals.awk" "$dir/medians.tsv" "$here/goals.tsv"
echo "floor: the locked compare-and-swap that a checked free cannot do without, by itself, as often and on as many words"

if ! command -v gnuplot >/dev/null; then
	echo "bench: no plot: make deps-bench installs gnuplot" >&2
	exit 0
fi
awk -F '\t' -v OFS='\t' 'NR == 1 || $3 == "ns" {
	printf "%s", NR == 1 ? "workload" : $1 ", " $2
	for (i = 4; i < NF; i++) printf "\t%s", $i
	print "" }' "$dir/results.tsv" >"$dir/times.tsv"
columns=$(($(echo "$peers" | wc -w) + 1))
gnuplot -e "results='$dir/times.tsv'; output='$dir/times.svg'; columns=$columns" "$here/plot.gp"
echo "bench: $dir/results.tsv, $dir/times.svg" >&2
