/*
 * framebuffer.c - paints character cells as pixels.
 *
 * Idea    One glyph pixel is one pixel, or 2 x 2 on a screen so wide that nobody could read it. Any pitch and
 *         position of colours.
 * Writes  The framebuffer, never reading it.
 */
#include "view/font.h"
#include "view/framebuffer.h"
#include "view/screen.h"
#include "x86/paging.h"

#define WIDE 2560u /* pixels; wider screens get double size */

static struct framebuffer fb;
static struct font font;
static uint32_t scale;

uint64_t framebuffer_bytes(const struct framebuffer *f)
{
	bool formed = f->pixel_bytes >= 2 && f->pixel_bytes <= 4 && f->width > 0 && f->height > 0 &&
	              f->pitch / f->pixel_bytes >= f->width;
	uint64_t bytes = (uint64_t)f->pitch * f->height;

	/* Ends inside the device region, so that device_virt() reaches all of it. */
	return formed && f->base.a < DEVICE_BYTES && bytes <= DEVICE_BYTES - f->base.a ? bytes : 0;
}

static void put_pixel(volatile uint8_t *at, uint32_t colour)
{
	if (fb.pixel_bytes == 4) {
		*(volatile uint32_t *)(volatile void *)at = colour;
		return;
	}
	for (uint32_t i = 0; i < fb.pixel_bytes; i++)
		at[i] = (uint8_t)(colour >> i * 8);
}

/* One line of a glyph, `scale` pixels wide for each of its pixels. */
static void paint_line(volatile uint8_t *at, const uint8_t *bits)
{
	for (uint32_t x = 0; x < font.width * scale; x++, at += fb.pixel_bytes) {
		uint32_t pixel = x / scale;
		bool set = bits[pixel / 8] >> (7 - pixel % 8) & 1;

		put_pixel(at, set ? fb.foreground : 0);
	}
}

static void paint(uint32_t column, uint32_t row, char c)
{
	const uint8_t *glyph = font_glyph(&font, c);
	volatile uint8_t *at = device_virt(fb.base);

	at += (uint64_t)row * font.height * scale * fb.pitch + (uint64_t)column * font.width * scale * fb.pixel_bytes;
	for (uint32_t y = 0; y < font.height * scale; y++, at += fb.pitch)
		paint_line(at, glyph + y / scale * font.row_bytes);
}

/* What the cells do not cover keeps what the loader left there, unless it is blanked once. */
static void blank_margins(const struct surface *surface)
{
	uint32_t covered = surface->columns * font.width * scale, below = surface->rows * font.height * scale;

	for (uint32_t y = 0; y < fb.height; y++) {
		uint32_t x = y < below ? covered : 0;
		volatile uint8_t *at = device_virt(fb.base);

		at += (uint64_t)y * fb.pitch + (uint64_t)x * fb.pixel_bytes;
		for (; x < fb.width; x++, at += fb.pixel_bytes)
			put_pixel(at, 0);
	}
}

bool framebuffer_init(const struct framebuffer *framebuffer)
{
	struct surface surface = { .paint = paint };

	if (framebuffer_bytes(framebuffer) == 0 || !font_open(&font))
		return false;
	fb = *framebuffer;
	scale = fb.width > WIDE ? 2 : 1;
	surface.columns = fb.width / (font.width * scale);
	surface.rows = fb.height / (font.height * scale);
	if (surface.columns == 0 || surface.rows == 0)
		return false;
	blank_margins(&surface);
	screen_use(&surface);
	return true;
}
