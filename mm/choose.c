/*
 * choose.c - in a page block of the same kind, in a whole one, and only then in one of another kind.
 */
#include "choose.h"

bool labyrinth_choose_partial(const struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	for (unsigned k = order; k < BLOCK_ORDER && zone_knows(z, m); k++) {
		uint32_t at = labyrinth_tree_first(&z->shape, z->partial[m][k]);

		if (at != TREE_NONE) {
			*spot = (struct spot){ zone_block(z, at), k };
			return true;
		}
	}
	return false;
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

/* The lowest page block of some kinds that has a free block of exactly this order. */
static bool find_among(const struct zone *z, unsigned order, unsigned kinds, struct spot *spot)
{
	uint32_t lowest = TREE_NONE;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		bool look = (kinds & z->kinds & KIND(m)) != 0;
		uint32_t at = look ? labyrinth_tree_first(&z->shape, z->partial[m][order]) : TREE_NONE;

		if (at < lowest)
			lowest = at;
	}
	if (lowest == TREE_NONE)
		return false;
	*spot = (struct spot){ zone_block(z, lowest), order };
	return true;
}

/*
 * Of the page blocks of some kinds, the one with the largest free block: if at least half of it is free, it is ours
 * from now on, so that the next requests do not have to split another one. The smallest block in it that fits.
 */
static bool steal(struct zone *z, unsigned order, unsigned kinds, enum mobility m, struct spot *spot)
{
	unsigned k = BLOCK_ORDER;
	const struct page_block *pb;

	while (k > order && !find_among(z, k - 1, kinds, spot))
		k--;
	if (k == order)
		return false;
	pb = &z->frames->block[spot->block.i];
	if (labyrinth_buddy_frames(pb) < BLOCK_FRAMES / 2)
		return false;
	labyrinth_rooms_change_kind(z, spot->block, m);
	while (!labyrinth_buddy_has(pb, order))
		order++;
	spot->order = order;
	return true;
}

/* The smallest block that fits, lowest first, among the frames of other kinds. */
static bool borrow(const struct zone *z, unsigned order, unsigned kinds, struct spot *spot)
{
	while (order < BLOCK_ORDER && !find_among(z, order, kinds, spot))
		order++;
	return order < BLOCK_ORDER;
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
