/*
 * spoil.c - breaks ACPI tables on purpose, so that it can be seen that the boot goes on.
 *
 * Writes  The firmware's tables.
 */
#include "acpi/madt.h"
#include "acpi/spoil.h"
#include "cmdline.h"
#include "view/print.h"

#define CHECKSUM    9u  /* in every table: ACPI 6.4 section 5.2.6 */
#define FIRST_ENTRY 44u /* of the MADT: section 5.2.12            */
#define LOCAL_APIC  0u
#define STRANGE_ID  100u

static void put(struct bytes table, size_t offset, uint8_t value)
{
	((uint8_t *)(uintptr_t)table.at)[offset] = value;
}

static void mend_checksum(struct bytes table)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < table.count; i++)
		sum = (uint8_t)(sum + table.at[i]);
	put(table, CHECKSUM, (uint8_t)(table.at[CHECKSUM] - sum));
}

static void spoil_checksum(struct bytes table)
{
	put(table, CHECKSUM, (uint8_t)~table.at[CHECKSUM]);
}

/* The tables of tables lie before their entries. */
static void spoil_root(const struct acpi_root *root, struct bytes madt)
{
	(void)madt;
	spoil_checksum((struct bytes){ root->entries.at - ACPI_HEADER_BYTES, ACPI_HEADER_BYTES });
}

static void spoil_madt(const struct acpi_root *root, struct bytes madt)
{
	(void)root;
	spoil_checksum(madt);
}

static void empty_entry(const struct acpi_root *root, struct bytes madt)
{
	(void)root;
	put(madt, FIRST_ENTRY + 1, 0);
	mend_checksum(madt);
}

/* The last CPU becomes one that does not exist. */
static void rename_cpu(const struct acpi_root *root, struct bytes madt)
{
	size_t last = 0;

	(void)root;
	for (size_t at = FIRST_ENTRY; at < madt.count && bytes_u8(madt, at + 1) > 0; at += bytes_u8(madt, at + 1))
		if (bytes_u8(madt, at) == LOCAL_APIC && bytes_u32(madt, at + 4) & 1)
			last = at;
	put(madt, last + 3, STRANGE_ID);
	mend_checksum(madt);
}

static const struct {
	const char *name;
	void (*spoil)(const struct acpi_root *root, struct bytes madt);
} ways[] = {
	{ "acpi-root",   spoil_root  },
	{ "acpi-madt",   spoil_madt  },
	{ "acpi-length", empty_entry },
	{ "acpi-ghost",  rename_cpu  },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static size_t way_of(const char *name)
{
	size_t way = 0;

	while (way < WAYS && !word_is(name, ways[way].name))
		way++;
	return way;
}

bool acpi_spoil_knows(const char *name)
{
	return way_of(name) < WAYS;
}

bool acpi_spoil_if_asked(const struct acpi_root *root)
{
	const char *name = cmdline_value("fault");
	struct bytes madt;

	if (name == NULL || !acpi_spoil_knows(name) || acpi_find(root, "APIC", &madt) != NULL)
		return false;
	kprintf("committing fault=%s, as asked\n", name);
	ways[way_of(name)].spoil(root, madt);
	return true;
}
