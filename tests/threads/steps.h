/*
 * steps.h - what the steps of a worker share: its dice, its hands, boxes, and the stamps in its frames.
 *
 * Idea    A step is one call of the allocator, or two that belong together, and what must come of it. Which steps there
 *         are, and who may take them, is said in worker.c.
 */
#ifndef TESTS_THREADS_STEPS_H
#define TESTS_THREADS_STEPS_H

#include "threads/worker.h"

static inline uint64_t roll(struct worker *w, enum level level, uint64_t sides)
{
	return dice_below(&w->dice[level], sides);
}

static inline void expect(bool holds, const char *what, enum labyrinth_status status)
{
	if (!holds)
		crew_wrong(what, (uint64_t)status);
}

static inline bool same_owner(labyrinth_owner_t a, labyrinth_owner_t b)
{
	return a.slot == b.slot && a.generation == b.generation;
}

/* ---- holdings.c: what is held, and where. */

/* The bytes of the i-th frame of a holding. */
uint64_t *holding_frame(const struct holding *h, unsigned i);

/* Frames just granted: nothing of another owner is in them, and they are hidden or not, as they should be. */
void holding_inspect(const struct holding *h, uint64_t owner);

/* Writes a new stamp into its frames; looks whether the last one is there. */
void holding_stamp(struct worker *w, enum level level, struct holding *h, uint64_t owner);
void holding_verify(const struct holding *h);

/* A random hand of this kind; NULL when there is none. */
struct holding *holding_pick(struct worker *w, enum level level, enum kind kind);

bool holding_belongs(const struct holding *h, const struct party *p);

/* Something that any worker may give back: not of "sure", whose shares are counted, nor of an owner that may go. */
bool holding_public(const struct worker *w, const struct holding *h);

/* False when somebody else is looking into it. */
bool box_open(struct box *b);
void box_close(struct box *b);

/* ---- step_claims.c: back from a device, and to the allocator. */

void holding_take_back(struct holding *h);
void holding_release(struct holding *h);

/* ---- The steps. */

typedef void step(struct worker *w, enum level level);

step step_alloc, step_free;                                               /* step_blocks.c */
step step_claim, step_release, step_transfer, step_lend, step_take_back;  /* step_claims.c */
step step_look;                                                           /* step_windows.c */
step step_mail, step_read_mail, step_own;                                 /* step_owners.c; in a task only */

#endif
