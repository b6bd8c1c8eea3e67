/*
 * device_pages.h - the registers that the kernel itself uses: interrupt controllers, HPET, PCI configuration space.
 */
#ifndef KERNEL_DEVICE_PAGES_H
#define KERNEL_DEVICE_PAGES_H

#include "acpi/acpi.h"
#include "memory.h"
#include "x86/paging.h"

#define DEVICE_PAGES_MOST (MADT_MOST_IO_APICS + 2u)

/* Ascending, each page once. */
struct device_pages {
	size_t      count;
	phys_addr_t page[DEVICE_PAGES_MOST];
	struct {
		phys_addr_t base;
		uint64_t    bytes; /* 0: it is reached by ports */
	} pci;
};

/*
 * All of them. What firmware places in memory, on the screen, or where there is no address for it in the device region
 * gets a line and is left out: it stays unmapped, see device_pages_have(). PCI's configuration space is believed when
 * it says what the ports say, and used from then on. With the boot tables live.
 */
struct device_pages device_pages_find(const struct acpi *acpi, const struct memory *memory,
                                      const struct display *display);

/* Is the page with this register among them? */
bool device_pages_have(const struct device_pages *pages, phys_addr_t at);

#endif
