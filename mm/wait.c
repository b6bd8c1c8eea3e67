/*
 * wait.c - join, sleep, leave; and wake.
 */
#include "wait.h"

void labyrinth_waiters_init(struct waiters *w, uint64_t ticks)
{
	*w = (struct waiters){ .ticks = ticks };
}

static void join(struct labyrinth *lab, struct waiters *w)
{
	if (w->count++ == 0)
		attend(lab, ATTEND_WAITERS);
}

static void part(struct labyrinth *lab, struct waiters *w)
{
	if (--w->count == 0)
		unattend(lab, ATTEND_WAITERS);
}

static void with_lock(struct labyrinth *lab, void (*step)(struct labyrinth *lab, struct waiters *w))
{
	labyrinth_irq_t was = lock_enter(&lab->waiters->lock);

	step(lab, lab->waiters);
	lock_leave(&lab->waiters->lock, was);
}

void labyrinth_wait_join(struct labyrinth *lab)
{
	with_lock(lab, join);
	atomic_fetch_add_explicit(&lab->waiters->slept, 1, memory_order_relaxed);
}

void labyrinth_wait_leave(struct labyrinth *lab, bool in_vain)
{
	with_lock(lab, part);
	atomic_fetch_add_explicit(&lab->waiters->timeouts, in_vain, memory_order_relaxed);
}

uint64_t labyrinth_wait_sleep(struct labyrinth *lab, uint32_t seen, uint64_t left)
{
	const struct labyrinth_hooks *call = &lab->hooks->call;
	uint64_t after = call->sleep(lab, seen, left, call->context);

	return after < left ? after : left - 1;
}

void labyrinth_wait_wake_all(struct labyrinth *lab)
{
	const struct labyrinth_hooks *call = &lab->hooks->call;

	atomic_fetch_add_explicit(&lab->waiters->wakes, 1, memory_order_release);
	if (labyrinth_port_context() != LABYRINTH_NMI)
		call->wake(lab, call->context);
}

uint32_t labyrinth_wakes(const struct labyrinth *lab)
{
	return atomic_load_explicit(&lab->waiters->wakes, memory_order_acquire);
}
