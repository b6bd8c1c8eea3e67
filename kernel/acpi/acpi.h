/*
 * acpi.h - what the kernel takes from the firmware's ACPI tables, copied while they can still be read.
 */
#ifndef ACPI_ACPI_H
#define ACPI_ACPI_H

#include "acpi/madt.h"
#include "acpi/platform.h"
#include "acpi/soft_off.h"
#include "boot_info.h"

struct acpi {
	struct madt madt; /* no CPU when there are no tables, or broken ones */
	struct fadt fadt;
	struct soft_off off;
	struct mcfg mcfg;
	const char *no_mcfg; /* why PCI's configuration space is not there in memory */
	uint64_t    hpet; /* physical address of its registers; 0: none      */
};

/*
 * Reads the tables and says in a line or two what was found, and what is broken. With the boot tables live, before
 * anything is written to memory that the firmware may have used. The word noacpi has it read nothing.
 */
const struct acpi *acpi_read(const struct boot_info *boot);

#endif
