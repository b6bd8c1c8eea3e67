/*
 * choose.h - which free block of a zone serves a request.
 *
 * Idea    A single frame comes from the lowest page block that has room, a larger block from one that has as little as
 *         does; in there the smallest block that fits, the lowest of those. In a page block of the same kind first, in
 *         a whole one, and only then in one of another kind: the one with the largest free block, which changes its
 *         kind, or else as in those of the same kind. So the choice depends on the set of free blocks alone.
 * Writes  Through rooms.h. Needs the lock of the zone.
 */
#ifndef MM_CHOOSE_H
#define MM_CHOOSE_H

#include "rooms.h"

/* Where there is a free block of an order below 9. */
enum choice {
	CHOICE_NONE,
	CHOICE_PART,    /* in this page block, in its own free bits                                   */
	CHOICE_OTHER,   /* likewise, but in one of another kind: to find it was work enough           */
	CHOICE_LARGEST, /* this page block, of another kind, has a large one: labyrinth_rooms_seize() */
	CHOICE_WHOLE,   /* this page block has just been taken as a whole: labyrinth_rooms_break() it */
};

enum choice labyrinth_choose(struct zone *z, unsigned order, enum mobility m, block_t *b);

/* A page block that is whole, taken out of the smallest block that fits; false when there is none. */
static inline bool choose_whole(struct zone *z, block_t *b)
{
	if (z->large.orders == 0)
		return false;
	*b = zone_block(z, labyrinth_large_take(&z->large, BLOCK_ORDER));
	return true;
}

/* In page blocks of other kinds. */
enum choice labyrinth_choose_elsewhere(struct zone *z, unsigned order, enum mobility m, block_t *b);

/* The same for single frames of a kind that the zone knows, where the usual case is a look into one tree. */
static inline enum choice choose_singles(struct zone *z, enum mobility m, block_t *b)
{
	if (!ranks_has(z->partial[m], RANKS_ANY))
		return choose_whole(z, b) ? CHOICE_WHOLE : labyrinth_choose_elsewhere(z, 0, m, b);
	*b = zone_block(z, labyrinth_ranks_first(&z->shape, z->partial[m], RANKS_ANY));
	return CHOICE_PART;
}

/* Only in a page block that is in use by this kind. */
bool labyrinth_choose_partial(const struct zone *z, unsigned order, enum mobility m, block_t *b);

#endif
