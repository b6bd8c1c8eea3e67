/*
 * madt.c - walks the entries of the MADT.
 *
 * Idea    One function an entry type; each gets the bytes of its entry, whose length has been checked. A table that
 *         does not add up is not believed in part.
 * Source  ACPI Specification 6.4 section 5.2.12, by table: 5.22 (types), 5.23 and 5.24 (local APIC), 5.25 (I/O APIC),
 *         5.26 (override), 5.28 (flags), 5.34 (local x2APIC). Where the local APIC is, this CPU says: x86/apic.c.
 */
#include "acpi/madt.h"
#include "acpi/tables.h"

#define FIRST_ENTRY  (ACPI_HEADER_BYTES + 8u)

#define CPU_ENABLED  1u
#define ANY_XAPIC    0xffu         /* a broadcast, nobody's ID */
#define ANY_X2APIC   0xffffffffu

#define POLARITY     0x3u
#define ACTIVE_LOW   0x3u
#define TRIGGER      0xcu
#define LEVEL        0xcu

static void add_cpu(struct madt *madt, uint32_t id)
{
	for (uint32_t i = 0; i < madt->cpus; i++)
		if (madt->cpu[i] == id)
			return; /* firmware may name a CPU in both of the ways that there are */
	if (madt->cpus < MADT_MOST_CPUS)
		madt->cpu[madt->cpus++] = id;
	else
		madt->cpus_beyond++;
}

static void local_apic(struct madt *madt, struct bytes entry)
{
	if ((bytes_u32(entry, 4) & CPU_ENABLED) && bytes_u8(entry, 3) != ANY_XAPIC)
		add_cpu(madt, bytes_u8(entry, 3));
}

static void local_x2apic(struct madt *madt, struct bytes entry)
{
	if ((bytes_u32(entry, 8) & CPU_ENABLED) && bytes_u32(entry, 4) != ANY_X2APIC)
		add_cpu(madt, bytes_u32(entry, 4));
}

static void io_apic(struct madt *madt, struct bytes entry)
{
	if (madt->io_apics < MADT_MOST_IO_APICS)
		madt->io_apic[madt->io_apics++] = (struct madt_io_apic){
			.phys = bytes_u32(entry, 4), .first_gsi = bytes_u32(entry, 8), .id = bytes_u8(entry, 2),
		};
}

/* Polarity and trigger 0 are those of the bus, and ISA is active high and by edge. */
static void override(struct madt *madt, struct bytes entry)
{
	uint16_t flags = bytes_u16(entry, 8);

	if (madt->overrides < MADT_MOST_OVERRIDES)
		madt->override[madt->overrides++] = (struct madt_override){
			.gsi = bytes_u32(entry, 4), .isa = bytes_u8(entry, 3),
			.active_low = (flags & POLARITY) == ACTIVE_LOW, .level = (flags & TRIGGER) == LEVEL,
		};
}

static const struct {
	uint8_t type, bytes;
	void (*read)(struct madt *madt, struct bytes entry);
} kinds[] = {
	{ 0, 8,  local_apic   },
	{ 1, 12, io_apic      },
	{ 2, 10, override     },
	{ 9, 16, local_x2apic },
};

/* false: too short for its type. A type that is not known is none of our business. */
static bool read_entry(struct madt *madt, struct bytes entry)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].type != bytes_u8(entry, 0))
			continue;
		if (entry.count < kinds[i].bytes)
			return false;
		kinds[i].read(madt, entry);
		return true;
	}
	return true;
}

/* Type and length come first in each. One shorter than these two bytes would be met for ever. */
static const char *read_entries(struct bytes table, struct madt *out)
{
	for (size_t at = FIRST_ENTRY; at < table.count;) {
		struct bytes entry = bytes_part(table, at, bytes_u8(table, at + 1));

		if (entry.count < 2)
			return "the MADT has an entry without a length, or longer than what is left of the table";
		if (!read_entry(out, entry))
			return "the MADT has an entry that is too short for what it is";
		at += entry.count;
	}
	return out->cpus == 0 ? "the MADT names no CPU that is enabled" : NULL;
}

const char *madt_read(struct bytes table, struct madt *out)
{
	*out = (struct madt){ .cpus = 0 };

	const char *wrong = read_entries(table, out);

	if (wrong)
		*out = (struct madt){ .cpus = 0 };
	return wrong;
}
