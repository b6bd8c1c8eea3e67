/*
 * framebuffer.h - text in a linear framebuffer of RGB pixels.
 */
#ifndef VIEW_FRAMEBUFFER_H
#define VIEW_FRAMEBUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include <labyrinth/types.h>

struct framebuffer {
	phys_addr_t base;
	uint32_t    pitch;         /* bytes from one line to the next */
	uint32_t    width, height; /* pixels                          */
	uint32_t    pixel_bytes;   /* 2, 3 or 4                       */
	uint32_t    foreground;    /* a pixel in light grey           */
};

/*
 * Bytes from base to the end of the last line; 0 when the description is of no framebuffer that framebuffer_init()
 * can use.
 */
uint64_t framebuffer_bytes(const struct framebuffer *framebuffer);

/*
 * Shows text there from now on. Its bytes must be mapped at device_virt(base). false: no font, or too small for one
 * character.
 */
bool framebuffer_init(const struct framebuffer *framebuffer);

#endif
