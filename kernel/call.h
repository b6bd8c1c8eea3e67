/*
 * call.h - a function, run on every CPU.
 *
 * Idea    One call at a time. The caller asks by an interrupt to each of the others, runs the function itself, and
 *         waits until all have. Who waits for its turn to call answers meanwhile, so two callers do not wait for each
 *         other.
 */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

#include <stdint.h>

/* Runs with interrupts off, on the other CPUs in a handler: short, and without a lock that a caller may hold. */
typedef void call_function_t(void *context);

/* Once, before the other CPUs are started. */
void call_init(void);

/*
 * Runs the function once on every CPU that runs, this one included; when it returns, all have returned from it, and see
 * what was written before the call. Not from an interrupt handler or an NMI, and not while holding a lock that another
 * CPU may wait for with interrupts off. A CPU that does not answer for half a minute is a panic, which says where each
 * CPU was.
 */
void call_all(call_function_t *function, void *context);

/* How many times call_all() has had to interrupt other CPUs. Any context. */
uint64_t call_rounds(void);

#endif
