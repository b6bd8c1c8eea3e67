/*
 * spoil.h - `fault=acpi-...` on the command line: broken firmware, on a machine whose firmware is not.
 */
#ifndef ACPI_SPOIL_H
#define ACPI_SPOIL_H

#include "acpi/tables.h"

/*
 * Breaks or moves the tables in memory as the command line asks, if it does; true: they have changed, or the root
 * pointer has. With the boot tables live.
 */
bool acpi_spoil_if_asked(const struct acpi_root *root, struct bytes rsdp);

/* Has it? Not on a machine without tables, or without the one in question. */
bool acpi_spoil_done(void);

/* Is this one of the names after `fault=`? */
bool acpi_spoil_knows(const char *name);

/* All of these, each behind a space. */
void acpi_spoil_print_names(void);

#endif
