/*
 * timer.h - many timers on each CPU, from the one that its local APIC has.
 *
 * Idea    A CPU keeps its pending timers in the order in which they are due, and sets the APIC's for the first. Nothing
 *         is shared between CPUs, so nothing is locked: a timer belongs to the CPU that started it until it has fired
 *         or was stopped there.
 */
#ifndef X86_TIMER_H
#define X86_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* `fire` and `context` are set by the caller, all else is zero. */
struct timer {
	void (*fire)(void *context);
	void          *context;
	uint64_t      at; /* cpu_tsc() */
	struct timer *next;
	bool          pending;
};

/* Once, on the CPU that boots, after apic_calibrate(). */
void timers_init(void);

/* This CPU's timers may be started from now on. Task, on each CPU. */
void timers_init_cpu(void);

/*
 * fire(context) is called as soon as cpu_tsc() has reached `at`: in an interrupt on this CPU, with the timer no longer
 * pending, so that it may be started again. One that is pending gets the new time.
 *
 * Context: any but NMI; pinned to the CPU on which the timer is pending, if it is. Cost: O(timers of this CPU).
 */
void timer_start(struct timer *timer, uint64_t at);

/* It does not fire any more. Nothing to do if it is not pending. Likewise. */
void timer_stop(struct timer *timer);

/* So many cycles of cpu_tsc() are so many microseconds. Any context. */
uint64_t cycles_of(uint64_t microseconds);

#endif
