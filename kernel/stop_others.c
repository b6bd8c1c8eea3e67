/*
 * stop_others.c - stops CPUs by NMI, so that one can say in peace what has happened.
 *
 * Writes  Who was first; each CPU that stops, that it no longer runs.
 */
#include <stdatomic.h>

#include "cpus.h"
#include "stop_others.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/nmi.h"

#define NOBODY   0u
#define PATIENCE 10000000u /* looks at whether they have stopped: a second or so */

static _Atomic uint32_t first = NOBODY; /* its index plus one */

static _Noreturn void stop_here(void)
{
	atomic_store(&this_cpu()->online, 0);
	for (;;) {
		irq_off();
		cpu_halt();
	}
}

static bool stop_by_nmi(void)
{
	uint32_t who = atomic_load(&first);

	if (who != NOBODY && who != cpu_index() + 1)
		stop_here();
	return false;
}

void stop_others_init(void)
{
	nmi_register(stop_by_nmi);
}

void stop_others(void)
{
	uint32_t self, who = NOBODY;

	irq_off();
	self = cpu_index() + 1;
	if (!atomic_compare_exchange_strong(&first, &who, self)) {
		if (who != self)
			stop_here();
		return;
	}
	for (uint32_t i = 0; i < cpus_found(); i++)
		if (i != cpu_index() && cpu_online(i))
			ipi_nmi(percpu[i].apic_id);
	for (unsigned i = 0; i < PATIENCE && cpus_online() > 1; i++)
		cpu_relax();
}
