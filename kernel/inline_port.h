/*
 * inline_port.h - the hooks of <labyrinth/port.h> that are compiled into mm/: LABYRINTH_PORT_INLINE names this file.
 *
 * Idea    What is on the way of every call costs a load or two, not a call. The rest is in port.c.
 */
#ifndef KERNEL_INLINE_PORT_H
#define KERNEL_INLINE_PORT_H

#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/percpu.h"

extern bool port_booted; /* interrupts have been on: see port.h */

static inline labyrinth_irq_t labyrinth_port_irq_off(void)
{
	return (labyrinth_irq_t){ irq_save() };
}

static inline void labyrinth_port_irq_back(labyrinth_irq_t was)
{
	irq_restore(was.flags);
}

static inline enum labyrinth_context labyrinth_port_context(void)
{
	if (irq_in_nmi())
		return LABYRINTH_NMI;
	if (irq_in_handler() || (port_booted && !irq_enabled()))
		return LABYRINTH_INTERRUPT;
	return LABYRINTH_TASK;
}

static inline unsigned labyrinth_port_pin(void)
{
	preempt_off();
	return cpu_index();
}

static inline void labyrinth_port_unpin(void)
{
	preempt_on();
}

static inline void labyrinth_port_relax(void)
{
	cpu_relax();
}

#endif
