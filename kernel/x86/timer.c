/*
 * timer.c - the timers of each CPU, and the interrupt that fires them.
 *
 * Writes  The CPU's own list, with interrupts off; its APIC's timer.
 */
#include <stddef.h>

#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/percpu.h"
#include "x86/timer.h"

#define TIMER_VECTOR 64 /* any that drivers may use, see irq.h */

static struct timer *first[CPUS_MOST];

/* What is due already fires at once: after the shortest time that there is. */
static void arm(const struct timer *timer)
{
	uint64_t now = cpu_tsc();

	if (timer != NULL)
		apic_timer_after(timer->at > now ? timer->at - now : 0);
}

static struct timer *take_due(struct timer **list)
{
	struct timer *timer = *list;

	if (timer == NULL || timer->at > cpu_tsc())
		return NULL;
	*list = timer->next;
	timer->pending = false;
	return timer;
}

/* One that starts itself anew for a time that has passed waits for the next interrupt: others get their turn. */
static void interrupt(void *context)
{
	struct timer **list = &first[cpu_index()], *timer;

	(void)context;
	if ((timer = take_due(list)) != NULL)
		timer->fire(timer->context);
	arm(*list);
}

void timers_init(void)
{
	irq_register(TIMER_VECTOR, interrupt, NULL);
}

void timers_init_cpu(void)
{
	apic_timer_use(TIMER_VECTOR);
}

static void unlink(struct timer *timer)
{
	struct timer **at = &first[cpu_index()];

	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->pending = false;
}

static void link(struct timer *timer)
{
	struct timer **at = &first[cpu_index()];

	while (*at != NULL && (*at)->at <= timer->at)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	timer->pending = true;
}

void timer_start(struct timer *timer, uint64_t at)
{
	uintptr_t was = irq_save();

	if (timer->pending)
		unlink(timer);
	timer->at = at;
	link(timer);
	if (first[cpu_index()] == timer)
		arm(timer);
	irq_restore(was);
}

/* The APIC's timer is left as it is: it finds nothing due, and is set for the next. */
void timer_stop(struct timer *timer)
{
	uintptr_t was = irq_save();

	if (timer->pending)
		unlink(timer);
	irq_restore(was);
}

uint64_t cycles_of(uint64_t microseconds)
{
	return microseconds * (tsc_hertz() / 1000) / 1000;
}
