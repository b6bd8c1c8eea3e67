#!/bin/sh
# qemu.sh [-f bios|uefi] [-m MEMORY] [-w] [-s SERIAL] IMAGE.iso|KERNEL [QEMU OPTION...] - one boot in QEMU.
#
# Idea    The one place that knows QEMU's command line; the exit status is QEMU's: 33 passed, 35 failed, 37 panic or refusal,
#         124 when $LIMIT seconds were not enough.
#         -w opens a window, or draws the text screen on the terminal; then nothing limits the time.
set -u

firmware=bios memory=256M serial=stdio window=
while getopts f:m:s:w option; do
	case $option in
	f) firmware=$OPTARG ;;
	m) memory=$OPTARG ;;
	s) serial=$OPTARG ;;
	w) window=yes ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || { echo "qemu.sh: an image is missing; see its first lines" >&2; exit 2; }
image=$1
shift

case $image in
*.elf | *vmlinuz*) set -- -kernel "$image" "$@" ;;
*)     set -- -cdrom "$image" -boot d "$@" ;;
esac

case $firmware in
bios) ;;
uefi) bios=$("$(dirname "$0")/ovmf.sh") || exit 2
      set -- -bios "$bios" "$@" ;;
*)    echo "qemu.sh: -f is bios or uefi, not '$firmware'" >&2; exit 2 ;;
esac

set -- -accel "${ACCEL:-tcg}" -m "$memory" -nic none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=0x04 "$@"
if [ -z "$window" ]; then
	exec timeout --foreground "${LIMIT:-300}" qemu-system-x86_64 -display none -serial "$serial" "$@"
fi
displays=$(qemu-system-x86_64 -display help)
for display in gtk sdl cocoa; do
	[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$display" = cocoa ] || continue
	echo "$displays" | grep -qx "$display" && exec qemu-system-x86_64 -display "$display" -serial stdio "$@"
done
exec qemu-system-x86_64 -display curses -serial none "$@"
