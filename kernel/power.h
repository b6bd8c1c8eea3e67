/*
 * power.h - what becomes of the machine when the kernel is done.
 *
 * Idea    The word `at-end` says it: poweroff, reboot, or halt, which is what happens anyway. A panic always halts, so
 *         that what it says stays on the screen.
 */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include "acpi/acpi.h"

/* Reads the word. acpi stays where it is. */
void power_init(const struct acpi *acpi);

/*
 * Does it, and says so. Returns when nothing was asked for, or when this machine has no way to do it, and says that.
 * Task.
 */
void power_at_end(void);

#endif
