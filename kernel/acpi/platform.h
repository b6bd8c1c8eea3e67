/*
 * platform.h - timers, power and PCI registers, out of the FADT, the HPET table and the MCFG.
 *
 * Idea    Each reader takes a whole table, as acpi_find() finds it, and keeps the few numbers that the kernel uses.
 *         What a table does not have, or has in a place that the kernel does not reach, is 0.
 * Source  ACPI Specification 6.4 sections 5.2.9 (FADT), 5.2.3.2 (generic addresses); IA-PC HPET Specification 1.0a
 *         section 3.2.4; PCI Firmware Specification 3.0 section 4.1.2.
 */
#ifndef ACPI_PLATFORM_H
#define ACPI_PLATFORM_H

#include "acpi/bytes.h"

/* A port that resets the machine when `value` is written to it; 0: the register is not in a port, or there is none. */
struct acpi_reset {
	uint16_t port;
	uint8_t  value;
};

struct fadt {
	uint16_t pm_timer;          /* I/O port; 0: none                                   */
	uint16_t pm1a_control;      /* I/O ports, for switching off; 0: none               */
	uint16_t pm1b_control;
	uint16_t smi_command;       /* I/O port, and the value that switches ACPI mode on; */
	uint8_t  acpi_enable;       /* 0: it is on                                         */
	uint64_t dsdt;              /* physical address                                    */
	struct acpi_reset reset;
};

struct fadt fadt_read(struct bytes table);

/* The physical address of the HPET's registers; 0 when they are not in memory. */
uint64_t hpet_read(struct bytes table);

/* PCI's configuration space in memory, of segment 0: a MiB for each bus. */
struct mcfg {
	uint64_t base;              /* where that of bus 0 is, or would be; 0: none   */
	uint8_t  first_bus, last_bus;
	uint32_t beyond;            /* entries of segment 0 that do not end below `reach` */
};

/*
 * The first entry of segment 0 that ends below `reach`.
 *
 * Returns  NULL, or what is wrong, as a sentence: entries that are not whole, or cannot be what they are; none at all.
 *          *out is then empty, but for `beyond`.
 */
const char *mcfg_read(struct bytes table, uint64_t reach, struct mcfg *out);

#endif
