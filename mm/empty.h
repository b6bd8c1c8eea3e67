/*
 * empty.h - page blocks whose frames can all go, emptied.
 *
 * Idea    Each mover is asked to move its frames elsewhere in the zone. What it has done meanwhile counts, not what was
 *         to be expected: a frame's word says whether it is still the one that was asked for.
 * Writes  The kind of page blocks and the words of frames, through zones and movers.
 */
#ifndef MM_EMPTY_H
#define MM_EMPTY_H

#include <labyrinth/move.h>

#include "zone.h"

/* One compaction in one zone. */
struct effort {
	struct labyrinth *lab;
	struct zone      *zone;
	uint32_t          size;          /* page blocks that have to become whole together */
	uint64_t          budget, asked; /* frames to ask for at most, and asked for       */
	struct labyrinth_compaction done;
};

/* Frames of a page block that can move. */
static inline uint32_t empty_movable(const struct frames *f, block_t b)
{
	return block_opened(f, b) ? atomic_load_explicit(&f->note[b.i].movable, memory_order_relaxed) : 0;
}

/* Asks for every movable frame of a group of page blocks once, within the budget. Has it become whole? */
bool labyrinth_empty_group(struct effort *e, block_t first);

#endif
