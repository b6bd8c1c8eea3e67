/*
 * large.c - split and merge blocks of whole page blocks.
 */
#include "large.h"

size_t labyrinth_large_shapes(struct tree_shape shape[LARGE_ORDERS], uint32_t sections)
{
	size_t words = 0;

	for (unsigned i = 0; i < LARGE_ORDERS; i++) {
		shape[i] = labyrinth_tree_shape(sections * SECTION_BITS >> i);
		words += shape[i].words;
	}
	return words;
}

void labyrinth_large_init(struct large *l, uint32_t sections, uint64_t *words)
{
	labyrinth_large_shapes(l->shape, sections);
	for (unsigned i = 0; i < LARGE_ORDERS; i++) {
		l->tree[i] = words;
		tree_clear_all(words);
		words += l->shape[i].words;
	}
}

static inline void set(struct large *l, uint32_t first, unsigned order)
{
	unsigned i = order - BLOCK_ORDER;

	labyrinth_tree_set(&l->shape[i], l->tree[i], first >> i);
}

static inline void clear(struct large *l, uint32_t first, unsigned order)
{
	unsigned i = order - BLOCK_ORDER;

	labyrinth_tree_clear(&l->shape[i], l->tree[i], first >> i);
}

/* The order of the largest block that can begin here and ends within `room` page blocks. */
static unsigned largest_fit(uint32_t first, uint32_t room)
{
	unsigned order = LABYRINTH_MAX_ORDER;

	while (first % large_blocks(order) != 0 || large_blocks(order) > room)
		order--;
	return order;
}

void labyrinth_large_put(struct large *l, uint32_t first, unsigned order)
{
	while (order < LABYRINTH_MAX_ORDER && large_free(l, first ^ large_blocks(order), order)) {
		clear(l, first ^ large_blocks(order), order);
		first &= ~large_blocks(order);
		order++;
	}
	set(l, first, order);
}

/* The largest blocks have no twins: many of them are one store. */
void labyrinth_large_add(struct large *l, uint32_t first, uint32_t count)
{
	while (count > 0) {
		unsigned order = largest_fit(first, count), i = order - BLOCK_ORDER;
		uint32_t n = order == LABYRINTH_MAX_ORDER ? count >> i : 1;

		if (order == LABYRINTH_MAX_ORDER)
			labyrinth_tree_set_run(&l->shape[i], l->tree[i], first >> i, n);
		else
			labyrinth_large_put(l, first, order);
		first += n << i;
		count -= n << i;
	}
}

uint32_t labyrinth_large_take(struct large *l, unsigned order)
{
	for (unsigned k = order; k <= LABYRINTH_MAX_ORDER; k++) {
		unsigned i = k - BLOCK_ORDER;
		uint32_t first = labyrinth_tree_first(&l->shape[i], l->tree[i]);

		if (first == TREE_NONE)
			continue;
		first <<= i;
		clear(l, first, k);
		while (k-- > order)
			set(l, first + large_blocks(k), k);
		return first;
	}
	return TREE_NONE;
}

unsigned labyrinth_large_around(const struct large *l, uint32_t first, unsigned order)
{
	for (unsigned k = order; k <= LABYRINTH_MAX_ORDER; k++)
		if (large_free(l, first, k))
			return k;
	return 0;
}

void labyrinth_large_take_at(struct large *l, uint32_t first, unsigned order)
{
	unsigned k = labyrinth_large_around(l, first, order);

	clear(l, first, k);
	while (k-- > order)
		set(l, first ^ large_blocks(k), k);
}

uint32_t labyrinth_large_first(const struct large *l)
{
	uint32_t lowest = TREE_NONE;

	for (unsigned i = 0; i < LARGE_ORDERS; i++) {
		uint32_t first = labyrinth_tree_first(&l->shape[i], l->tree[i]);

		if (first != TREE_NONE && first << i < lowest)
			lowest = first << i;
	}
	return lowest;
}

unsigned labyrinth_large_at(const struct large *l, uint32_t first)
{
	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER && first % large_blocks(k) == 0; k++)
		if (large_free(l, first, k))
			return k;
	return 0;
}
