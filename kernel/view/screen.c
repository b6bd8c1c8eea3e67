/*
 * screen.c - a terminal that only prints: wraps and scrolls.
 *
 * Idea    The text lives here, in ordinary memory; the surface is only ever written, never read, and only in the
 *         cells that differ from what it shows. Reading a framebuffer back, or repainting all of it for each line,
 *         would take longer than the boot.
 *         A handler may print in the middle of a print, and so may another CPU that has lost patience: they tear a
 *         line apart, but each looks at a place once, and uses none that it has not found to be on the screen.
 * Writes  The two grids. Before screen_use() text is kept as on a screen of 80 x 25.
 */
#include <stddef.h>

#include "view/screen.h"
#include "x86/mem.h"

static char text[SCREEN_MOST_ROWS][SCREEN_MOST_COLUMNS];  /* what should be seen; 0 is blank */
static char shown[SCREEN_MOST_ROWS][SCREEN_MOST_COLUMNS]; /* what is seen                    */

static struct surface on = { 80, 25, NULL };
static volatile uint32_t column, row; /* of the next character; see above */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void paint(uint32_t x, uint32_t y)
{
	if (on.paint == NULL || shown[y][x] == text[y][x])
		return;
	shown[y][x] = text[y][x];
	on.paint(x, y, text[y][x] != '\0' ? text[y][x] : ' ');
}

static void paint_all(void)
{
	for (uint32_t y = 0; y < on.rows; y++)
		for (uint32_t x = 0; x < on.columns; x++)
			paint(x, y);
}

static void next_row(void)
{
	uint32_t next = row + 1;

	column = 0;
	if (next < on.rows) {
		row = next;
		return;
	}
	memmove(text[0], text[1], sizeof(text[0]) * (on.rows - 1));
	memset(text[on.rows - 1], 0, sizeof(text[0]));
	paint_all();
}

/* The surface may be smaller than 80 x 25: what does not fit is dropped from the top. */
void screen_use(const struct surface *surface)
{
	uint32_t rows = least(surface->rows, SCREEN_MOST_ROWS), above = row >= rows ? row - rows + 1 : 0;

	if (rows == 0 || surface->columns == 0)
		return;
	memmove(text[0], text[above], sizeof(text[0]) * (SCREEN_MOST_ROWS - above));
	row -= above;
	on = (struct surface){ least(surface->columns, SCREEN_MOST_COLUMNS), rows, surface->paint };
	memset(shown, ' ', sizeof(shown)); /* no text cell holds a space: all are painted over what the loader left */
	paint_all();
}

void screen_put(char c)
{
	uint32_t x = column, y;

	if (c == '\n') {
		next_row();
		return;
	}
	if (x >= on.columns) {
		next_row();
		x = 0;
	}
	y = row;
	column = x + 1;
	text[y][x] = c != ' ' ? c : '\0';
	paint(x, y);
}
