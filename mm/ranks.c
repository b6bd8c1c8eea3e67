/*
 * ranks.c - find-first-set trees side by side.
 */
#include "ranks.h"

uint32_t labyrinth_ranks_first(const struct tree_shape *shape, const struct ranks *nodes, unsigned rank)
{
	uint32_t at = 0;

	if (!ranks_has(nodes, rank))
		return TREE_NONE;
	for (uint32_t l = 0; l < shape->levels; l++)
		at = at * 64 + bits_lowest(nodes[shape->level[l] + at].tree[rank]);
	return at;
}

static void enter(const struct tree_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank)
{
	uint32_t shift = 6 * shape->levels;
	bool written = true;

	for (const uint32_t *level = shape->level; shift > 0; level++) {
		struct ranks *node = &nodes[*level + (at >> shift)];
		uint64_t bit, any;

		shift -= 6;
		bit = UINT64_C(1) << (at >> shift & 63);
		if (!written)
			*node = (struct ranks){ { 0 } };
		any = node->tree[RANKS_ANY];
		written = (any & bit) != 0;
		node->tree[RANKS_ANY] = any | bit;
		node->tree[rank] |= bit;
	}
}

/* Up to the first node in which others have the rank. */
static void leave(const struct tree_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank)
{
	bool any = true;

	for (uint32_t l = shape->levels; l-- > 0; at /= 64) {
		struct ranks *node = &nodes[shape->level[l] + at / 64];
		uint64_t others = ~(UINT64_C(1) << at % 64);

		if (any)
			any = (node->tree[RANKS_ANY] &= others) == 0;
		if ((node->tree[rank] &= others) != 0)
			return;
	}
}

/* All nodes on the way are written. Up to the first in which others have the one rank, and have had the other. */
static void move(const struct tree_shape *shape, struct ranks *nodes, uint32_t at, unsigned from, unsigned to)
{
	bool last = true, first = true;

	for (uint32_t l = shape->levels; l-- > 0 && (last || first); at /= 64) {
		struct ranks *node = &nodes[shape->level[l] + at / 64];
		uint64_t bit = UINT64_C(1) << at % 64, were = node->tree[to];

		if (last)
			last = (node->tree[from] &= ~bit) == 0;
		if (first)
			node->tree[to] = were | bit;
		first = first && were == 0;
	}
}

void labyrinth_ranks_change(const struct tree_shape *shape, struct ranks *nodes, uint32_t at, unsigned from,
                            unsigned to)
{
	if (from == to)
		return;
	if (from == 0)
		enter(shape, nodes, at, to);
	else if (to == 0)
		leave(shape, nodes, at, from);
	else
		move(shape, nodes, at, from, to);
}

/* ---- For those who check. */

/* May a node be looked at? */
static bool written(const struct tree_shape *shape, const struct ranks *nodes, uint32_t level, uint32_t i)
{
	for (uint32_t l = 0; l < level; l++) {
		uint32_t at = i >> 6 * (level - 1 - l);

		if (!((nodes[shape->level[l] + at / 64].tree[RANKS_ANY] >> at % 64) & 1))
			return false;
	}
	return true;
}

static uint32_t nodes_of(const struct tree_shape *shape, uint32_t level)
{
	return (level + 1 < shape->levels ? shape->level[level + 1] : shape->words) - shape->level[level];
}

unsigned labyrinth_ranks_of(const struct tree_shape *shape, const struct ranks *nodes, uint32_t at)
{
	uint32_t leaf = shape->levels - 1;
	unsigned rank = RANKS;

	if (!written(shape, nodes, leaf, at / 64))
		return 0;
	while (rank > 0 && !((nodes[shape->level[leaf] + at / 64].tree[rank] >> at % 64) & 1))
		rank--;
	return rank;
}

uint64_t labyrinth_ranks_count(const struct tree_shape *shape, const struct ranks *nodes)
{
	uint32_t leaf = shape->levels - 1;
	uint64_t count = 0;

	for (uint32_t i = 0; i < nodes_of(shape, leaf); i++)
		if (written(shape, nodes, leaf, i))
			count += bits_count(nodes[shape->level[leaf] + i].tree[RANKS_ANY]);
	return count;
}

/* Who has any rank has one; in a leaf, one only. */
static bool agree(const struct ranks *node, bool leaf)
{
	uint64_t any = 0;

	for (unsigned r = 1; r <= RANKS; r++) {
		if (leaf && (any & node->tree[r]) != 0)
			return false;
		any |= node->tree[r];
	}
	return any == node->tree[RANKS_ANY];
}

/* Does bit i of a node say what is in the nodes below, of which there are `count`? */
static bool leads(const struct ranks *node, const struct ranks *below, uint32_t count, uint32_t i)
{
	bool some = node->tree[RANKS_ANY] >> i & 1;

	if (!some || i >= count)
		return !some;
	for (unsigned r = 0; r <= RANKS; r++)
		if ((below[i].tree[r] != 0) != (node->tree[r] >> i & 1))
			return false;
	return true;
}

bool labyrinth_ranks_consistent(const struct tree_shape *shape, const struct ranks *nodes)
{
	for (uint32_t l = 0; l < shape->levels; l++)
		for (uint32_t i = 0; i < nodes_of(shape, l); i++) {
			const struct ranks *node = &nodes[shape->level[l] + i];
			bool leaf = l + 1 == shape->levels;

			if (!written(shape, nodes, l, i))
				continue;
			if (!agree(node, leaf))
				return false;
			for (uint32_t bit = 0; bit < 64 && !leaf; bit++)
				if (!leads(node, &nodes[shape->level[l + 1] + i * 64], nodes_of(shape, l + 1) - i * 64,
				           bit))
					return false;
		}
	return true;
}
