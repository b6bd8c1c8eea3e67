/*
 * wait.h - threads that wait until something holds.
 *
 * Idea    No wake-up can be lost: what is waited for is looked at under the lock that wakers take. Who makes it hold
 *         does that first and calls wake_all() then; so either the look finds it, or wake_all() finds the waiter.
 */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#define FOR_EVER UINT64_MAX

struct thread;

/* Zero is empty. */
struct wait_queue {
	struct thread *first, *last;
};

/*
 * Waits until holds(context), or until cpu_tsc() has reached `deadline`. Returns whether it holds.
 *
 * holds    only looks, with interrupts off and the lock of all threads held, after every wake-up; it may not lock.
 * Context  task, interrupts on, preemption on: anything else panics, unless there is nothing to wait for.
 */
bool wait_until(struct wait_queue *queue, bool (*holds)(void *context), void *context, uint64_t deadline);

/* All who wait here look again. Any context but NMI. */
void wake_all(struct wait_queue *queue);

#endif
