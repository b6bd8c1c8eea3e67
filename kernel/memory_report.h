/*
 * memory_report.h - where memory is and where it went, for people.
 */
#ifndef KERNEL_MEMORY_REPORT_H
#define KERNEL_MEMORY_REPORT_H

#include <labyrinth/inspect.h>
#include <labyrinth/memmap.h>

#include "memory.h"

/* The firmware map in the firmware's order, one entry a line. */
void report_map(const struct labyrinth_memmap *map);

/* What of it is used. */
void report_usable(const struct labyrinth_ranges *usable);

/* Who holds what, once the allocator stands. */
void report_memory(const struct memory *memory, const struct labyrinth *lab);

/* Frames that the boot no longer needs. */
void report_reclaimed(uint64_t frames);

#endif
