/*
 * platform.c - picks numbers out of the FADT, the HPET table and the MCFG.
 *
 * Source  As in platform.h; offsets of the FADT: table 5.9.
 */
#include "acpi/platform.h"
#include "acpi/tables.h"

/* A generic address: section 5.2.3.2. */
#define IN_MEMORY 0u
#define IN_PORTS  1u

enum {
	GAS_SPACE   = 0,
	GAS_BITS    = 1,
	GAS_ADDRESS = 4,
};

enum {
	FADT_DSDT        = 40,
	FADT_SMI_COMMAND = 48,
	FADT_ACPI_ENABLE = 52,
	FADT_PM1A        = 64,
	FADT_PM1B        = 68,
	FADT_PM_TIMER    = 76,
	FADT_FLAGS       = 112,
	FADT_RESET       = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_DSDT      = 140,
	FADT_X_PM1A      = 172,
	FADT_X_PM1B      = 184,
	FADT_X_PM_TIMER  = 208,
};

#define FLAG_RESET (1u << 10) /* table 5.10 */

#define HPET_ADDRESS 40u
#define MCFG_ENTRIES (ACPI_HEADER_BYTES + 8u)
#define MCFG_ENTRY   16u
#define BUS_BYTES    (UINT64_C(1) << 20)

static uint16_t port(uint64_t number)
{
	return number <= UINT16_MAX ? (uint16_t)number : 0;
}

/* The port in the new field, else in the old one. */
static uint16_t port_of(struct bytes table, size_t new_field, size_t old_field)
{
	if (bytes_u8(table, new_field + GAS_SPACE) == IN_PORTS && port(bytes_u64(table, new_field + GAS_ADDRESS)) != 0)
		return port(bytes_u64(table, new_field + GAS_ADDRESS));
	return port(bytes_u32(table, old_field));
}

static struct acpi_reset reset_of(struct bytes table)
{
	uint64_t at = bytes_u64(table, FADT_RESET + GAS_ADDRESS);

	if (!(bytes_u32(table, FADT_FLAGS) & FLAG_RESET) || bytes_u8(table, FADT_RESET + GAS_BITS) != 8 ||
	    bytes_u8(table, FADT_RESET + GAS_SPACE) != IN_PORTS)
		return (struct acpi_reset){ 0, 0 };
	return (struct acpi_reset){ port(at), bytes_u8(table, FADT_RESET_VALUE) };
}

struct fadt fadt_read(struct bytes table)
{
	uint64_t dsdt = bytes_u64(table, FADT_X_DSDT);

	return (struct fadt){
		.pm_timer = port_of(table, FADT_X_PM_TIMER, FADT_PM_TIMER),
		.pm1a_control = port_of(table, FADT_X_PM1A, FADT_PM1A),
		.pm1b_control = port_of(table, FADT_X_PM1B, FADT_PM1B),
		.smi_command = port(bytes_u32(table, FADT_SMI_COMMAND)),
		.acpi_enable = bytes_u8(table, FADT_ACPI_ENABLE),
		.dsdt = dsdt != 0 ? dsdt : bytes_u32(table, FADT_DSDT),
		.reset = reset_of(table),
	};
}

uint64_t hpet_read(struct bytes table)
{
	if (bytes_u8(table, HPET_ADDRESS + GAS_SPACE) != IN_MEMORY)
		return 0;
	return bytes_u64(table, HPET_ADDRESS + GAS_ADDRESS);
}

/* NULL, or what is wrong with an entry of any segment. */
static const char *wrong_with(const struct mcfg *entry)
{
	if (entry->first_bus > entry->last_bus)
		return "an entry of the MCFG ends before it begins";
	if (entry->base == 0 || entry->base % BUS_BYTES != 0)
		return "an entry of the MCFG has no address, or one that none can have";
	return NULL;
}

static bool ends_below(const struct mcfg *entry, uint64_t reach)
{
	uint64_t bytes = (entry->last_bus + UINT64_C(1)) * BUS_BYTES;

	return bytes <= reach && entry->base <= reach - bytes;
}

static void take(struct mcfg *out, const struct mcfg *entry, uint64_t reach)
{
	if (!ends_below(entry, reach))
		out->beyond++;
	else if (out->base == 0)
		*out = (struct mcfg){ entry->base, entry->first_bus, entry->last_bus, out->beyond };
}

static const char *read_entries(struct bytes table, uint64_t reach, struct mcfg *out)
{
	for (size_t at = MCFG_ENTRIES; at < table.count; at += MCFG_ENTRY) {
		struct mcfg entry = { bytes_u64(table, at), bytes_u8(table, at + 10), bytes_u8(table, at + 11), 0 };
		const char *wrong = wrong_with(&entry);

		if (bytes_part(table, at, MCFG_ENTRY).count == 0)
			return "the length of the MCFG is not that of whole entries";
		if (wrong)
			return wrong;
		if (bytes_u16(table, at + 8) == 0)
			take(out, &entry, reach);
	}
	return out->base == 0 ? "the MCFG names no buses of segment 0 that can be reached" : NULL;
}

const char *mcfg_read(struct bytes table, uint64_t reach, struct mcfg *out)
{
	*out = (struct mcfg){ .base = 0 };

	const char *wrong = read_entries(table, reach, out);

	if (wrong)
		*out = (struct mcfg){ .beyond = out->beyond };
	return wrong;
}
