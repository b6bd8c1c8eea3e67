/*
 * fill.h - memory in a state: empty, half full, full.
 *
 * Idea    `half` takes every frame and gives back half of them at random; `full` gives back a few. The state is a
 *         function of the memory, because the choice is not really random.
 * Writes  The list of what it holds, in a block of its own.
 */
#ifndef BENCH_FILL_H
#define BENCH_FILL_H

#include <labyrinth/alloc.h>

#define FILL_LEFT 100u /* frames that `full` leaves free, here and there: below every low watermark */

struct fill {
	struct labyrinth *lab;
	struct page     **held;
	struct page      *list;  /* the block that `held` is in */
	unsigned          order;
	uint64_t          count;
};

/* Takes what `state` ("empty", "half", "full") says. What went wrong, or NULL. Task. */
const char *fill_take(struct fill *fill, struct labyrinth *lab, const char *state);

/* Gives everything back. */
void fill_give(struct fill *fill);

#endif
