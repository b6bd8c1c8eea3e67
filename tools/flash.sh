#!/bin/sh
# flash.sh IMAGE DEVICE - writes the boot image to a USB stick, and reads it back.
#
# Idea    Everything that can be checked is checked before the question; the question wants the device's name, not "y".
#         FLASH_CONFIRM=DEVICE answers it, for scripts.
# Needs   Linux: lsblk, findmnt, blockdev, wipefs. Uses sudo where it must, when not root.
set -eu

image=$1 device=${2:-}

refuse() {
	echo "flash: $1; nothing was written" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

check_target() {
	[ -n "$device" ] || refuse "say which device: make flash DEV=/dev/sdX (lsblk -d -o NAME,SIZE,MODEL,TRAN lists them)"
	[ -e "$device" ] || refuse "$device does not exist"
	[ -b "$device" ] || refuse "$device is not a block device"
	device=$(readlink -f "$device")
	lsblk "$device" >/dev/null || refuse "lsblk cannot tell what is on $device"
	[ "$(lsblk -dnro TYPE "$device")" != part ] ||
		refuse "$device is a partition; name the whole device, /dev/$(lsblk -dnro PKNAME "$device")"
}

# All disks that carry a mounted root, boot or EFI file system, through partitions, LVM, RAID and encryption.
system_disks() {
	for place in / /usr /boot /boot/efi /efi; do
		findmnt -nvo SOURCE --mountpoint "$place" || true
	done | sort -u | while read -r source; do
		[ -b "$source" ] && lsblk -snpro NAME "$source"
	done
}

# What lsblk cannot name, the kernel knows: a device that is mounted in any container, swap, a part of a RAID, a volume
# group or a pool cannot be opened exclusively. --no-act makes wipefs do just that.
check_unused() {
	system_disks | grep -qxF "$device" && refuse "$device carries this system"
	used=$(lsblk -nro MOUNTPOINTS "$device" | grep . | tr '\n' ' ') || true
	[ -z "$used" ] || refuse "$device is in use: ${used% }; unmount it first (umount, swapoff)"
	why=$(as_root wipefs --all --no-act --quiet "$device" 2>&1) ||
		refuse "$device is in use or cannot be opened (${why##*: }); stop what uses it (RAID, LVM, another container)"
}

check_room() {
	[ "$(as_root blockdev --getro "$device")" -eq 0 ] || refuse "$device is read-only; is its lock switch on?"
	size=$(as_root blockdev --getsize64 "$device")
	[ "$size" -ge "$bytes" ] || refuse "$device holds $size bytes, the image has $bytes"
}

ask() {
	echo "flash: $image ($((bytes >> 20)) MiB) would overwrite everything on"
	lsblk -dno NAME,SIZE,TRAN,VENDOR,MODEL,SERIAL "$device" | sed 's/^/flash:   /'
	if [ -n "${FLASH_CONFIRM:-}" ]; then
		answer=$FLASH_CONFIRM
	else
		printf 'flash: type %s to go on: ' "$device"
		read -r answer || answer=
	fi
	[ "$answer" = "$device" ] || refuse "the answer was not $device"
}

write_and_verify() {
	as_root dd if="$image" of="$device" bs=1M conv=fsync status=none
	# Without this the comparison would read memory, not the device.
	as_root blockdev --flushbufs "$device"
	as_root cmp -n "$bytes" "$image" "$device" ||
		{ echo "flash: $device does not hold what was written; try another stick" >&2; exit 1; }
	echo "flash: written and verified, $bytes bytes on $device; remove it safely with: eject $device"
}

[ -r "$image" ] || refuse "$image cannot be read"
bytes=$(wc -c <"$image")
check_target
check_unused
check_room
ask
write_and_verify
