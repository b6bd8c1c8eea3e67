/*
 * lock.h - a ticket lock: first come, first served.
 *
 * Needs   Interrupts off on this CPU while it is held, or a handler would wait for the code that it interrupted.
 *         The caller masks; lock_try() is for contexts that may not wait, NMI included.
 */
#ifndef MM_LOCK_H
#define MM_LOCK_H

#include <labyrinth/port.h>

#include "atomic.h"

struct lock {
	_Atomic uint32_t next;    /* the ticket that the next comer draws */
	_Atomic uint32_t serving; /* the ticket that holds the lock       */
};

static inline void lock_take(struct lock *l)
{
	uint32_t ticket = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);

	while (atomic_load_explicit(&l->serving, memory_order_acquire) != ticket)
		labyrinth_port_relax();
}

static inline bool lock_try(struct lock *l)
{
	uint32_t serving = atomic_load_explicit(&l->serving, memory_order_acquire);

	return atomic_compare_exchange_strong_explicit(&l->next, &serving, serving + 1, memory_order_acquire,
	                                               memory_order_relaxed);
}

static inline void lock_drop(struct lock *l)
{
	uint32_t serving = atomic_load_explicit(&l->serving, memory_order_relaxed);

	atomic_store_explicit(&l->serving, serving + 1, memory_order_release);
}

/* The same with interrupts off meanwhile, for those who wait in a task or an interrupt. */
static inline labyrinth_irq_t lock_enter(struct lock *l)
{
	labyrinth_irq_t was = labyrinth_port_irq_off();

	lock_take(l);
	return was;
}

static inline void lock_leave(struct lock *l, labyrinth_irq_t was)
{
	lock_drop(l);
	labyrinth_port_irq_back(was);
}

#endif
