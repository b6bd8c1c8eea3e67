#!/bin/sh
# flash.sh BUILD-DIR - tools/flash.sh against loop devices: what it writes, and what it must refuse.
#
# Idea    After each refusal the device holds what it held before.
# Needs   root and loop devices; without them it says so and counts nothing.
set -u

dir=$1/flash
flash=$(dirname "$0")/../../tools/flash.sh
passed=0 failed=0 loops=

finish() {
	mountpoint -q "$dir/mnt" 2>/dev/null && umount "$dir/mnt"
	for loop in $loops; do losetup -d "$loop"; done
	echo "test-flash: $passed passed, $failed failed"
}

# attach SIZE NAME [losetup option]: a loop device over a file of SIZE bytes; its name in $loop.
attach() {
	head -c "$1" /dev/zero | tr '\0' 'x' >"$dir/$2"
	loop=$(losetup ${3:-} --show -f "$dir/$2" 2>"$dir/log") || { verdict "a loop device for '$2'" no; exit 1; }
	loops="$loops $loop"
}

verdict() {
	if [ "$2" = yes ]; then passed=$((passed + 1)); echo "ok $1"
	else failed=$((failed + 1)); echo "not ok $1: $(tail -1 "$dir/log")"; fi
}

# refused NAME DEVICE WORDS ANSWER: exits non-zero, says WORDS, changes nothing.
refused() {
	before=$( [ -r "$2" ] && [ ! -c "$2" ] && cksum <"$2")
	good=no
	FLASH_CONFIRM=$4 "$flash" "$dir/image" "$2" >"$dir/log" 2>&1 || good=yes
	grep -q "$3.*nothing was written" "$dir/log" || good=no
	[ "$before" = "$( [ -r "$2" ] && [ ! -c "$2" ] && cksum <"$2")" ] || good=no
	verdict "$1" $good
}

mkdir -p "$dir/mnt" "$dir/bin"
rm -f "$dir/hidden"
if [ "$(id -u)" -ne 0 ] || ! losetup -f >/dev/null 2>&1; then
	echo "test-flash: skipped, it needs root and loop devices"
	exit 0
fi
trap finish EXIT
head -c 5000000 /dev/urandom >"$dir/image"
attach 8388608 stick
stick=$loop

refused "no device"          ""                "say which device"       ""
refused "no such device"     /dev/none         "does not exist"         /dev/none
refused "a regular file"     "$dir/image"      "not a block device"     "$dir/image"
refused "a character device" /dev/null         "not a block device"     /dev/null
refused "no answer"          "$stick"          "the answer was not"     ""  </dev/null
refused "another answer"     "$stick"          "the answer was not"     yes
root=$(findmnt -nvo SOURCE --mountpoint /)
root=$(lsblk -snpro NAME,TYPE "$root" 2>/dev/null | awk '$2 == "disk" { print $1; exit }')
if [ -n "$root" ]; then
	good=no # not through refused(): nobody wants to read that disk twice
	FLASH_CONFIRM="" "$flash" "$dir/image" "$root" >"$dir/log" 2>&1 </dev/null || good=yes
	grep -q 'carries this system.*nothing was written' "$dir/log" || good=no
	verdict "the system's disk" $good
fi
attach 4194304 small
refused "too small" "$loop" "the image has" "$loop"
attach 8388608 locked -r
refused "read-only" "$loop" "is read-only" "$loop"
attach 8388608 used
mkfs.ext2 -q "$loop" && mount "$loop" "$dir/mnt" && sync
refused "mounted" "$loop" "in use: .*/mnt" "$loop"
umount "$dir/mnt"
mkswap "$loop" >"$dir/log" 2>&1 && swapon "$loop" 2>>"$dir/log" && {
	refused "swap" "$loop" "in use: .*SWAP" "$loop"
	swapoff "$loop"
}
# Mounted where this shell cannot see it. Some sandboxes allow no mounts of one's own.
if unshare -m true 2>"$dir/log"; then
	mkfs.ext2 -q "$loop"
	unshare -m sh -c "mount '$loop' '$dir/mnt' && touch '$dir/hidden' && exec sleep 3600" &
	holder=$!
	# However long that takes; it ends if it cannot be.
	while [ ! -e "$dir/hidden" ] && kill -0 $holder 2>/dev/null; do sleep 0.1; done
	refused "mounted in a container" "$loop" "in use or cannot be opened" "$loop"
	kill $holder 2>/dev/null
	wait $holder 2>/dev/null
else
	echo "skipped: mounted in a container ($(cat "$dir/log"))"
fi

good=yes
FLASH_CONFIRM=$stick "$flash" "$dir/image" "$stick" >"$dir/log" 2>&1 || good=no
grep -q 'written and verified' "$dir/log" || good=no
cmp -s -n 5000000 "$dir/image" "$stick" || good=no
verdict "writes and verifies" $good

# A stick that loses a byte: a dd that changes one after writing.
printf '#!/bin/sh\n/bin/dd "$@" && printf X | /bin/dd of="%s" bs=1 seek=1000000 conv=notrunc,fsync status=none\n' "$stick" >"$dir/bin/dd"
chmod +x "$dir/bin/dd"
head -c 5000000 /dev/zero >"$dir/image"
good=no
PATH="$dir/bin:$PATH" FLASH_CONFIRM=$stick "$flash" "$dir/image" "$stick" >"$dir/log" 2>&1 || good=yes
grep -q 'does not hold what was written' "$dir/log" || good=no
verdict "notices a bad stick" $good
[ "$failed" -eq 0 ]
