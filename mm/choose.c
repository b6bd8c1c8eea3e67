/*
 * choose.c - in a page block of the same kind, in a whole one, and only then in one of another kind.
 */
#include "choose.h"

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

#define OTHERS (MOBILITIES - 1)

/*
 * Whom a kind asks when it has no room, one after the other: those whose frames stay ask those whose frames can go, and
 * these each other, before they pin down what is movable; claims are last to share.
 */
static const uint8_t others[MOBILITIES][OTHERS] = {
	[MOBILITY_SHARED]      = { MOBILITY_RECLAIMABLE, MOBILITY_MOVABLE, MOBILITY_EXCLUSIVE, MOBILITY_LEAVING },
	[MOBILITY_MOVABLE]     = { MOBILITY_RECLAIMABLE, MOBILITY_SHARED, MOBILITY_EXCLUSIVE, MOBILITY_LEAVING },
	[MOBILITY_RECLAIMABLE] = { MOBILITY_SHARED, MOBILITY_MOVABLE, MOBILITY_EXCLUSIVE, MOBILITY_LEAVING },
	[MOBILITY_EXCLUSIVE]   = { MOBILITY_SHARED, MOBILITY_RECLAIMABLE, MOBILITY_MOVABLE, MOBILITY_LEAVING },
};

/* Of the page blocks of a kind, the lowest of those with the largest free block, if that is a row of frames or more. */
static bool find_largest(const struct zone *z, unsigned order, enum mobility m, block_t *b)
{
	unsigned room = BLOCK_ORDER, least = order < ROW_ORDER ? ROW_ORDER + 1 : order + 1;

	if (m == MOBILITY_LEAVING || !zone_knows(z, m))
		return false;
	while (!ranks_has(z->partial[m], room))
		if (room-- == least)
			return false;
	*b = zone_block(z, labyrinth_ranks_first(&z->shape, z->partial[m], room));
	return true;
}

enum choice labyrinth_choose_elsewhere(struct zone *z, unsigned order, enum mobility m, block_t *b)
{
	for (unsigned i = 0; i < OTHERS; i++) {
		if (find_largest(z, order, others[m][i], b))
			return CHOICE_LARGEST;
		if (find_partial(z, order, others[m][i], b))
			return CHOICE_OTHER;
	}
	return CHOICE_NONE;
}

enum choice labyrinth_choose(struct zone *z, unsigned order, enum mobility m, block_t *b)
{
	if (find_partial(z, order, m, b))
		return CHOICE_PART;
	return choose_whole(z, b) ? CHOICE_WHOLE : labyrinth_choose_elsewhere(z, order, m, b);
}
