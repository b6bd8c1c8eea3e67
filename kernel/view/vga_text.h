/*
 * vga_text.h - the text buffer of a VGA in mode 3.
 */
#ifndef VIEW_VGA_TEXT_H
#define VIEW_VGA_TEXT_H

#include <stdint.h>

#include <labyrinth/types.h>

#define VGA_TEXT_PHYS ((phys_addr_t){ 0xb8000 })

/* Shows text there from now on, in columns * rows cells. */
void vga_text_init(uint32_t columns, uint32_t rows);

#endif
