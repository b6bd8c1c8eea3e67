/*
 * line.h - an interrupt line that devices share, as on PCI; a timer pulls it.
 *
 * Idea    The simulated card has no hardware to interrupt for it: each tick is a chance for a device to have something.
 *         The vector, the interrupt stack and the end of interrupt are real.
 * Context: a task that stays on one CPU, but for line_ticks() and line_wait().
 */
#ifndef NET_LINE_H
#define NET_LINE_H

#include <stdint.h>

#include "x86/irq.h"

#define LINE_MAX_HERTZ 10000u

/* Joins and leaves while the line is stopped. Every sharer is called at every tick and looks whether it was meant. */
void line_join(irq_handler_t *handler, void *context);
void line_leave(irq_handler_t *handler, void *context);

/* hertz 1..LINE_MAX_HERTZ. When line_stop() returns, no sharer is called any more. */
void line_start(uint32_t hertz);
void line_stop(void);

/* Ticks so far. Any context. */
uint64_t line_ticks(void);

/* Waits while there have been `seen` ticks, or until cpu_tsc() has reached `deadline`. Task. */
void line_wait(uint64_t seen, uint64_t deadline);

#endif
