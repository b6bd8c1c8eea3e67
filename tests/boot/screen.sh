#!/bin/sh
# screen.sh SCREENDUMP.ppm TEXT FONT.psf - prints "screen WIDTHxHEIGHT", then its text, row by row.
#
# Idea    A VGA text screen (720x400) is read from its memory, character by character. A framebuffer is read as one reads:
#         each cell of 8x16 pixels is looked up in the font.
set -eu

size=$(head -c 15 "$1" | sed -n 2p)
width=${size% *}
echo "screen ${width}x${size#* }"
if [ "$size" = "720 400" ]; then
	od -An -v -tx1 -w2 "$2" | cut -c 2-3 | sed 's/^00/20/; s/^/\\x/' | tr -d '\n' | xargs -0 printf '%b' |
	fold -w 80 | sed 's/ *$//'
else
	{ tail -c +5 "$3" | od -An -v -tx1 -w16 | head -128
	  tail -c +$(($(head -3 "$1" | wc -c) + 1)) "$1" | od -An -v -tx1 -w$((width * 3)); } |
	awk -v width="$width" -f "$(dirname "$0")/screen.awk"
fi
