/*
 * forge.h - writes into tables, for those who break or move them on purpose.
 */
#ifndef ACPI_FORGE_H
#define ACPI_FORGE_H

#include "acpi/bytes.h"

#define FORGE_CHECKSUM 9u /* in every table: ACPI 6.4 section 5.2.6 */

static inline void forge_put(struct bytes table, size_t offset, uint64_t value, size_t count)
{
	for (size_t i = 0; i < count; i++)
		((uint8_t *)(uintptr_t)table.at)[offset + i] = (uint8_t)(value >> 8 * i);
}

/* Makes the bytes add up to 0, by the one at `checksum`. */
static inline void forge_mend(struct bytes table, size_t checksum)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < table.count; i++)
		sum = (uint8_t)(sum + table.at[i]);
	forge_put(table, checksum, (uint8_t)(table.at[checksum] - sum), 1);
}

/* From now on it is no table. */
static inline void forge_break(struct bytes table)
{
	forge_put(table, FORGE_CHECKSUM, (uint8_t)~table.at[FORGE_CHECKSUM], 1);
}

#endif
