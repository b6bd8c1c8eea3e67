/*
 * font.h - the glyphs of a PSF console font that is linked into the kernel.
 */
#ifndef VIEW_FONT_H
#define VIEW_FONT_H

#include <stdbool.h>
#include <stdint.h>

struct font {
	const uint8_t *glyphs;
	uint32_t       count;
	uint32_t       glyph_bytes, row_bytes;
	uint32_t       width, height; /* pixels */
};

/* Reads the header. false: not a PSF font, or one that is cut short. */
bool font_open(struct font *font);

/* Rows of bits, leftmost pixel in the top bit; '?' for a character that the font does not have. */
const uint8_t *font_glyph(const struct font *font, char c);

#endif
