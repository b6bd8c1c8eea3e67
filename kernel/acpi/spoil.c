/*
 * spoil.c - breaks ACPI tables on purpose, so that it can be seen that the boot goes on.
 *
 * Writes  The firmware's tables, and the boot loader's copy of its root pointer.
 */
#include "acpi/forge.h"
#include "acpi/madt.h"
#include "acpi/raise.h"
#include "acpi/spoil.h"
#include "cmdline.h"
#include "view/print.h"

#define FIRST_ENTRY 44u /* of the MADT: section 5.2.12 */
#define LOCAL_APIC  0u
#define STRANGE_ID  100u

struct firmware {
	const struct acpi_root *root;
	struct bytes rsdp, madt;
};

/* The tables of tables lie before their entries. */
static void spoil_root(const struct firmware *f)
{
	forge_break((struct bytes){ f->root->entries.at - ACPI_HEADER_BYTES, ACPI_HEADER_BYTES });
}

static void spoil_madt(const struct firmware *f)
{
	forge_break(f->madt);
}

static void empty_entry(const struct firmware *f)
{
	forge_put(f->madt, FIRST_ENTRY + 1, 0, 1);
	forge_mend(f->madt, FORGE_CHECKSUM);
}

/* The last CPU becomes one that does not exist. */
static void rename_cpu(const struct firmware *f)
{
	size_t last = 0;

	for (size_t at = FIRST_ENTRY; at < f->madt.count && bytes_u8(f->madt, at + 1) > 0;
	     at += bytes_u8(f->madt, at + 1))
		if (bytes_u8(f->madt, at) == LOCAL_APIC && bytes_u32(f->madt, at + 4) & 1)
			last = at;
	forge_put(f->madt, last + 3, STRANGE_ID, 1);
	forge_mend(f->madt, FORGE_CHECKSUM);
}

static void move_high(const struct firmware *f)
{
	acpi_raise(f->root, f->rsdp);
}

static const struct {
	const char *name;
	void (*spoil)(const struct firmware *f);
} ways[] = {
	{ "acpi-root",   spoil_root  },
	{ "acpi-madt",   spoil_madt  },
	{ "acpi-length", empty_entry },
	{ "acpi-ghost",  rename_cpu  },
	{ "acpi-high",   move_high   },
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

bool acpi_spoil_if_asked(const struct acpi_root *root, struct bytes rsdp)
{
	const char *name = cmdline_value("fault");
	struct firmware f = { .root = root, .rsdp = rsdp };

	if (name == NULL || !acpi_spoil_knows(name) || acpi_find(root, "APIC", &f.madt) != NULL)
		return false;
	kprintf("committing fault=%s, as asked\n", name);
	ways[way_of(name)].spoil(&f);
	return true;
}
