/*
 * choose.c - in a page block of the same kind, in a whole one, and only then in one of another kind.
 */
#include "choose.h"

/* The smallest free block that fits in a page block that has one. */
static struct spot spot_in(const struct zone *z, uint32_t bit, unsigned order)
{
	struct spot spot = { zone_block(z, bit), order };

	while (!labyrinth_buddy_has(&z->frames->block[spot.block.i], spot.order))
		spot.order++;
	return spot;
}

/* The lowest of the page blocks of a kind whose room is this, or, for RANKS_ANY, that have any. */
static uint32_t first_of(const struct zone *z, unsigned room, enum mobility m)
{
	return zone_knows(z, m) ? labyrinth_ranks_first(&z->shape, z->partial[m], room) : TREE_NONE;
}

bool labyrinth_choose_partial(const struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	unsigned room = order == 0 ? RANKS_ANY : order + 1;
	uint32_t at = first_of(z, room, m);

	while (at == TREE_NONE && room != RANKS_ANY && room < RANKS)
		at = first_of(z, ++room, m);
	if (at != TREE_NONE)
		*spot = spot_in(z, at, order);
	return at != TREE_NONE;
}

/* A wholly free page block gets the mobility of its next user, and free bits of its own. */
static bool break_whole(struct zone *z, enum mobility m, struct spot *spot)
{
	struct page *page = labyrinth_rooms_take_large(z, BLOCK_ORDER, m);

	if (page == NULL)
		return false;
	*spot = (struct spot){ page_block_of(z->frames, page), BLOCK_ORDER };
	labyrinth_buddy_put(&z->frames->block[spot->block.i], 0, BLOCK_ORDER);
	return true;
}

#define KIND(m) (1u << (m))

/* Where the other kinds of page block may be asked for help, one group after the other: claims are last to share. */
static const unsigned groups[] = {
	KIND(MOBILITY_SHARED) | KIND(MOBILITY_MOVABLE) | KIND(MOBILITY_RECLAIMABLE),
	KIND(MOBILITY_EXCLUSIVE),
	KIND(MOBILITY_LEAVING),
};

/* The lowest page block of some kinds whose room is this, or that has any; the smallest block in it that fits. */
static bool find_among(const struct zone *z, unsigned room, unsigned order, unsigned kinds, struct spot *spot)
{
	uint32_t lowest = TREE_NONE;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		uint32_t at = kinds & KIND(m) ? first_of(z, room, (enum mobility)m) : TREE_NONE;

		if (at < lowest)
			lowest = at;
	}
	if (lowest != TREE_NONE)
		*spot = spot_in(z, lowest, order);
	return lowest != TREE_NONE;
}

/*
 * Of the page blocks of some kinds, the one with the largest free block: if at least half of it is free, it is ours
 * from now on, so that the next requests do not have to split another one.
 */
static bool steal(struct zone *z, unsigned order, unsigned kinds, enum mobility m, struct spot *spot)
{
	unsigned room = BLOCK_ORDER;

	while (room > order && !find_among(z, room, order, kinds, spot))
		room--;
	if (room == order || labyrinth_buddy_frames(&z->frames->block[spot->block.i]) < BLOCK_FRAMES / 2)
		return false;
	labyrinth_rooms_change_kind(z, spot->block, m);
	return true;
}

/* As in page blocks of the same kind, but no kind changes. */
static bool borrow(const struct zone *z, unsigned order, unsigned kinds, struct spot *spot)
{
	unsigned room = order + 1;

	if (order == 0)
		return find_among(z, RANKS_ANY, 0, kinds, spot);
	while (room <= BLOCK_ORDER && !find_among(z, room, order, kinds, spot))
		room++;
	return room <= BLOCK_ORDER;
}

static bool find_elsewhere(struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		unsigned kinds = groups[g] & ~KIND(m);

		if (kinds != KIND(MOBILITY_LEAVING) && steal(z, order, kinds, m, spot))
			return true;
		if (borrow(z, order, kinds, spot))
			return true;
	}
	return false;
}

bool labyrinth_choose(struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	return labyrinth_choose_partial(z, order, m, spot) || break_whole(z, m, spot)
	       || find_elsewhere(z, order, m, spot);
}
