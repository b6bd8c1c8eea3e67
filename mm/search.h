/*
 * search.h - the lowest place for a range of frames that are all free.
 *
 * Idea    Look through the maps of the page blocks, one under the lock at a time, and move the place behind every frame
 *         that is taken. What has been found may be gone again: nobody holds the lock in between.
 */
#ifndef MM_SEARCH_H
#define MM_SEARCH_H

#include <labyrinth/contiguous.h>

#include "zone.h"

struct search {
	const struct labyrinth_contiguous *want;
	uint64_t                           end;   /* the first frame above the limit   */
	uint64_t                           place; /* no range begins before this frame */
};

/* Moves on to the lowest place in a run of page blocks where all frames are free; false when there is none. */
bool labyrinth_search_run(struct search *s, struct zone *zone, const struct run *r);

#endif
