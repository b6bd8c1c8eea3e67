/*
 * font.c - reads PSF, the format of Linux console fonts, both versions.
 *
 * Idea    Glyph n is the picture of character n, which holds for ASCII in every console font: the table of Unicode
 *         values at the file's end is not needed.
 * Source  The Linux `kbd` package, psf.h: PSF1 is four bytes of header and glyphs 8 pixels wide, PSF2 has 32 bytes or
 *         more.
 */
#include <stddef.h>

#include "view/font.h"
#include "view/font_file.h"
#include "x86/mem.h"

#define PSF1_MAGIC0 0x36
#define PSF1_MAGIC1 0x04
#define PSF1_512    0x01 /* mode bit: 512 glyphs instead of 256 */
#define PSF2_MAGIC  0x864ab572u

struct psf1 {
	uint8_t magic[2], mode, height;
};

struct psf2 {
	uint32_t magic, version, header_bytes, flags, count, glyph_bytes, height, width;
};

static size_t file_bytes(void)
{
	return (size_t)(font_file_end - font_file);
}

static bool open_psf1(struct font *font)
{
	struct psf1 head;

	if (file_bytes() < sizeof(head))
		return false;
	memcpy(&head, font_file, sizeof(head));
	*font = (struct font){
		font_file + sizeof(head), head.mode & PSF1_512 ? 512 : 256, head.height, 1, 8, head.height,
	};
	return head.magic[0] == PSF1_MAGIC0 && head.magic[1] == PSF1_MAGIC1;
}

static bool open_psf2(struct font *font)
{
	struct psf2 head;

	if (file_bytes() < sizeof(head))
		return false;
	memcpy(&head, font_file, sizeof(head));
	if (head.magic != PSF2_MAGIC || head.header_bytes > file_bytes() || head.width > 64)
		return false;
	*font = (struct font){
		font_file + head.header_bytes, head.count, head.glyph_bytes, (head.width + 7) / 8,
		head.width, head.height,
	};
	return true;
}

/*
 * Do the glyphs lie inside the file, and the rows inside a glyph? At least up to '?', which stands for those that are
 * missing.
 */
static bool whole(const struct font *font)
{
	uint64_t bytes = (uint64_t)font->count * font->glyph_bytes;

	return font->width > 0 && font->height > 0 && font->count > '?' &&
	       (uint64_t)font->height * font->row_bytes <= font->glyph_bytes &&
	       bytes <= (size_t)(font_file_end - font->glyphs);
}

bool font_open(struct font *font)
{
	return (open_psf1(font) || open_psf2(font)) && whole(font);
}

const uint8_t *font_glyph(const struct font *font, char c)
{
	uint32_t n = (uint8_t)c;

	return font->glyphs + (size_t)(n < font->count ? n : '?') * font->glyph_bytes;
}
