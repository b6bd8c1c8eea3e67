#!/bin/sh
# iso.sh KERNEL.elf OUT.iso [WORD...] - the boot image: iso/ as it stands, and the kernel.
#
# Idea    Without words: the image for people, with a menu. With words: one for a test or for `make run`, which boots at
#         once, silently, with these words as the kernel's command line. Three words are for GRUB: menu=ID picks another
#         menu entry, cut=N takes N ragged pieces out of the memory map from 64 MiB on, so that it has many entries,
#         card-left leaves Intel's 82540EM as a firmware may: a bus master, with its interrupt line off.
# Needs   grub-mkrescue with the modules for i386-pc and x86_64-efi, xorriso, mtools; $STRIP.
set -eu

kernel=$1 out=$2
shift 2
dir=$out.d
rm -rf "$dir"
mkdir -p "$(dirname "$out")"
cp -R iso "$dir"
# GRUB would load the debug sections into memory as well.
"${STRIP:-strip}" --strip-debug -o "$dir/boot/labyrinth.elf" "$kernel"

if [ $# -gt 0 ]; then
	words= entry=demo cut=0 card=
	for word in "$@"; do
		case $word in
		menu=*) entry=${word#menu=} ;;
		cut=*[!0-9]* | cut=) echo "iso.sh: '$word': cut= wants a number" >&2; exit 2 ;;
		cut=*) cut=${word#cut=} ;;
		card-left) card='setpci -d 8086:100e 4.w=404:404' ;;
		*[!A-Za-z0-9=._,:+/-]*)
			echo "iso.sh: '$word': a word for the kernel is made of letters, digits and = . _ , : + / -" >&2
			exit 2 ;;
		*) words="$words $word" ;;
		esac
	done
	printf 'set words="%s"\nset default=%s\nset timeout=0\nset quiet=yes\n' "${words# }" "$entry" \
		>"$dir/boot/grub/words.cfg"
	[ -z "$card" ] || echo "$card" >>"$dir/boot/grub/words.cfg"
	for i in $(seq "$cut"); do
		printf 'cutmem 0x%x 0x%x\n' $((0x4000000 + i * 0x9100)) $((0x4001000 + i * 0x9110))
	done >>"$dir/boot/grub/words.cfg"
fi

grub-mkrescue --locales= --themes= --fonts= -o "$out" "$dir" >"$out.log" 2>&1 || { cat "$out.log" >&2; exit 1; }
rm -rf "$dir"
