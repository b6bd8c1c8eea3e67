/*
 * line.h - an interrupt line that devices share, as on PCI; the local APIC's timer pulls it.
 *
 * Idea    The simulated card has no hardware to interrupt for it: each tick is a chance for a device to have something.
 *         The vector, the interrupt stack and the end of interrupt are real.
 * Needs   The local APIC timer, for itself. Context: task, but for line_ticks().
 */
#ifndef NET_LINE_H
#define NET_LINE_H

#include "x86/irq.h"

#define LINE_MAX_HERTZ 10000u

/* Joins and leaves while the line is stopped. Every sharer is called at every tick and looks whether it was meant. */
void line_join(irq_handler_t *handler, void *context);
void line_leave(irq_handler_t *handler, void *context);

/* hertz 1..LINE_MAX_HERTZ. When line_stop() returns, no sharer is called any more. */
void line_start(uint32_t hertz);
void line_stop(void);

/* Ticks since line_start(). Any context. */
uint64_t line_ticks(void);

#endif
