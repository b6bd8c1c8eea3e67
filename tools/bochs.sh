#!/bin/sh
# bochs.sh MEGABYTES IMAGE.iso SERIAL [cpus=N] [model=NAME] [LINE...] - one boot in Bochs, until the kernel has said a
#          verdict; NAME: one of `bochs -help cpu`; LINE: more of bochsrc.
#
# Idea    The kernel has no way to leave Bochs, so what it writes to the serial line is watched. Debian's Bochs draws on
#         terminals only, and begins in its debugger, which is told to continue.
# Writes  SERIAL, SERIAL.bochs (Bochs' own log) and SERIAL.rc. Exit status: 0 when there was a verdict, 124 when $LIMIT
#         seconds were not enough, 1 when Bochs ended by itself.
# Needs   bochs with its terminal display (bochs-term), script (bsdutils).
set -u

memory=$1 image=$2 serial=$3 cpus=1 model=corei7_haswell_4770
shift 3
case ${1:-} in cpus=*) cpus=${1#cpus=}; shift ;; esac
case ${1:-} in model=*) model=${1#model=}; shift ;; esac

# Bochs catches SIGTERM and stays.
end_bochs() {
	[ -s "$serial.pid" ] && kill -KILL "$(cat "$serial.pid")" 2>/dev/null
	rm -f "$serial.pid"
}

rm -f "$serial" "$serial.pid"
trap end_bochs EXIT
trap 'exit 1' INT TERM
echo c >"$serial.debug"
{
	cat <<-TEXT
	cpu: model=$model, count=$cpus, ips=50000000, reset_on_triple_fault=0
	memory: guest=$memory, host=$memory
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
	display_library: term
	boot: cdrom
	ata0-master: type=cdrom, path="$image", status=inserted
	com1: enabled=1, mode=file, dev="$serial"
	log: "$serial.bochs"
	clock: sync=none
	panic: action=fatal
	TEXT
	[ $# -eq 0 ] || printf '%s\n' "$@"
} >"$serial.rc"

# It draws what the kernel prints; nobody looks.
TERM=xterm script -qec "echo \$\$ >'$serial.pid'; exec bochs -q -f '$serial.rc' -rc '$serial.debug'" /dev/null \
	</dev/null >"$serial.drawn" 2>&1 &
status=124 patience=${LIMIT:-120}
while [ "$patience" -gt 0 ]; do
	sleep 1
	patience=$((patience - 1))
	if grep -qE '^labyrinth: (PASS|FAIL|PANIC|cannot boot)' "$serial" 2>/dev/null; then status=0; break; fi
	kill -0 $! 2>/dev/null || { status=1; break; }
done
end_bochs
wait $! 2>/dev/null
exit "$status"
