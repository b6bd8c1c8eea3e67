/*
 * raise.h - `fault=acpi-high`: a machine whose firmware has its tables above 4 GiB, where the boot tables do not reach.
 */
#ifndef ACPI_RAISE_H
#define ACPI_RAISE_H

#include "acpi/tables.h"

/*
 * Copies every table that the root names, and the DSDT, to just above 4 GiB; spoils those below, and has the root
 * pointer name the copies only, after addresses where no table is, or can be. Says how many there are and where; or why
 * not: no memory there, a root pointer of version 1.
 * With the boot tables live, before anybody uses memory.
 */
void acpi_raise(const struct acpi_root *root, struct bytes rsdp);

#endif
