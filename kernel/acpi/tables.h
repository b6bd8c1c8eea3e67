/*
 * tables.h - from the root pointer to a table of a given signature, all of it checked.
 *
 * Idea    Two steps down, RSDP to XSDT or RSDT, and that to a table; no table is ever followed further, so tables that
 *         point at each other lead nowhere. Every length is checked against what can be read, and every checksum,
 *         before a byte of content is believed. Pure functions over bytes: tests/acpi runs them on the host.
 * Source  ACPI Specification 6.4 sections 5.2.5 to 5.2.8.
 */
#ifndef ACPI_TABLES_H
#define ACPI_TABLES_H

#include "acpi/bytes.h"

#define ACPI_HEADER_BYTES 36u                 /* of every table: section 5.2.6 */
#define ACPI_MOST_BYTES   (UINT32_C(1) << 20) /* more than any has: keeps a wrong length from being believed */

/* Physical memory, as far as it can be read. */
struct acpi_memory {
	/* `count` bytes at this physical address; no bytes when not all of them can be read. */
	struct bytes (*read)(uint64_t phys, size_t count, void *context);
	void *context;
};

/* The table of tables. */
struct acpi_root {
	const struct acpi_memory *memory;
	struct bytes entries;    /* physical addresses ...                */
	size_t       entry_bytes; /* ... of so many bytes each: 8 or 4     */
	const char  *name;       /* "XSDT", "RSDT"                        */
};

/*
 * Opens the table of tables: the XSDT if it is named and whole, else the RSDT.
 *
 * rsdp     the root pointer's bytes, as the boot loader copied them: 20 in version 1, 36 or more later.
 * Returns  NULL, or what is wrong, as a sentence; *root is then not set.
 */
const char *acpi_open(const struct acpi_memory *memory, struct bytes rsdp, struct acpi_root *root);

/*
 * The first whole table with this signature of four characters.
 *
 * table    all of it, header included.
 * Returns  NULL, or what is wrong: there is none, or each that there is is broken. *table is then empty.
 */
const char *acpi_find(const struct acpi_root *root, const char *signature, struct bytes *table);

/* A whole table at this address, when its signature, length and checksum are as they should be; else no bytes. */
struct bytes acpi_table_at(const struct acpi_memory *memory, uint64_t phys, const char *signature);

#endif
