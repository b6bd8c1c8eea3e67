/*
 * choose.c - in a page block of the same kind, in a whole one, and only then in one of another kind.
 */
#include "choose.h"

/* The lowest of the page blocks of a kind whose room is this, or, for RANKS_ANY, that have any. */
static inline uint32_t first_of(const struct zone *z, unsigned room, enum mobility m)
{
	return zone_knows(z, m) ? labyrinth_ranks_first(&z->shape, z->partial[m], room) : RANKS_NONE;
}

static inline bool find_partial(const struct zone *z, unsigned order, enum mobility m, block_t *b)
{
	const struct ranks *nodes = z->partial[m];
	unsigned room = order == 0 ? RANKS_ANY : order + 1;

	if (!zone_knows(z, m))
		return false;
	while (!ranks_has(nodes, room))
		if (room == RANKS_ANY || room++ == RANKS)
			return false;
	*b = zone_block(z, labyrinth_ranks_first(&z->shape, nodes, room));
	return true;
}

bool labyrinth_choose_partial(const struct zone *z, unsigned order, enum mobility m, block_t *b)
{
	return find_partial(z, order, m, b);
}

#define KIND(m) (1u << (m))

/* Where the other kinds of page block may be asked for help, one group after the other: claims are last to share. */
static const unsigned groups[] = {
	KIND(MOBILITY_SHARED) | KIND(MOBILITY_MOVABLE) | KIND(MOBILITY_RECLAIMABLE),
	KIND(MOBILITY_EXCLUSIVE),
	KIND(MOBILITY_LEAVING),
};

/* The rooms above an order that page blocks of some kinds have: bit r for room r. */
static unsigned rooms_among(const struct zone *z, unsigned order, unsigned kinds)
{
	unsigned rooms = 0;

	for (unsigned left = kinds & z->kinds; left != 0; left &= left - 1) {
		const struct ranks *nodes = z->partial[bits_lowest(left)];

		for (unsigned room = order + 1; room <= BLOCK_ORDER; room++)
			rooms |= (unsigned)ranks_has(nodes, room) << room;
	}
	return rooms;
}

/* The lowest page block of some kinds whose room is this, or that has any; there is one. */
static block_t first_among(const struct zone *z, unsigned room, unsigned kinds)
{
	uint32_t lowest = RANKS_NONE;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		uint32_t at = kinds & KIND(m) ? first_of(z, room, (enum mobility)m) : RANKS_NONE;

		if (at < lowest)
			lowest = at;
	}
	return zone_block(z, lowest);
}

/*
 * Of the page blocks of some kinds, which have these rooms, the one with the largest free block: if at least half of it
 * is free, it is ours from now on, so that the next requests do not have to split another one.
 */
static bool steal(struct zone *z, unsigned rooms, unsigned kinds, enum mobility m, block_t *b)
{
	*b = first_among(z, bits_highest(rooms), kinds);
	if (labyrinth_buddy_frames(&z->frames->block[b->i]) < BLOCK_FRAMES / 2)
		return false;
	labyrinth_rooms_change_kind(z, *b, m);
	return true;
}

enum choice labyrinth_choose_elsewhere(struct zone *z, unsigned order, enum mobility m, block_t *b)
{
	for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		unsigned kinds = groups[g] & ~KIND(m), rooms = rooms_among(z, order, kinds);

		if (rooms == 0)
			continue;
		/* Or as in page blocks of the same kind, but no kind changes. */
		if (kinds == KIND(MOBILITY_LEAVING) || !steal(z, rooms, kinds, m, b))
			*b = first_among(z, order == 0 ? RANKS_ANY : bits_lowest(rooms), kinds);
		return CHOICE_PART;
	}
	return CHOICE_NONE;
}

enum choice labyrinth_choose(struct zone *z, unsigned order, enum mobility m, block_t *b)
{
	if (find_partial(z, order, m, b))
		return CHOICE_PART;
	return choose_whole(z, b) ? CHOICE_WHOLE : labyrinth_choose_elsewhere(z, order, m, b);
}
