/*
 * large.h - free blocks of whole page blocks: orders 9 to 18, a bit each.
 *
 * Idea    One tree an order. Bit n of the tree of order 9 is the n-th page block, of order 10 the n-th pair of them,
 *         and so on; a free block is one bit in one tree, and nothing is known of the page blocks inside. Page blocks
 *         that are twins in memory have numbers that are twins, by the sections of page.h.
 * Writes  The trees. Needs the lock of the zone.
 */
#ifndef MM_LARGE_H
#define MM_LARGE_H

#include "page.h"
#include "tree.h"

#define LARGE_ORDERS (LABYRINTH_MAX_ORDER - BLOCK_ORDER + 1)

struct large {
	uint32_t          orders; /* bit i: there are free blocks of order BLOCK_ORDER + i */
	struct tree_shape shape[LARGE_ORDERS];
	uint64_t         *tree[LARGE_ORDERS];
};

/* Which shape each tree has, over the page blocks of so many sections; how many words they take together. */
size_t labyrinth_large_shapes(struct tree_shape shape[LARGE_ORDERS], uint32_t sections);

/* No free block. */
void labyrinth_large_init(struct large *l, uint32_t sections, uint64_t *words);

/* Page blocks first .. first + count - 1 become free: the largest blocks that fit, merged with what is beside. */
void labyrinth_large_add(struct large *l, uint32_t first, uint32_t count);

/* Gives a block back, merging it with its twin for as long as the twin is free. */
void labyrinth_large_put(struct large *l, uint32_t first, unsigned order);

/* Takes the lowest of the smallest blocks that fit, split down to `order`, the lower half each time; TREE_NONE. */
uint32_t labyrinth_large_take(struct large *l, unsigned order);

/* The order of the free block that a block lies in, from its own order up; 0 when there is none. */
unsigned labyrinth_large_around(const struct large *l, uint32_t first, unsigned order);

/* Takes this block, which lies in a free one; what is left of that is free. */
void labyrinth_large_take_at(struct large *l, uint32_t first, unsigned order);

/* The lowest page block in a free block, or TREE_NONE. */
uint32_t labyrinth_large_first(const struct large *l);

/* The order of the free block that begins at a page block; 0 when none does. */
unsigned labyrinth_large_at(const struct large *l, uint32_t first);

/* Page blocks in a block of an order. */
static inline uint32_t large_blocks(unsigned order)
{
	return UINT32_C(1) << (order - BLOCK_ORDER);
}

static inline bool large_free(const struct large *l, uint32_t first, unsigned order)
{
	unsigned i = order - BLOCK_ORDER;

	return tree_test(&l->shape[i], l->tree[i], first >> i);
}

static inline uint64_t large_count(const struct large *l, unsigned order)
{
	return labyrinth_tree_count(&l->shape[order - BLOCK_ORDER], l->tree[order - BLOCK_ORDER]);
}

#endif
