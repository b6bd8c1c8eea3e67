/*
 * compact.h - large free blocks, made by emptying page blocks whose frames can all go.
 *
 * Idea    While a page block is emptied it is of a kind of its own (MOBILITY_LEAVING), which nobody allocates from
 *         unless nothing else is left. So what leaves it merges in the buddy as always, no free frame is hidden from
 *         anybody, and whether it became whole is seen by looking.
 * Writes  The compactor; the kind of page blocks and the words of frames, through zones and movers.
 */
#ifndef MM_COMPACT_H
#define MM_COMPACT_H

#include "magazine.h"
#include "mover.h"

#define COMPACT_TRIES 8u  /* page blocks, or groups of them, that one call tries to empty in a zone */
#define COMPACT_ASKS  512u /* frames that a GFP_KERNEL request asks for at most                      */

struct compactor {
	_Atomic uint32_t busy;   /* a compaction is under way                                            */
	_Atomic uint32_t wanted; /* 1 + the highest order that was refused and is left to maintenance; 0 */
	_Atomic uint64_t built, moved, refused;
};

void labyrinth_compactor_init(struct compactor *c);

static inline bool compact_busy(const struct compactor *c)
{
	return atomic_load_explicit(&c->busy, memory_order_relaxed) != 0;
}

static inline bool compact_wanted(const struct compactor *c)
{
	return atomic_load_explicit(&c->wanted, memory_order_relaxed) != 0;
}

/* A request above order 0 found no block. In a task: tries to build one. */
void labyrinth_compact_for_request(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order);

/* In any context: leaves it to maintenance. */
void labyrinth_compact_later(struct labyrinth *lab, unsigned order);

/* A step after which what was left to it before is seen, and who leaves something later sees what was done before. */
void labyrinth_compact_in_turn(struct compactor *c);

/* What was left to maintenance, with so many frames to ask for at most; how many were. Task. */
uint64_t labyrinth_compact_wanted(struct labyrinth *lab, uint64_t budget);

#endif
