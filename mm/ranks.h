/*
 * ranks.h - of millions of places, each of some rank, find the first of a given one.
 *
 * Idea    For each rank a find-first-set tree of the places that have it, and one of those that have any: a bit says
 *         that the 64-bit word of the level below is not zero, so the first place costs one find-first-set a level;
 *         three levels reach 512 GiB of page blocks. What the trees say of the same 64 places stands side by side in
 *         one node. So a change of rank, however far, is two bits a level.
 *         Nobody looks at a node before the bit above it, in the tree of any rank, says that there is something in it,
 *         and whoever sets that bit writes the node. So to make it empty is to write the root.
 * Writes  The caller's nodes. Needs its lock.
 */
#ifndef MM_RANKS_H
#define MM_RANKS_H

#include "bits.h"

#define RANKS     9u
#define RANKS_ANY 0u

#define RANKS_LEVELS 5
#define RANKS_MOST   (UINT32_C(1) << 6 * RANKS_LEVELS) /* places */
#define RANKS_NONE   UINT32_MAX

/* Which node begins each level, root first; the same for all over the same number of places. */
struct ranks_shape {
	uint32_t level[RANKS_LEVELS];
	uint32_t levels;
	uint32_t nodes;
};

struct ranks_shape labyrinth_ranks_shape(uint32_t places);

/* [0]: of those that have a rank; [r]: of rank r. A power of two, so that to index a node is to shift. */
struct ranks {
	uint64_t tree[16];
};

#define RANKS_WORDS (sizeof(struct ranks) / sizeof(uint64_t))

static inline void ranks_clear_all(struct ranks *nodes)
{
	nodes[0] = (struct ranks){ { 0 } };
}

/* The lowest place of this rank, or of any; RANKS_NONE when there is none. */
uint32_t labyrinth_ranks_first(const struct ranks_shape *shape, const struct ranks *nodes, unsigned rank);

/* A place that has had none has a rank now. */
void labyrinth_ranks_enter(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank);

/* A place that has had a rank has none now; or another one. */
void labyrinth_ranks_leave(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank);
void labyrinth_ranks_move(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned from,
                          unsigned to);

/* Any of these; 0: none. */
void labyrinth_ranks_change(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned from,
                            unsigned to);

/* Is there something in a tree? */
static inline bool ranks_has(const struct ranks *nodes, unsigned rank)
{
	return nodes[0].tree[rank] != 0;
}

/* For those who check: the rank of a place; how many have one; do all levels and all trees agree? */
unsigned labyrinth_ranks_of(const struct ranks_shape *shape, const struct ranks *nodes, uint32_t at);
uint64_t labyrinth_ranks_count(const struct ranks_shape *shape, const struct ranks *nodes);
bool labyrinth_ranks_consistent(const struct ranks_shape *shape, const struct ranks *nodes);

#endif
