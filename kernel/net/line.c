/*
 * line.c - calls the devices on the shared line.
 *
 * Writes  The list of sharers while the line is stopped, the tick count in the interrupt.
 */
#include <stdatomic.h>
#include <stddef.h>

#include "line.h"
#include "panic.h"
#include "x86/apic.h"

#define LINE_VECTOR 64 /* any that drivers may use, see irq.h */
#define SHARERS     4u

static struct {
	struct {
		irq_handler_t *handler;
		void          *context;
	} sharer[SHARERS];
	unsigned         sharers;
	atomic_bool      running;
	_Atomic uint64_t ticks;
} line;

static void line_interrupt(void *context)
{
	(void)context;
	if (!line.running) /* the timer was stopped while this tick was already pending */
		return;
	line.ticks++;
	for (unsigned i = 0; i < line.sharers; i++)
		line.sharer[i].handler(line.sharer[i].context);
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
	line.ticks = 0;
	line.running = true;
	irq_register(LINE_VECTOR, line_interrupt, NULL);
	apic_timer_start(LINE_VECTOR, hertz);
}

void line_stop(void)
{
	apic_timer_stop();
	line.running = false;
}

uint64_t line_ticks(void)
{
	return line.ticks;
}
