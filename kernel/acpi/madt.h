/*
 * madt.h - the CPUs and interrupt controllers of the machine, out of the MADT.
 *
 * Source  ACPI Specification 6.4 section 5.2.12.
 */
#ifndef ACPI_MADT_H
#define ACPI_MADT_H

#include "acpi/bytes.h"

#define MADT_MOST_CPUS        256u
#define MADT_MOST_IO_APICS    16u
#define MADT_MOST_OVERRIDES   16u

struct madt_io_apic {
	uint32_t phys;
	uint32_t first_gsi; /* the global system interrupt of its pin 0 */
	uint8_t  id;
};

/* An ISA interrupt that is wired to another pin, or in another way, than its number says. */
struct madt_override {
	uint32_t gsi;
	uint8_t  isa;
	bool     active_low, level;
};

/* What is beyond the room in these lists is counted, not kept. */
struct madt {
	uint32_t cpus;                   /* that are enabled, each once                    */
	uint32_t cpu[MADT_MOST_CPUS];    /* their APIC IDs, in the table's order           */
	uint32_t cpus_beyond;
	uint32_t io_apics;
	struct madt_io_apic io_apic[MADT_MOST_IO_APICS];
	uint32_t overrides;
	struct madt_override override[MADT_MOST_OVERRIDES];
};

/*
 * Reads a whole table, as acpi_find() finds it.
 *
 * Returns  NULL, or what is wrong, as a sentence: an entry that is too short for what it is, or longer than what is
 *          left; no enabled CPU. *out is then empty.
 */
const char *madt_read(struct bytes table, struct madt *out);

#endif
