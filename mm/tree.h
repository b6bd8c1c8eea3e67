/*
 * tree.h - find the first set bit among millions in a few steps.
 *
 * Idea    A bit in a level says that the 64-bit word of the level below is not zero. The root is one word, so "nothing
 *         set" is one comparison, and the first set bit costs one find-first-set a level: three levels reach 512 GiB of
 *         page blocks.
 * Writes  The caller's words. Needs its lock.
 */
#ifndef MM_TREE_H
#define MM_TREE_H

#include "bits.h"

#define TREE_LEVELS 5 /* 2^30 bits */
#define TREE_NONE   UINT32_MAX

/* Which word begins each level, root first; the same for all trees over the same number of bits. */
struct tree_shape {
	uint32_t level[TREE_LEVELS];
	uint32_t levels;
	uint32_t words;
};

struct tree_shape labyrinth_tree_shape(uint32_t bits);

/* Index of the lowest bit set, or TREE_NONE. */
uint32_t labyrinth_tree_first(const struct tree_shape *shape, const uint64_t *tree);

void labyrinth_tree_set(const struct tree_shape *shape, uint64_t *tree, uint32_t bit);
void labyrinth_tree_clear(const struct tree_shape *shape, uint64_t *tree, uint32_t bit);

static inline bool tree_test(const struct tree_shape *shape, const uint64_t *tree, uint32_t bit)
{
	return (tree[shape->level[shape->levels - 1] + bit / 64] >> bit % 64) & 1;
}

/* Does every inner bit say what the word below it holds? Looks at all words. */
bool labyrinth_tree_consistent(const struct tree_shape *shape, const uint64_t *tree);

#endif
