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
	bool written = true;

	for (uint32_t l = 0; l < shape->levels; l++) {
		uint32_t path = tree_path(shape, at, l);
		struct ranks *node = &nodes[shape->level[l] + path / 64];
		uint64_t bit = UINT64_C(1) << path % 64;

		if (!written)
			*node = (struct ranks){ { 0 } };
		written = (node->tree[RANKS_ANY] & bit) != 0;
		node->tree[RANKS_ANY] |= bit;
		node->tree[rank] |= bit;
	}
}

static void leave(const struct tree_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank)
{
	for (uint32_t l = shape->levels; l-- > 0; at /= 64) {
		uint64_t *tree = &nodes[shape->level[l] + at / 64].tree[rank];

		*tree &= ~(UINT64_C(1) << at % 64);
		if (*tree != 0)
			return;
	}
}

void labyrinth_ranks_change(const struct tree_shape *shape, struct ranks *nodes, uint32_t at, unsigned from,
                            unsigned to)
{
	if (from != 0)
		leave(shape, nodes, at, from);
	if (to != 0)
		enter(shape, nodes, at, to);
	else if (from != 0)
		leave(shape, nodes, at, RANKS_ANY);
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
