/*
 * cpus.h - which CPUs there are, and their start.
 *
 * Idea    Found before the allocator is built, which must know how many will call it; started after. A CPU has an
 *         index: 0 boots, the others follow in the order in which the firmware names them. One that does not start
 *         keeps its index, and is left out.
 */
#ifndef KERNEL_CPUS_H
#define KERNEL_CPUS_H

#include <stdbool.h>

#include "acpi/acpi.h"
#include "x86/percpu.h"

/*
 * Chooses the CPUs: those that ACPI names, at most CPUS_MOST, as the words `nosmp` and `maxcpus=N` permit. Prints a
 * line when there is something to say. Once, before cpus_found().
 */
void cpus_find(const struct acpi *acpi);

/* How many are to be used; indices are below it. 1 before cpus_find(). */
uint32_t cpus_found(void);

/* Says why, and forgets the others. Before the allocator is built. */
void cpus_use_one(const char *why);

/*
 * Starts them, one after the other, and prints how many run. A CPU that has not come after some seconds gets one line
 * and goes back to sleep. Task, once; with the allocator built and the clocks calibrated.
 *
 * trampoline   a frame below 1 MiB that nobody else uses.
 */
void cpus_start(phys_addr_t trampoline);

/* Does this CPU run? `index` is below cpus_found(). Any context. */
bool cpu_online(uint32_t index);

/* How many run, this one included. Any context. */
uint32_t cpus_online(void);

#endif
