/*
 * vga_text.c - paints character cells into the VGA text buffer.
 *
 * Manual  IBM VGA technical reference, "Alphanumeric modes": a cell is a character and an attribute; CRT controller
 *         register 0Ah, bit 5, switches the cursor off.
 */
#include "view/screen.h"
#include "view/vga_text.h"
#include "x86/paging.h"
#include "x86/port_io.h"

#define LIGHT_GREY_ON_BLACK 0x0700
#define MOST_CELLS          (32768u / 2) /* the buffer holds 32 KiB */

#define CRT_INDEX    0x3d4
#define CRT_DATA     0x3d5
#define CURSOR_START 0x0a
#define CURSOR_OFF   0x20

static uint32_t width;

static void paint(uint32_t column, uint32_t row, char c)
{
	volatile uint16_t *cells = device_virt(VGA_TEXT_PHYS);

	cells[row * width + column] = (uint16_t)(LIGHT_GREY_ON_BLACK | (uint8_t)c);
}

void vga_text_init(uint32_t columns, uint32_t rows)
{
	struct surface surface = { columns, rows, paint };

	if (columns == 0 || rows > MOST_CELLS / columns)
		return;
	width = columns;
	port_write(CRT_INDEX, CURSOR_START);
	port_write(CRT_DATA, CURSOR_OFF);
	screen_use(&surface);
}
