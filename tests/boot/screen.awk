# screen.awk - 128 glyphs of 16 hexadecimal bytes, one a line, then the screen, one line of pixels a line: prints its text.
#
# Idea    A pixel is set when it is not the background, which is what the last pixel of the screen shows.
#         od prints " xx" for each byte: a pixel takes 9 characters.

NR <= 128 { glyph[$0] = sprintf("%c", NR - 1 < 32 ? 32 : NR - 1); next }

          { line[(NR - 129) % 16] = $0; ground = substr($0, 1 + (width - 1) * 9, 9) }

(NR - 129) % 16 == 15 {
	rows++
	for (i = 0; i < 16; i++)
		screen[rows, i] = line[i]
}

function cell(row, column,    i, bit, bits, shape) {
	shape = ""
	for (i = 0; i < 16; i++) {
		bits = 0
		for (bit = 0; bit < 8; bit++)
			bits = bits * 2 + (substr(screen[row, i], 1 + (column * 8 + bit) * 9, 9) != ground)
		shape = shape sprintf(" %02x", bits)
	}
	return shape in glyph ? glyph[shape] : "?"
}

END {
	for (row = 1; row <= rows; row++) {
		text = ""
		for (column = 0; column < int(width / 8); column++)
			text = text cell(row, column)
		sub(/ +$/, "", text)
		print text
	}
}
