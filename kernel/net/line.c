/*
 * line.c - calls the devices on the shared line.
 *
 * Writes  The list of sharers while the line is stopped, the tick count in the interrupt.
 * Needs   Start, stop and interrupts on one CPU: then the line is silent when line_stop() returns.
 */
#include <stddef.h>

#include "bell.h"
#include "line.h"
#include "panic.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/timer.h"

#define SHARERS 4u

static struct {
	struct {
		irq_handler_t *handler;
		void          *context;
	} sharer[SHARERS];
	unsigned     sharers;
	uint64_t     period; /* in cycles */
	struct timer timer;
	struct bell  ticks;
} line;

/* A tick that was missed is not made up for. */
static uint64_t next_tick(void)
{
	uint64_t now = cpu_tsc(), next = line.timer.at + line.period;

	return next > now ? next : now + line.period;
}

static void line_interrupt(void *context)
{
	(void)context;
	timer_start(&line.timer, next_tick());
	for (unsigned i = 0; i < line.sharers; i++)
		line.sharer[i].handler(line.sharer[i].context);
	bell_ring(&line.ticks);
}

void line_join(irq_handler_t *handler, void *context)
{
	if (line.sharers == SHARERS)
		panic("line_join: the line has its %u devices already; raise SHARERS in line.c", SHARERS);
	line.sharer[line.sharers].handler = handler;
	line.sharer[line.sharers].context = context;
	line.sharers++;
}

void line_leave(irq_handler_t *handler, void *context)
{
	for (unsigned i = 0; i < line.sharers; i++) {
		if (line.sharer[i].handler != handler || line.sharer[i].context != context)
			continue;
		line.sharer[i] = line.sharer[--line.sharers];
		return;
	}
}

void line_start(uint32_t hertz)
{
	line.period = tsc_hertz() / hertz;
	line.timer.fire = line_interrupt;
	timer_start(&line.timer, cpu_tsc() + line.period);
}

void line_stop(void)
{
	timer_stop(&line.timer);
}

uint64_t line_ticks(void)
{
	return line.ticks.rings;
}

void line_wait(uint64_t seen, uint64_t deadline)
{
	bell_wait(&line.ticks, seen, deadline);
}
