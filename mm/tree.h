/*
 * tree.h - find the first set bit among millions in a few steps.
 *
 * Idea    A bit in a level says that the 64-bit word of the level below is not zero. The root is one word, so "nothing
 *         set" is one comparison, and the first set bit costs one find-first-set a level: three levels reach 512 GiB of
 *         page blocks.
 *         Nobody looks at a word before the bit above it says that it is not zero, and whoever sets that bit stores the
 *         word. So an empty tree is a root that is zero, whatever the rest of the memory holds.
 * Writes  The caller's words. Needs its lock.
 */
#ifndef MM_TREE_H
#define MM_TREE_H

#include "bits.h"

#define TREE_LEVELS    5
#define TREE_MOST_BITS (UINT32_C(1) << 6 * TREE_LEVELS)
#define TREE_NONE      UINT32_MAX

/* Which word begins each level, root first; the same for all trees over the same number of bits. */
struct tree_shape {
	uint32_t level[TREE_LEVELS];
	uint32_t levels;
	uint32_t words;
};

struct tree_shape labyrinth_tree_shape(uint32_t bits);

static inline void tree_clear_all(uint64_t *tree)
{
	tree[0] = 0;
}

static inline bool tree_empty(const uint64_t *tree)
{
	return tree[0] == 0;
}

/* Index of the lowest bit set in a tree that is not empty. */
static inline uint32_t tree_lowest(const struct tree_shape *shape, const uint64_t *tree)
{
	const uint32_t *level = shape->level, *end = level + shape->levels;
	uint32_t at = 0;

	for (; level != end; level++)
		at = at * 64 + bits_lowest(tree[*level + at]);
	return at;
}

/* Index of the lowest bit set, or TREE_NONE. */
uint32_t labyrinth_tree_first(const struct tree_shape *shape, const uint64_t *tree);

/* Sets the only bit of a tree that is empty: what its words hold is of no interest. */
static inline void tree_set_only(const struct tree_shape *shape, uint64_t *tree, uint32_t bit)
{
	for (uint32_t l = shape->levels - 1; l > 0; l--, bit /= 64)
		tree[shape->level[l] + bit / 64] = UINT64_C(1) << bit % 64;
	tree[0] = UINT64_C(1) << bit % 64;
}

void labyrinth_tree_set(const struct tree_shape *shape, uint64_t *tree, uint32_t bit);

/* False, and nothing done, if it is not set. */
bool labyrinth_tree_clear(const struct tree_shape *shape, uint64_t *tree, uint32_t bit);

/* Sets bits first .. first + count - 1; a step for every 64 of them. */
void labyrinth_tree_set_run(const struct tree_shape *shape, uint64_t *tree, uint32_t first, uint32_t count);

/* Which bit of a level leads to this bit, and in which word of the level that is. */
static inline uint32_t tree_path(const struct tree_shape *shape, uint32_t bit, uint32_t level)
{
	return bit >> 6 * (shape->levels - 1 - level);
}

static inline bool tree_test(const struct tree_shape *shape, const uint64_t *tree, uint32_t bit)
{
	uint32_t shift = 6 * shape->levels;

	for (const uint32_t *level = shape->level; shift > 0; level++) {
		uint64_t word = tree[*level + (bit >> shift)];

		shift -= 6;
		if (!(word >> (bit >> shift & 63) & 1))
			return false;
	}
	return true;
}

/* How many bits are set. Looks at all words that may be looked at, and at none outside of the tree. */
uint64_t labyrinth_tree_count(const struct tree_shape *shape, const uint64_t *tree);

/* The same of bits first .. first + count - 1 alone, which are a part of one word, or whole words. */
uint64_t labyrinth_tree_count_run(const struct tree_shape *shape, const uint64_t *tree, uint32_t first, uint32_t count);

/* Does every inner bit that is set lead to a word that is not zero? */
bool labyrinth_tree_consistent(const struct tree_shape *shape, const uint64_t *tree);

#endif
