/*
 * ranks.h - of millions of places, each of some rank, find the first of a given one.
 *
 * Idea    For each rank a find-first-set tree (tree.h) of the places that have it, and one of those that have any. What
 *         they say of the same 64 places stands side by side in one node. So a change of rank, however far, is two bits
 *         a level.
 *         Nobody looks at a node before the bit above it, in the tree of any rank, says that there is something in it,
 *         and whoever sets that bit writes the node. So to make it empty is to write the root.
 * Writes  The caller's nodes. Needs its lock.
 */
#ifndef MM_RANKS_H
#define MM_RANKS_H

#include "tree.h"

#define RANKS     9u
#define RANKS_ANY 0u

/* [0]: of those that have a rank; [r]: of rank r. A power of two, so that to index a node is to shift. */
struct ranks {
	uint64_t tree[16];
};

#define RANKS_WORDS (sizeof(struct ranks) / sizeof(uint64_t))

static inline void ranks_clear_all(struct ranks *nodes)
{
	nodes[0] = (struct ranks){ { 0 } };
}

/* The lowest place of this rank, or of any; TREE_NONE when there is none. */
uint32_t labyrinth_ranks_first(const struct tree_shape *shape, const struct ranks *nodes, unsigned rank);

/* A place that has had one rank has another now; 0: none. */
void labyrinth_ranks_change(const struct tree_shape *shape, struct ranks *nodes, uint32_t at, unsigned from,
                            unsigned to);

/* Is there something in a tree? */
static inline bool ranks_has(const struct ranks *nodes, unsigned rank)
{
	return nodes[0].tree[rank] != 0;
}

/* For those who check: the rank of a place; how many have one; do all levels and all trees agree? */
unsigned labyrinth_ranks_of(const struct tree_shape *shape, const struct ranks *nodes, uint32_t at);
uint64_t labyrinth_ranks_count(const struct tree_shape *shape, const struct ranks *nodes);
bool labyrinth_ranks_consistent(const struct tree_shape *shape, const struct ranks *nodes);

#endif
