/*
 * choose.h - which free block of a zone serves a request.
 *
 * Idea    A single frame comes from the lowest page block that has room, a larger block from one that has as little as
 *         does; in there the smallest block that fits, the lowest of those. In a page block of the same kind first, in
 *         a whole one, and only then in one of another kind. So the choice depends on the set of free blocks alone.
 * Writes  Through rooms.h. Needs the lock of the zone.
 */
#ifndef MM_CHOOSE_H
#define MM_CHOOSE_H

#include "rooms.h"

/* A page block with a free block of an order below 9, in its own free bits. */
bool labyrinth_choose(struct zone *z, unsigned order, enum mobility m, block_t *b);

/* The same for single frames, where the usual case is a look into one tree. */
static inline bool choose_singles(struct zone *z, enum mobility m, block_t *b)
{
	uint32_t at = zone_knows(z, m) ? labyrinth_ranks_first(&z->shape, z->partial[m], RANKS_ANY) : TREE_NONE;

	if (at == TREE_NONE)
		return labyrinth_choose(z, 0, m, b);
	*b = zone_block(z, at);
	return true;
}

/* Only in a page block that is in use by this kind. */
bool labyrinth_choose_partial(const struct zone *z, unsigned order, enum mobility m, block_t *b);

#endif
