#!/bin/sh
# bench.sh BUILD-DIR COUNT - Labyrinth's kernel and Debian's Linux in the same emulator, with the same card and peer.
#
# Idea    Debian's own kernel package, unpacked, not installed; the only program of its is init.c. Packets a second: three
#         runs each, in turn, of each figure the median. Instructions a packet: one run, which counts all of them.
# Writes  BUILD-DIR/linux; the table on standard output and in BUILD-DIR/linux/results.tsv.
set -eu

here=$(dirname "$0")
tools=$here/../../tools
build=$1 count=$2
dir=$build/linux
runs=3
memory=256M
noted=100 # packets of each kind whose instructions are noted
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

# $1 card, $2 kernel, $3 options for QEMU, rest: what measures it, with its arguments. Prints the figures.
run() {
	card=$1 kernel=$2 options=$3
	shift 3
	case $kernel in
	labyrinth) set -- "$@" "$tools/qemu.sh" -m "$memory" "$dir/labyrinth.iso" ;;
	linux) set -- "$@" "$tools/qemu.sh" -m "$memory" "$(echo "$dir/root"/boot/vmlinuz-*)" -initrd "$dir/initrd" \
		-append "console=ttyS0 quiet panic=-1 nokaslr no_timer_check -- symbols /$card.ko" ;;
	esac
	# shellcheck disable=SC2086 # words
	LIMIT=600 python3 "$@" -netdev dgram,id=wire,local.type=fd,local.str=FD -device "$card,netdev=wire" $options
}

rate() {
	run "$1" "$2" "" "$here/rate.py" "$dir/$2.log" "$count"
}

# With -icount the kernel's clock goes by instructions: how slowly they are noted makes no difference.
instructions() {
	symbols=linux
	[ "$2" = linux ] || symbols=$dir/labyrinth.elf
	run "$1" "$2" "-icount shift=0" "$here/path.py" "$dir/$2.log" "$symbols" "$noted"
}

give_up() {
	echo "bench-linux: $kernel with $card did not get to its end: see $dir/$kernel.log" >&2
	exit 1
}

command -v cpio >/dev/null || skip "cpio is missing; make deps-linux installs it"
fetch
cc -std=gnu11 -static -O2 -Wall -Wextra -Wconversion -Wshadow -Werror -o "$dir/init" "$here/init.c"
cp "$build/labyrinth.elf" "$dir/labyrinth.elf" # the one that is measured, should another be built meanwhile
: >"$dir/runs.tsv"
: >"$dir/instructions.tsv"
for card in e1000e e1000; do
	pack "$card"
	"$tools/iso.sh" "$dir/labyrinth.elf" "$dir/labyrinth.iso" exit "nic=$card" orders
	for _ in $(seq $runs); do
		for kernel in labyrinth linux; do
			figures=$(rate "$card" "$kernel") || give_up
			printf '%s\t%s\t%s\n' "$card" "$kernel" "$figures" >>"$dir/runs.tsv"
		done
	done
	for kernel in labyrinth linux; do
		figures=$(instructions "$card" "$kernel") || give_up
		echo "$figures" | sed "s/^/$card\t$kernel\t/" >>"$dir/instructions.tsv"
	done
done
awk -F '\t' -v linux="$package" -f "$here/table.awk" "$dir/runs.tsv" "$dir/instructions.tsv" | tee "$dir/table.txt"
