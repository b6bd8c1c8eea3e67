/*
 * wait.h - tasks that sleep until somebody frees.
 *
 * Idea    Who is going to sleep says so first (a bit of lab->attention), notes how often it was woken for, looks at the
 *         zones once more, and sleeps only if that number is still the same. Who frees gives the frame to its zone
 *         first and looks at the bit then. The zones' locks, which the sleeper passes when he has said so, order the
 *         two looks: either he finds the frame, or who frees finds the bit.
 * Writes  Its own words; the bit, under its lock.
 */
#ifndef MM_WAIT_H
#define MM_WAIT_H

#include "hooks.h"
#include "lock.h"

struct waiters {
	uint64_t ticks; /* for one request at most, constant; 0: nobody sleeps */

	_Alignas(64) struct lock lock;
	uint32_t         count; /* tasks that sleep or are about to; guarded by lock */
	_Atomic uint32_t wakes;
	_Atomic uint64_t slept, timeouts; /* requests that did; those of them that got nothing */
};

void labyrinth_waiters_init(struct waiters *w, uint64_t ticks);

/* From here on whoever frees wakes; and no longer. Task context. */
void labyrinth_wait_join(struct labyrinth *lab);
void labyrinth_wait_leave(struct labyrinth *lab, bool in_vain);

/* Sleeps unless there was a wake-up after `seen`; how many ticks are left, fewer than there were. */
uint64_t labyrinth_wait_sleep(struct labyrinth *lab, uint32_t seen, uint64_t left);

/* Wakes who waits. Any context; an NMI only makes those who are about to sleep look again. */
void labyrinth_wait_wake_all(struct labyrinth *lab);

/* The same after frames have come back to a zone, if anybody waits. */
static inline void wait_wake(struct labyrinth *lab)
{
	if (__builtin_expect(attention(lab) & ATTEND_WAITERS, 0))
		labyrinth_wait_wake_all(lab);
}

/*
 * The same after frames have come to the vault, where no lock orders the two looks: a step on the word that the sleeper
 * steps on does. If this one comes first, the sleeper finds the frames.
 */
static inline void wait_wake_in_turn(struct labyrinth *lab)
{
	if (lab->waiters->ticks > 0 && (attention_in_turn(lab) & ATTEND_WAITERS))
		labyrinth_wait_wake_all(lab);
}

#endif
