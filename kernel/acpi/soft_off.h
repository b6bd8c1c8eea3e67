/*
 * soft_off.h - what to write into the PM1 control registers so that the machine switches itself off.
 *
 * Idea    The two numbers stand in the DSDT, in byte code, as Name (_S5_, Package () { a, b, ... }). There is no
 *         interpreter: the object is looked for by its exact encoding, and believed only when every part of that is as
 *         it must be, and no other object of this name says something else.
 * Source  ACPI Specification 6.4 sections 7.4.2 (_Sx), 20.2 (AML: 20.2.4 package length, 20.2.5.4 package).
 */
#ifndef ACPI_SOFT_OFF_H
#define ACPI_SOFT_OFF_H

#include "acpi/bytes.h"

struct soft_off {
	bool    known;
	uint8_t a, b; /* sleep types, 0 to 7, for PM1a and PM1b */
};

/* dsdt: all of the table, header included. */
struct soft_off soft_off_read(struct bytes dsdt);

#endif
