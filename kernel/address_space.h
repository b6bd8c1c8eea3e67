/*
 * address_space.h - the kernel's final view of memory.
 */
#ifndef KERNEL_ADDRESS_SPACE_H
#define KERNEL_ADDRESS_SPACE_H

#include "device_pages.h"
#include "display.h"
#include "memory.h"

/*
 * Builds the final page tables in frames taken from memory->free, and switches to them. Afterwards: the kernel by
 * section, nothing both writable and executable; no page below any stack, of whatever CPU; all of memory->direct at
 * DIRECT_BASE; the page tables there, too, read-only, and writable at TABLES_BASE; the screen and the devices at
 * DEVICE_BASE; nothing else, the low half of the address space least of all.
 */
void address_space_build(struct memory *memory, const struct display *display, const struct device_pages *devices);

/*
 * Makes a device's registers, whole frames of them, seen at device_virt(base). Task, once for each. Panics when there
 * is no table left for it, or something is mapped there.
 */
void address_space_map_device(phys_addr_t base, uint64_t bytes);

#endif
