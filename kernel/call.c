/*
 * call.c - asks the other CPUs, and counts the answers.
 *
 * Writes  The one call that is under way, under its lock; each CPU's `called`.
 */
#include <stdatomic.h>

#include "call.h"
#include "cpus.h"
#include "panic.h"
#include "stop_others.h"
#include "thread.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/irq.h"
#include "x86/lock.h"

#define CALL_VECTOR      IRQ_LAST_VECTOR /* the highest priority that a handler can have */
#define PATIENCE_SECONDS 30u
#define PATIENCE_LOOKS   10000000u

static struct {
	struct lock      lock;
	call_function_t *function;
	void            *context;
	_Atomic uint32_t waiting; /* CPUs that have not answered */
	_Atomic uint64_t rounds;
} call;

/* Once for each time that this CPU is asked, whether by its interrupt or while it waits to call. */
static void answer(void)
{
	if (atomic_load(&this_cpu()->called) == 0 || atomic_exchange(&this_cpu()->called, 0) == 0)
		return;
	call.function(call.context);
	atomic_fetch_sub(&call.waiting, 1);
}

static void call_interrupt(void *context)
{
	(void)context;
	answer();
}

void call_init(void)
{
	irq_register(CALL_VECTOR, call_interrupt, NULL);
}

static void answer_with_interrupts_off(void)
{
	uintptr_t was = irq_save();

	answer();
	irq_restore(was);
}

static void ask(struct cpu *cpu)
{
	atomic_fetch_add(&call.waiting, 1);
	atomic_store(&cpu->called, 1);
	ipi_send(cpu->apic_id, CALL_VECTOR);
}

static void ask_others(void)
{
	uint32_t asked = 0;

	for (uint32_t i = 0; i < cpus_found(); i++) {
		if (i == cpu_index() || !cpu_online(i))
			continue;
		ask(&percpu[i]);
		asked++;
	}
	call.rounds += asked > 0;
}

/* Where the NMI that stopped it has found a CPU. */
static void say_where(uint32_t index)
{
	const struct cpu *cpu = &percpu[index];

	kprintf("  CPU %u %s the call; ", index, atomic_load(&cpu->called) ? "has not taken" : "has taken");
	if (cpu_online(index))
		kprintf("it does not answer an NMI either\n");
	else
		kprintf("it was at rip %016lx, interrupts %s, in %s, thread \"%s\"\n", atomic_load(&cpu->nmi_rip),
		        atomic_load(&cpu->nmi_flags) & RFLAGS_IF ? "on" : "off",
		        cpu->handlers > 0 ? "a handler" : "no handler", thread_name(cpu->current));
}

static _Noreturn void give_up(void)
{
	uint32_t silent = cpus_found();

	stop_others();
	for (uint32_t i = cpus_found(); i-- > 0;) {
		if (i == cpu_index() || percpu[i].current == NULL)
			continue;
		say_where(i);
		if (atomic_load(&percpu[i].called))
			silent = i;
	}
	if (silent < cpus_found())
		panic("CPU %u has not answered a call for %u seconds", silent, PATIENCE_SECONDS);
	panic("a CPU has not come back from a call for %u seconds", PATIENCE_SECONDS);
}

/* So long, and at least so many looks: where a host is busy, or stops for a while, the other CPUs stop, too. */
static void wait_for_answers(void)
{
	uint64_t start = cpu_tsc();

	for (uint32_t looks = 0; atomic_load(&call.waiting) > 0; cpu_relax()) {
		looks += looks < PATIENCE_LOOKS;
		if (looks == PATIENCE_LOOKS && cpu_tsc() - start > PATIENCE_SECONDS * tsc_hertz())
			give_up();
	}
}

void call_all(call_function_t *function, void *context)
{
	preempt_off();
	while (!lock_try(&call.lock))
		answer_with_interrupts_off();
	call.function = function;
	call.context = context;
	ask_others();
	uintptr_t was = irq_save();

	function(context);
	irq_restore(was);
	wait_for_answers();
	lock_give(&call.lock);
	preempt_on();
}

uint64_t call_rounds(void)
{
	return atomic_load(&call.rounds);
}
