/*
 * reclaim.h - the shrinkers of an instance, and how they are asked in turn.
 *
 * Idea    A sweep goes round the slots with falling priority, one shrinker a step; whoever sweeps looks after each step
 *         whether he has enough. There is one sweep at a time: who comes meanwhile goes without, so nothing nests and
 *         no scan is entered twice.
 * Writes  Its own words, under its lock, which is never held while a scan runs.
 */
#ifndef MM_RECLAIM_H
#define MM_RECLAIM_H

#include <labyrinth/reclaim.h>

#include "lock.h"

struct shrinker {
	struct labyrinth_shrinker what;
	uint16_t generation; /* odd: registered        */
	bool     running;    /* its scan is            */
	uint64_t asked, freed;
};

struct reclaimer {
	struct shrinker *at;    /* constant after bring-up */
	uint32_t         slots; /* likewise                */

	_Alignas(64) struct lock lock;
	/* Valid only while lock is held: */
	bool        sweeping;
	const void *sweeper;             /* the task that sweeps; NULL when the kernel cannot tell */
	/* Written while lock is held, read by anyone: */
	_Atomic uint32_t registered;
	_Atomic uint64_t reclaimed;      /* frames, as the shrinkers said */
};

struct sweep {
	uint64_t want; /* frames, in all            */
	uint32_t turn; /* steps taken: round * slots + slot */
};

void labyrinth_reclaimer_init(struct reclaimer *r, struct shrinker *at, uint32_t slots);

/*
 * Begins a sweep for that many frames; false, and nothing begun, when there is nobody to ask or a sweep is under way.
 * Task context, as what follows.
 */
bool labyrinth_sweep_begin(struct reclaimer *r, struct sweep *s, uint64_t want, const void *self);

/* Asks the next shrinker; *freed as it says. False after the last round. */
bool labyrinth_sweep_next(struct reclaimer *r, struct sweep *s, uint64_t *freed);

void labyrinth_sweep_end(struct reclaimer *r);

/* Is this the task that sweeps, so that it calls from inside a scan? */
bool labyrinth_sweeps(struct reclaimer *r, const void *self);

#endif
