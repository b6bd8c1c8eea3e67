/*
 * ranks.c - find-first-set trees side by side.
 */
#include "ranks.h"

struct ranks_shape labyrinth_ranks_shape(uint32_t places)
{
	struct ranks_shape shape = { .levels = 1 };
	uint32_t nodes[RANKS_LEVELS]; /* leaf level first */

	nodes[0] = places / 64 + (places % 64 != 0);
	if (nodes[0] == 0)
		nodes[0] = 1;
	while (nodes[shape.levels - 1] > 1) {
		nodes[shape.levels] = (nodes[shape.levels - 1] + 63) / 64;
		shape.levels++;
	}
	for (uint32_t l = 0; l < shape.levels; l++) {
		shape.level[l] = shape.nodes;
		shape.nodes += nodes[shape.levels - 1 - l];
	}
	return shape;
}

uint32_t labyrinth_ranks_first(const struct ranks_shape *shape, const struct ranks *nodes, unsigned rank)
{
	uint32_t at = 0;

	if (!ranks_has(nodes, rank))
		return RANKS_NONE;
	for (uint32_t l = 0; l < shape->levels; l++)
		at = at * 64 + bits_lowest(nodes[shape->level[l] + at].tree[rank]);
	return at;
}

/* A node that nobody has written, of which one place has a rank. */
static inline void begin_node(struct ranks *node, uint64_t bit, unsigned rank)
{
	for (unsigned r = 1; r <= RANKS; r++)
		node->tree[r] = 0;
	node->tree[RANKS_ANY] = bit;
	node->tree[rank] = bit;
}

/* From the first node that has nothing on, all are new. */
void labyrinth_ranks_enter(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank)
{
	uint32_t shift = 6 * (shape->levels - 1);
	const uint32_t *level = shape->level;
	struct ranks *node = nodes;
	uint64_t bit, any;

	for (;; shift -= 6) {
		bit = UINT64_C(1) << (at >> shift & 63);
		any = node->tree[RANKS_ANY];
		node->tree[RANKS_ANY] = any | bit;
		node->tree[rank] |= bit;
		if (shift == 0)
			return;
		node = &nodes[*++level + (at >> shift)];
		if ((any & bit) == 0)
			break;
	}
	for (;;) {
		shift -= 6;
		begin_node(node, UINT64_C(1) << (at >> shift & 63), rank);
		if (shift == 0)
			return;
		node = &nodes[*++level + (at >> shift)];
	}
}

/* Up to the first node in which others have the rank. */
void labyrinth_ranks_leave(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank)
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

/* From a level up: the bits that lead to a place that has lost a rank, or to one that has got it. */
static void lose(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank, uint32_t levels)
{
	for (uint64_t left = 0; levels-- > 0 && left == 0; at /= 64)
		left = nodes[shape->level[levels] + at / 64].tree[rank] &= ~(UINT64_C(1) << at % 64);
}

static void gain(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned rank, uint32_t levels)
{
	for (uint64_t were = 0; levels-- > 0 && were == 0; at /= 64) {
		uint64_t *word = &nodes[shape->level[levels] + at / 64].tree[rank];

		were = *word;
		*word = were | UINT64_C(1) << at % 64;
	}
}

/* All nodes on the way are written. Up to the first in which others have the one rank, and have had the other. */
void labyrinth_ranks_move(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned from, unsigned to)
{
	uint32_t levels = shape->levels;
	uint64_t left, were;

	do {
		struct ranks *node = &nodes[shape->level[--levels] + at / 64];
		uint64_t bit = UINT64_C(1) << at % 64;

		left = node->tree[from] & ~bit;
		were = node->tree[to];
		node->tree[from] = left;
		node->tree[to] = were | bit;
		at /= 64;
	} while ((left | were) == 0 && levels > 0);
	if (left == 0)
		lose(shape, nodes, at, from, levels);
	if (were == 0)
		gain(shape, nodes, at, to, levels);
}

void labyrinth_ranks_change(const struct ranks_shape *shape, struct ranks *nodes, uint32_t at, unsigned from,
                            unsigned to)
{
	if (from == to)
		return;
	if (from == 0)
		labyrinth_ranks_enter(shape, nodes, at, to);
	else if (to == 0)
		labyrinth_ranks_leave(shape, nodes, at, from);
	else
		labyrinth_ranks_move(shape, nodes, at, from, to);
}

/* ---- For those who check. */

/* May a node be looked at? */
static bool written(const struct ranks_shape *shape, const struct ranks *nodes, uint32_t level, uint32_t i)
{
	for (uint32_t l = 0; l < level; l++) {
		uint32_t at = i >> 6 * (level - 1 - l);

		if (!((nodes[shape->level[l] + at / 64].tree[RANKS_ANY] >> at % 64) & 1))
			return false;
	}
	return true;
}

static uint32_t nodes_of(const struct ranks_shape *shape, uint32_t level)
{
	return (level + 1 < shape->levels ? shape->level[level + 1] : shape->nodes) - shape->level[level];
}

unsigned labyrinth_ranks_of(const struct ranks_shape *shape, const struct ranks *nodes, uint32_t at)
{
	uint32_t leaf = shape->levels - 1;
	unsigned rank = RANKS;

	if (!written(shape, nodes, leaf, at / 64))
		return 0;
	while (rank > 0 && !((nodes[shape->level[leaf] + at / 64].tree[rank] >> at % 64) & 1))
		rank--;
	return rank;
}

uint64_t labyrinth_ranks_count(const struct ranks_shape *shape, const struct ranks *nodes)
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

bool labyrinth_ranks_consistent(const struct ranks_shape *shape, const struct ranks *nodes)
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
