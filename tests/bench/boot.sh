#!/bin/sh
# boot.sh BUILD-DIR - what calls cost in the kernel, in instructions: boots it in QEMU with -icount, once for each state.
#
# Idea    With -icount shift=0 an instruction takes a nanosecond, and the cycle counter counts nanoseconds. Nothing else
#         does: neither the host's load nor its clock. One state is measured twice, and has to give the same numbers.
#         Each way of a claim must be the same number in every call, in all states.
# Writes  BUILD-DIR/bench-boot/: a log for each boot; BUILD-DIR/bench-boot.tsv; a table on standard output.
#         $CALLS: of each kind in each state. Those of the vault are a sixth, in six states: their frames are shredded.
# Needs   BUILD-DIR/labyrinth.elf, QEMU, what tools/iso.sh needs.
set -u

build=$1
here=$(dirname "$0")
dir=$build/bench-boot
calls=${CALLS:-1000000}
mkdir -p "$dir"
rm -f "$dir"/*.log

# cell NAME MEMORY OPTIONS WORD...: one boot; its log is what is looked at.
cell() {
	name=$1 memory=$2 options=$3
	shift 3
	"$here/../../tools/iso.sh" "$build/labyrinth.elf" "$dir/$name.iso" exit nic=none test=none "$@" \
		>"$dir/$name.log" 2>&1 || { echo "no image" >>"$dir/$name.log"; return; } # a boot that did not pass
	# shellcheck disable=SC2086 # words
	LIMIT=${LIMIT:-1200} "$here/../../tools/qemu.sh" -f bios -m "$memory" "$dir/$name.iso" -icount shift=0,sleep=off $options \
		</dev/null >"$dir/$name.log" 2>&1
	sed -i 's/\r//g' "$dir/$name.log"
	rm -f "$dir/$name.iso" "$dir/$name.iso.log"
}

claims() {
	cell "$1" "$2" "" bench=claims "fill=$3" "calls=$calls" "vault=$(((calls + 5) / 6))"
}

tebibyte="-M q35,memory-backend=m0 -object memory-backend-ram,id=m0,size=1T,reserve=off -cpu max,phys-bits=46"
{
	cell boot-64M 64M "" bench=boot &
	cell boot-1T 1T "$tebibyte" bench=boot
	cell refill-256M 256M "" bench=refill
	wait
	for fill in empty half full; do
		claims "claims-64M-$fill" 64M "$fill" &
		claims "claims-5G-$fill" 5G "$fill"
		wait
		cell "calls-64M-$fill" 64M "" bench=calls "fill=$fill" &
		cell "calls-5G-$fill" 5G "" bench=calls "fill=$fill"
		wait
	done
	claims again-claims-64M-half 64M half &
	cell again-calls-64M-half 64M "" bench=calls fill=half
	wait
} >&2
awk -v tsv="$build/bench-boot.tsv" -f "$here/boot.awk" "$dir"/*.log
