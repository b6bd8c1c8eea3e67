/*
 * hooks.c - how threads sleep for memory, and who is told what.
 *
 * Idea    labyrinth_wakes() is looked at under the lock that wake_all() takes, by a thread that is about to be in the
 *         queue: so the wake-up that comes between the look and the sleep finds it. See wait.h.
 *         Who claims, releases or frees must not wait for that lock: it sends its own CPU an interrupt, which wakes.
 */
#include <stdatomic.h>
#include <stddef.h>

#include "hooks.h"
#include "maintenance.h"
#include "thread.h"
#include "view/print.h"
#include "wait.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/irq.h"
#include "x86/percpu.h"
#include "x86/timer.h"

#define VECTOR 223 /* this CPU says to itself: wake; before any device */

static struct wait_queue sleepers;
static atomic_bool started;

struct sleep {
	struct labyrinth *lab;
	uint32_t          seen;
};

static bool woken(void *context)
{
	const struct sleep *sleep = context;

	return labyrinth_wakes(sleep->lab) != sleep->seen;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A thread with less patience than there are ticks has none left when it comes back in vain. */
static uint64_t sleep_at_most(struct labyrinth *lab, uint32_t seen, uint64_t may)
{
	struct sleep until = { lab, seen };
	uint64_t start = cpu_tsc(), passed;

	if (!wait_until(&sleepers, woken, &until, start + cycles_of(may)))
		return 0;
	passed = (cpu_tsc() - start) / cycles_of(1);
	return may > passed ? may - passed : 0;
}

/* Before interrupts are on, and where the caller may not be interrupted for another thread, nobody could wake it. */
static uint64_t sleep(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	(void)context;
	if (!irq_enabled() || percpu_read(preempt_off) > 0)
		return 0;
	return sleep_at_most(lab, seen, least(ticks, thread_patience()));
}

static void answer(void *context)
{
	(void)context;
	wake_all(&sleepers);
	maintenance_wake();
}

void hooks_start(void)
{
	irq_register(VECTOR, answer, NULL);
	atomic_store(&started, true);
}

/* To this CPU, or to that on which the task was just now. */
static void ring(void)
{
	if (atomic_load(&started))
		ipi_send(percpu[cpu_index()].apic_id, VECTOR);
}

static void wake(struct labyrinth *lab, void *context)
{
	(void)lab, (void)context;
	ring();
}

static const void *self(void *context)
{
	(void)context;
	return thread_current();
}

static void kick(struct labyrinth *lab, void *context)
{
	(void)lab, (void)context;
	maintenance_kick();
	ring();
}

static void warn(const struct labyrinth_warning *w, void *context)
{
	static const char *const where[] = { "a task", "an interrupt", "an NMI" };

	(void)context;
	kprintf("labyrinth: no memory for %s: order %u, flags 0x%x; free %lu, in the reserve %lu; refusals %lu\n",
	        where[w->context], w->order, (unsigned)w->gfp, w->free, w->reserve, w->refused);
}

/* For the longest claim of each owner. */
static uint64_t cycles(void *context)
{
	(void)context;
	return cpu_tsc();
}

struct labyrinth_hooks kernel_hooks(void)
{
	return (struct labyrinth_hooks){
		.sleep = sleep, .wake = wake, .self = self, .kick = kick, .warn = warn, .clock = cycles,
	};
}
