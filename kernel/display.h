/*
 * display.h - from the boot information to text on the monitor.
 */
#ifndef KERNEL_DISPLAY_H
#define KERNEL_DISPLAY_H

#include <labyrinth/types.h>

#include "boot_info.h"
#include "x86/paging.h"

/* The memory behind the screen; bytes is 0 when there is none. */
struct display {
	phys_addr_t   base;
	uint64_t      bytes;
	enum map_kind kind;
};

/* Finds the screen and shows on it what was printed so far. */
struct display display_open(const struct boot_info *boot);

/* The whole pages of it, as the final page tables shall map them. */
struct mapping display_mapping(const struct display *display);

#endif
