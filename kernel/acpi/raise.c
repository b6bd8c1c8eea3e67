/*
 * raise.c - moves the firmware's tables out of reach.
 *
 * Writes  The firmware's tables, the boot loader's copy of its root pointer, memory above 4 GiB.
 * Source  ACPI Specification 6.4 sections 5.2.5.3 (RSDP), 5.2.6 (header), 5.2.8 (XSDT), 5.2.9 (FADT).
 */
#include "acpi/forge.h"
#include "acpi/platform.h"
#include "acpi/raise.h"
#include "view/print.h"

#define PLACE ((UINT64_C(4) << 30) + 0x100000)
#define ALIGN UINT64_C(16)
#define MOST  64u

enum {
	RSDP_V1_BYTES    = 20,
	RSDP_V2_BYTES    = 36,
	RSDP_CHECKSUM    = 8,
	RSDP_RSDT        = 16,
	RSDP_XSDT        = 24,
	RSDP_CHECKSUM_V2 = 32,
	TABLE_LENGTH     = 4,
	FADT_DSDT        = 40,
	FADT_X_DSDT      = 140,
};

#define GIB (UINT64_C(1) << 30)

/* What no CPU has, and more places than the boot tables have tables for: firmware may name anything. First of all. */
static const uint64_t astray[] = {
	UINT64_MAX - 40, UINT64_C(1) << 51, UINT64_C(1) << 46, 100 * GIB, 200 * GIB, 300 * GIB, 400 * GIB, 500 * GIB,
	600 * GIB, 700 * GIB, 800 * GIB,
};

#define ASTRAY (sizeof(astray) / sizeof(astray[0]))

struct move {
	const struct acpi_memory *memory;
	uint64_t next;     /* where the next copy goes     */
	uint64_t at[MOST]; /* astray, then the copies, but for the DSDT */
	unsigned count;
};

/* A place for so many bytes, all of them 0; none where there is no memory. */
static struct bytes take(struct move *m, size_t count, uint64_t *phys)
{
	struct bytes to = m->memory->read(m->next, count, m->memory->context);

	*phys = m->next;
	m->next = (m->next + count + ALIGN - 1) & ~(ALIGN - 1);
	for (size_t i = 0; i < to.count; i++) {
		forge_put(to, i, 0xa5, 1);
		if (*(const volatile uint8_t *)&to.at[i] != 0xa5)
			return (struct bytes){ NULL, 0 };
		forge_put(to, i, 0, 1);
	}
	return to;
}

/* The copy, and where it is; the original is no table any more. */
static struct bytes raise(struct move *m, struct bytes table, uint64_t *phys)
{
	struct bytes copy = take(m, table.count, phys);

	for (size_t i = 0; i < copy.count; i++)
		forge_put(copy, i, table.at[i], 1);
	if (copy.count > 0)
		forge_break(table);
	return copy;
}

static void raise_dsdt(struct move *m, struct bytes fadt)
{
	struct bytes dsdt = acpi_table_at(m->memory, fadt_read(fadt).dsdt, "DSDT");
	uint64_t phys;

	if (dsdt.count == 0 || bytes_part(fadt, FADT_X_DSDT, 8).count == 0 || raise(m, dsdt, &phys).count == 0)
		return;
	forge_put(fadt, FADT_DSDT, 0, 4);
	forge_put(fadt, FADT_X_DSDT, phys, 8);
	forge_mend(fadt, FORGE_CHECKSUM);
}

static void raise_all(struct move *m, const struct acpi_root *root)
{
	for (size_t at = 0; at + root->entry_bytes <= root->entries.count; at += root->entry_bytes) {
		uint64_t phys = bytes_number(root->entries, at, root->entry_bytes);
		struct bytes copy, table = acpi_table_at(m->memory, phys, "");

		if (table.count == 0 || m->count == MOST)
			continue;
		copy = raise(m, table, &m->at[m->count]);
		m->count += copy.count > 0;
		if (bytes_spell(copy, 0, "FACP"))
			raise_dsdt(m, copy);
	}
}

static void point_at(struct bytes rsdp, uint64_t xsdt)
{
	forge_put(rsdp, RSDP_RSDT, 0, 4);
	forge_put(rsdp, RSDP_XSDT, xsdt, 8);
	forge_mend(bytes_part(rsdp, 0, RSDP_V1_BYTES), RSDP_CHECKSUM);
	forge_mend(bytes_part(rsdp, 0, RSDP_V2_BYTES), RSDP_CHECKSUM_V2);
}

/* A table of the tables that were moved; false: no memory. */
static bool list(struct move *m, struct bytes rsdp)
{
	size_t length = ACPI_HEADER_BYTES + 8 * m->count;
	uint64_t phys;
	struct bytes xsdt = take(m, length, &phys);

	if (m->count == ASTRAY || xsdt.count == 0)
		return false;
	forge_put(xsdt, 0, 'X' | 'S' << 8 | 'D' << 16 | 'T' << 24, 4);
	forge_put(xsdt, TABLE_LENGTH, length, 4);
	for (size_t i = 0; i < m->count; i++)
		forge_put(xsdt, ACPI_HEADER_BYTES + 8 * i, m->at[i], 8);
	forge_mend(xsdt, FORGE_CHECKSUM);
	point_at(rsdp, phys);
	return true;
}

void acpi_raise(const struct acpi_root *root, struct bytes rsdp)
{
	struct move m = { .memory = root->memory, .next = PLACE };

	if (bytes_part(rsdp, 0, RSDP_V2_BYTES).count == 0) {
		kprintf("ACPI: tables not moved: a root pointer of version 1 names nothing above 4 GiB\n");
		return;
	}
	for (; m.count < ASTRAY; m.count++)
		m.at[m.count] = astray[m.count];
	raise_all(&m, root);
	if (list(&m, rsdp))
		kprintf("ACPI: %u tables moved to %lx\n", m.count - (unsigned)ASTRAY, PLACE);
	else
		kprintf("ACPI: tables not moved: no memory in reach at %lx\n", PLACE);
}
