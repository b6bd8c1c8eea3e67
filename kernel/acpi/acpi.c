/*
 * acpi.c - reads the tables that the kernel uses, once, and reports.
 *
 * Idea    Nothing here is needed to go on: what is missing or broken is said, and the machine has one CPU, or no HPET.
 */
#include "acpi/acpi.h"
#include "acpi/spoil.h"
#include "acpi/tables.h"
#include "cmdline.h"
#include "view/print.h"
#include "x86/boot_tables.h"
#include "x86/paging.h"

static struct acpi acpi;

/* Wherever they are: some firmware has its tables above 4 GiB. */
static struct bytes read_memory(uint64_t phys, size_t count, void *context)
{
	(void)context;
	if (!boot_tables_show((phys_addr_t){ phys }, count))
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ phys_virt((phys_addr_t){ phys }), count };
}

static const struct acpi_memory memory = { read_memory, NULL };

static struct bytes rsdp_in(const struct boot_info *boot, uint32_t type)
{
	struct labyrinth_multiboot2_tag tag;

	if (!labyrinth_multiboot2_find(boot->at, type, &tag))
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ tag.payload, tag.bytes };
}

/* The newer root pointer, else the older one. */
static const char *open_tables(const struct boot_info *boot, struct acpi_root *root)
{
	struct bytes newer = rsdp_in(boot, LABYRINTH_MULTIBOOT2_RSDP_V2);

	if (newer.count > 0 && acpi_open(&memory, newer, root) == NULL)
		return NULL;
	return acpi_open(&memory, rsdp_in(boot, LABYRINTH_MULTIBOOT2_RSDP_V1), root);
}

static void read_madt(const struct acpi_root *root)
{
	struct bytes table;
	const char *wrong = acpi_find(root, "APIC", &table);

	if (!wrong)
		wrong = madt_read(table, &acpi.madt);
	if (wrong)
		kprintf("ACPI: MADT, the table of CPUs: %s; using one CPU\n", wrong);
}

static void read_platform(const struct acpi_root *root)
{
	struct bytes table;

	if (acpi_find(root, "FACP", &table) == NULL)
		acpi.fadt = fadt_read(table);
	acpi.off = soft_off_read(acpi_table_at(&memory, acpi.fadt.dsdt, "DSDT"));
	if (acpi_find(root, "HPET", &table) == NULL)
		acpi.hpet = hpet_read(table);
	acpi.no_mcfg = acpi_find(root, "MCFG", &table);
	if (acpi.no_mcfg == NULL)
		acpi.no_mcfg = mcfg_read(table, BOOT_REACH, &acpi.mcfg);
}

static void report(const struct acpi_root *root)
{
	kprintf("ACPI: %s; CPUs enabled: %u; I/O APICs: %u; HPET: %s; PM timer: %s\n", root->name,
	        acpi.madt.cpus + acpi.madt.cpus_beyond, acpi.madt.io_apics, acpi.hpet ? "yes" : "no",
	        acpi.fadt.pm_timer ? "yes" : "no");
}

const struct acpi *acpi_read(const struct boot_info *boot)
{
	struct acpi_root root;
	const char *wrong;

	acpi.no_mcfg = "no ACPI tables";
	if (cmdline_has("noacpi")) {
		kprintf("ACPI: not read, as asked; using one CPU\n");
		return &acpi;
	}
	wrong = open_tables(boot, &root);
	if (!wrong && acpi_spoil_if_asked(&root, rsdp_in(boot, LABYRINTH_MULTIBOOT2_RSDP_V2)))
		wrong = open_tables(boot, &root);
	if (wrong) {
		kprintf("ACPI: %s; using one CPU\n", wrong);
		return &acpi;
	}
	read_madt(&root);
	read_platform(&root);
	report(&root);
	return &acpi;
}
