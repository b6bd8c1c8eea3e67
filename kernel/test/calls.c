/*
 * calls.c - calls every CPU some times, sends each an NMI, and counts.
 *
 * Idea    Each CPU counts for itself, so a call that is lost, or comes twice, or runs on the wrong CPU, shows.
 */
#include <stdatomic.h>

#include <labyrinth/port.h>

#include "call.h"
#include "cpus.h"
#include "test/calls.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/nmi.h"

#define CALLS            16u
#define PATIENCE_SECONDS 120u

static struct {
	uint32_t         calls;
	bool             wrong; /* another context, another CPU, or interrupts on */
	_Atomic uint32_t nmis;
} seen[CPUS_MOST];

static uint32_t caller;

static void note_call(void *context)
{
	uint32_t index = cpu_index();
	bool here = this_cpu() == &percpu[index] && apic_id() == percpu[index].apic_id;

	(void)context;
	seen[index].calls++;
	seen[index].wrong |= !here || irq_enabled() || irq_in_handler() != (index != caller) ||
	                     labyrinth_port_context() != LABYRINTH_INTERRUPT;
}

static const char *calls_arrive(void)
{
	caller = cpu_index();
	for (unsigned i = 0; i < CALLS; i++)
		call_all(note_call, NULL);
	for (uint32_t i = 0; i < cpus_found(); i++) {
		if (seen[i].calls != (cpu_online(i) ? CALLS : 0))
			return "each call runs once on every CPU that runs, and on no other";
		if (seen[i].wrong)
			return "a call runs with interrupts off, on the CPU that it is for";
	}
	return NULL;
}

static _Atomic bool nmis_expected;

static bool note_nmi(void)
{
	if (!atomic_load(&nmis_expected))
		return false;
	if (labyrinth_port_context() == LABYRINTH_NMI)
		atomic_fetch_add(&seen[cpu_index()].nmis, 1);
	return true;
}

static bool nmi_arrives(uint32_t index)
{
	uint64_t start = cpu_tsc();

	ipi_nmi(percpu[index].apic_id);
	for (; atomic_load(&seen[index].nmis) == 0; cpu_relax())
		if (cpu_tsc() - start > PATIENCE_SECONDS * tsc_hertz())
			return false;
	return true;
}

static const char *nmis_arrive(void)
{
	bool all = true;

	nmi_register(note_nmi);
	atomic_store(&nmis_expected, true);
	for (uint32_t i = 0; i < cpus_found(); i++)
		all = all && (!cpu_online(i) || nmi_arrives(i));
	atomic_store(&nmis_expected, false);
	return all && labyrinth_port_context() == LABYRINTH_TASK ? NULL
	       : "an NMI to a CPU arrives there, in NMI context, and returns";
}

const char *test_calls(struct labyrinth *lab)
{
	const char *broken = calls_arrive();

	(void)lab;
	return broken != NULL ? broken : nmis_arrive();
}
