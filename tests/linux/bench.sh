#!/bin/sh
# bench.sh BUILD-DIR COUNT - Labyrinth's kernel and Debian's Linux in the same emulator, with the same card and peer.
#
# Idea    Debian's own kernel package, unpacked, not installed; the only program of its is init.c. Three runs each, in
#         turn; of each figure the median.
# Writes  BUILD-DIR/linux; the table on standard output and in BUILD-DIR/linux/results.tsv.
set -eu

here=$(dirname "$0")
tools=$here/../../tools
build=$1 count=$2
dir=$build/linux
runs=3
memory=256M
mkdir -p "$dir"

skip() {
	echo "bench-linux: skipped: $*"
	exit 0
}

fetch() {
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || skip "Debian's kernel package needs apt-get and dpkg"
	package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2; exit }')
	[ -n "$package" ] || skip "apt knows no package linux-image-amd64; apt-get update may help"
	[ -e "$dir/$package" ] && return
	(cd "$dir" && apt-get download -q "$package" >fetch.log 2>&1) || skip "apt-get download $package: see $dir/fetch.log"
	dpkg -x "$dir/$package"_*.deb "$dir/root"
	touch "$dir/$package"
}

# The directory becomes the root of the Linux: /init, and the card's module.
pack() {
	module=$(find "$dir/root" -name "$1.ko" | head -n 1)
	[ -n "$module" ] || skip "$package has no module $1"
	rm -rf "$dir/initrd.d"
	mkdir -p "$dir/initrd.d/dev"
	cp "$dir/init" "$dir/initrd.d/init"
	cp "$module" "$dir/initrd.d/$1.ko"
	(cd "$dir/initrd.d" && find . | cpio -o -H newc --quiet) >"$dir/initrd"
}

# $1 card, rest: what is booted. Prints the figures.
run() {
	card=$1 log=$2
	shift 2
	LIMIT=600 python3 "$here/rate.py" "$log" "$count" "$tools/qemu.sh" -m "$memory" "$@" \
		-netdev dgram,id=wire,local.type=fd,local.str=FD -device "$card,netdev=wire"
}

labyrinth() {
	run "$1" "$dir/labyrinth.log" "$dir/labyrinth.iso"
}

linux() {
	run "$1" "$dir/linux.log" "$(echo "$dir/root"/boot/vmlinuz-*)" -initrd "$dir/initrd" \
		-append "console=ttyS0 quiet panic=-1 -- /$1.ko"
}

command -v cpio >/dev/null || skip "cpio is missing; make deps-linux installs it"
fetch
cc -std=gnu11 -static -O2 -Wall -Wextra -Wconversion -Wshadow -Werror -o "$dir/init" "$here/init.c"
: >"$dir/runs.tsv"
for card in e1000e e1000; do
	pack "$card"
	"$tools/iso.sh" "$build/labyrinth.elf" "$dir/labyrinth.iso" exit "nic=$card" orders
	for _ in $(seq $runs); do
		for kernel in labyrinth linux; do
			figures=$($kernel "$card") ||
				{ echo "bench-linux: $kernel with $card did not get to its end: see $dir/$kernel.log" >&2; exit 1; }
			printf '%s\t%s\t%s\n' "$card" "$kernel" "$figures" >>"$dir/runs.tsv"
		done
	done
done
awk -F '\t' -v linux="$package" -f "$here/table.awk" "$dir/runs.tsv" | tee "$dir/table.txt"
