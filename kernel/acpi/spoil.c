/*
 * spoil.c - breaks ACPI tables on purpose, so that it can be seen that the boot goes on.
 *
 * Writes  The firmware's tables, and the boot loader's copy of its root pointer; whether it has.
 */
#include "acpi/forge.h"
#include "acpi/madt.h"
#include "acpi/raise.h"
#include "acpi/spoil.h"
#include "cmdline.h"
#include "view/print.h"

#define FIRST_ENTRY   44u /* of the MADT: section 5.2.12 */
#define LOCAL_APIC    0u
#define STRANGE_ID    100u
#define MCFG_BASE     44u   /* of its first entry: PCI Firmware Specification 3.0, table 4-2 */
#define STRANGE_PLACE 0x60u /* 60000000h: no memory of a small machine, and no device's     */

struct firmware {
	const struct acpi_root *root;
	struct bytes rsdp, table; /* the table is the one that the way names */
};

/* The tables of tables lie before their entries. */
static void spoil_root(const struct firmware *f)
{
	forge_break((struct bytes){ f->root->entries.at - ACPI_HEADER_BYTES, ACPI_HEADER_BYTES });
}

static void spoil_table(const struct firmware *f)
{
	forge_break(f->table);
}

static void empty_entry(const struct firmware *f)
{
	forge_put(f->table, FIRST_ENTRY + 1, 0, 1);
	forge_mend(f->table, FORGE_CHECKSUM);
}

/* PCI's configuration space is said to be where it is not: so far up, or where nothing is. */
static void move_mcfg(const struct firmware *f, unsigned byte, uint8_t value)
{
	forge_put(f->table, MCFG_BASE + byte, value, 1);
	forge_mend(f->table, FORGE_CHECKSUM);
}

static void raise_mcfg(const struct firmware *f)
{
	move_mcfg(f, 4, 1);
}

static void misplace_mcfg(const struct firmware *f)
{
	move_mcfg(f, 3, STRANGE_PLACE);
}

/* The last CPU becomes one that does not exist. */
static void rename_cpu(const struct firmware *f)
{
	size_t last = 0;

	for (size_t at = FIRST_ENTRY; at < f->table.count && bytes_u8(f->table, at + 1) > 0;
	     at += bytes_u8(f->table, at + 1))
		if (bytes_u8(f->table, at) == LOCAL_APIC && bytes_u32(f->table, at + 4) & 1)
			last = at;
	forge_put(f->table, last + 3, STRANGE_ID, 1);
	forge_mend(f->table, FORGE_CHECKSUM);
}

static void move_high(const struct firmware *f)
{
	acpi_raise(f->root, f->rsdp);
}

static const struct {
	const char *name, *table;
	void (*spoil)(const struct firmware *f);
} ways[] = {
	{ "acpi-root",      "APIC", spoil_root    },
	{ "acpi-madt",      "APIC", spoil_table   },
	{ "acpi-length",    "APIC", empty_entry   },
	{ "acpi-ghost",     "APIC", rename_cpu    },
	{ "acpi-high",      "APIC", move_high     },
	{ "acpi-mcfg",      "MCFG", spoil_table   },
	{ "acpi-mcfg-high", "MCFG", raise_mcfg    },
	{ "acpi-mcfg-lie",  "MCFG", misplace_mcfg },
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

void acpi_spoil_print_names(void)
{
	for (size_t way = 0; way < WAYS; way++)
		kprintf(" %s", ways[way].name);
}

static bool committed;

bool acpi_spoil_if_asked(const struct acpi_root *root, struct bytes rsdp)
{
	const char *name = cmdline_value("fault");
	struct firmware f = { .root = root, .rsdp = rsdp };

	if (name == NULL || !acpi_spoil_knows(name) || acpi_find(root, ways[way_of(name)].table, &f.table) != NULL)
		return false;
	kprintf("committing fault=%s, as asked\n", name);
	ways[way_of(name)].spoil(&f);
	committed = true;
	return true;
}

bool acpi_spoil_done(void)
{
	return committed;
}
