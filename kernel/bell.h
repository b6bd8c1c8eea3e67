/*
 * bell.h - how a thread is told that there is something to do.
 *
 * Idea    Rings are counted. Who is told reads the count, looks at everything that there may be, and waits until the
 *         count is another one: a ring that comes while it looks is not lost.
 */
#ifndef KERNEL_BELL_H
#define KERNEL_BELL_H

#include "wait.h"

/* Zero has never rung. */
struct bell {
	_Atomic uint64_t  rings;
	struct wait_queue waiters;
};

/* Any context but NMI. */
void bell_ring(struct bell *bell);

/* Waits while there have been `seen` rings, or until cpu_tsc() has reached `deadline`. Task. */
void bell_wait(struct bell *bell, uint64_t seen, uint64_t deadline);

#endif
