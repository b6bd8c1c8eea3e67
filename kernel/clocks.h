/*
 * clocks.h - the time: what it is measured by, and that it can be waited for.
 */
#ifndef KERNEL_CLOCKS_H
#define KERNEL_CLOCKS_H

#include "device_pages.h"

/*
 * Measures the cycle counter and the local APIC's timer, by the clock that the word clock= names, or by the first that
 * this machine has, and says which; from then on this CPU has timers. Refuses to boot without a clock. After
 * apic_init(), interrupts off, on the CPU that boots.
 */
void clocks_start(const struct acpi *acpi, const struct device_pages *devices);

#endif
