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

/* Where there is a free block of an order below 9. */
enum choice {
	CHOICE_NONE,
	CHOICE_PART,  /* in this page block, in its own free bits                                   */
	CHOICE_WHOLE, /* this page block has just been taken as a whole: labyrinth_rooms_break() it */
};

enum choice labyrinth_choose(struct zone *z, unsigned order, enum mobility m, block_t *b);

/* A page block that is whole, taken out of the smallest block that fits; false when there is none. */
static inline bool choose_whole(struct zone *z, block_t *b)
{
	uint32_t bit = labyrinth_large_take(&z->large, BLOCK_ORDER);

	if (bit != LARGE_NONE)
		*b = zone_block(z, bit);
	return bit != LARGE_NONE;
}

/* In page blocks of other kinds. */
enum choice labyrinth_choose_elsewhere(struct zone *z, unsigned order, enum mobility m, block_t *b);

/* The same for single frames, where the usual case is a look into one tree. */
static inline enum choice choose_singles(struct zone *z, enum mobility m, block_t *b)
{
	uint32_t at = zone_knows(z, m) ? labyrinth_ranks_first(&z->shape, z->partial[m], RANKS_ANY) : RANKS_NONE;

	if (at == RANKS_NONE)
		return choose_whole(z, b) ? CHOICE_WHOLE : labyrinth_choose_elsewhere(z, 0, m, b);
	*b = zone_block(z, at);
	return CHOICE_PART;
}

/* Only in a page block that is in use by this kind. */
bool labyrinth_choose_partial(const struct zone *z, unsigned order, enum mobility m, block_t *b);

#endif
