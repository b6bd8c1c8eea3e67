/*
 * screen.h - text on whatever the boot loader left on the monitor.
 */
#ifndef VIEW_SCREEN_H
#define VIEW_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

/* A grid of character cells: how large, and how to paint one. */
struct surface {
	uint32_t columns, rows;
	void (*paint)(uint32_t column, uint32_t row, char c);
};

/* From here on text appears there; what was printed before does, too. Parts beyond SCREEN_MOST_... stay unused. */
void screen_use(const struct surface *surface);

#define SCREEN_MOST_COLUMNS 320u
#define SCREEN_MOST_ROWS    128u

/* Prints one character, newline included; scrolls. Any context. */
void screen_put(char c);

#endif
