/*
 * irq.h - who handles which interrupt vector, and in which context a CPU is.
 */
#ifndef X86_IRQ_H
#define X86_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "x86/percpu.h"

#define IRQ_FIRST_VECTOR 32u  /* below: exceptions. SDM vol. 3 section 6.3.1    */
#define IRQ_LAST_VECTOR  239u /* above: the legacy PICs and the spurious vector */

/* Runs with interrupts off; the end of interrupt is signalled after it returns. */
typedef void irq_handler_t(void *context);

/*
 * Registers or, with a NULL handler, removes. Vectors IRQ_FIRST_VECTOR..IRQ_LAST_VECTOR; others panic. Task; while the
 * vector has a handler, on the CPU that it interrupts, or when it comes no more.
 */
void irq_register(uint8_t vector, irq_handler_t *handler, void *context);

/*
 * What an interrupt does last, on a CPU whose `resched` is 1 and that may be given to another thread: interrupts off,
 * no handler running, on the stack of the thread that was interrupted. Once, before interrupts are on.
 */
void irq_at_exit(void (*preempt)(void));

/* Is this CPU inside an interrupt handler; inside an NMI, a machine check or a double fault? Any context. */
static inline bool irq_in_handler(void)
{
	return percpu_read(handlers) > 0;
}

static inline bool irq_in_nmi(void)
{
	return percpu_read(nmis) > 0;
}

/* Interrupts that nobody asked for, on any CPU: spurious ones and vectors without a handler. */
uint64_t irq_spurious(void);

#endif
