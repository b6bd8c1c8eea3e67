#!/bin/sh
# run.sh OUT-DIR NIC MEMORY bios|uefi IMAGE.iso - boots the image for `make run`, with a card that a person can ask.
#
# Idea    The card is on QEMU's own network, and UDP port $PORT of this machine leads to the kernel's echo port. NIC is
#         e1000e or e1000, or sim: none. Empty: none for a script, for which the run has to end by itself; e1000e for a
#         person, which is a terminal to read from and to write to, and no $CI.
#         QEMU gets the terminal for itself, so that Ctrl-C is sent to it and not to make.
# Writes  OUT-DIR/run.log, the serial line; OUT-DIR/run.err, what QEMU says.
# Needs   The image knows answer=e1000e and host-port=$PORT. Exit status 0: passed; stopped while it answered.
set -u

out=$1 nic=$2 memory=$3 firmware=$4 image=$5
shift 5

complain() {
	echo "make run: $*" >&2
	exit 1
}

by_a_person() {
	[ -t 0 ] && [ -t 1 ] && [ -z "${CI:-}" ]
}

case ${PORT:-} in
'' | *[!0-9]* | 0* | ??????*) complain "PORT=${PORT:-} is not a port" ;;
esac
[ "$PORT" -le 65535 ] || complain "PORT=$PORT is not a port"

[ -n "$nic" ] || ! by_a_person || nic=e1000e
if [ "${nic:-sim}" != sim ]; then
	LIMIT=0
	export LIMIT
	set -- "$@" -netdev "user,id=wire,hostfwd=udp:127.0.0.1:$PORT-10.0.2.15:7" -device "$nic,netdev=wire"
fi

# Its own process group: dash and bash hand the terminal over.
by_a_person && set -m
"$(dirname "$0")/qemu.sh" -m "$memory" -f "$firmware" -s chardev:console "$image" \
	-chardev "stdio,id=console,logfile=$out/run.log" "$@" 2>"$out/run.err"
status=$?
set +m

# The kernel leaves QEMU with 33 when all tests passed: (0x10 << 1) | 1, see kernel/panic.c.
[ "$status" -ne 33 ] || exit 0
# QEMU ends well when it is interrupted.
if [ "$status" -eq 0 ] && grep -q '^  try it' "$out/run.log"; then
	echo
	exit 0
fi
cat "$out/run.err" >&2
[ "$status" -ne 0 ] || complain "stopped before it had passed"
! grep -q 'host forwarding' "$out/run.err" || complain "UDP port $PORT is taken on this machine; name another: make run PORT=..."
complain "it failed (QEMU's exit status: $status); the last line above says why"
