/*
 * lock.h - a ticket lock: CPUs get it in the order in which they asked.
 *
 * Idea    One fetch-and-add draws a ticket; the holder calls the next number. Where an interrupt handler takes the same
 *         lock, tasks take it with lock_take_irq(): otherwise the handler would wait for the task that it interrupted.
 *         Never from an NMI.
 */
#ifndef X86_LOCK_H
#define X86_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "x86/cpu.h"
#include "x86/percpu.h"

/* Zero is free. */
struct lock {
	_Atomic uint32_t next;    /* the ticket that the next to ask gets */
	_Atomic uint32_t serving; /* the ticket that holds the lock       */
};

/* Waits for its turn. The holder is not preempted: others would wait for a task that does not run. */
static inline void lock_take(struct lock *l)
{
	preempt_off();
	uint32_t ticket = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);

	while (atomic_load_explicit(&l->serving, memory_order_acquire) != ticket)
		cpu_relax();
}

/* Takes it if nobody has it. */
static inline bool lock_try(struct lock *l)
{
	preempt_off();
	uint32_t ticket = atomic_load_explicit(&l->serving, memory_order_relaxed);

	if (atomic_compare_exchange_strong_explicit(&l->next, &ticket, ticket + 1, memory_order_acquire,
	                                            memory_order_relaxed))
		return true;
	preempt_on();
	return false;
}

static inline void lock_give(struct lock *l)
{
	uint32_t held = atomic_load_explicit(&l->serving, memory_order_relaxed);

	atomic_store_explicit(&l->serving, held + 1, memory_order_release);
	preempt_on();
}

/* The same with interrupts off meanwhile; hand the result to lock_give_irq(). */
static inline uintptr_t lock_take_irq(struct lock *l)
{
	uintptr_t was = irq_save();

	lock_take(l);
	return was;
}

static inline void lock_give_irq(struct lock *l, uintptr_t was)
{
	lock_give(l);
	irq_restore(was);
}

#endif
