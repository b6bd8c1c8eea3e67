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
	l->orders = 0;
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
	l->orders |= 1u << i;
}

/* False, and nothing done, if it is not free. */
static inline bool clear(struct large *l, uint32_t first, unsigned order)
{
	unsigned i = order - BLOCK_ORDER;

	if ((l->orders >> i & 1) == 0 || !labyrinth_tree_clear(&l->shape[i], l->tree[i], first >> i))
		return false;
	if (tree_empty(l->tree[i]))
		l->orders &= ~(1u << i);
	return true;
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
	while (order < LABYRINTH_MAX_ORDER && clear(l, first ^ large_blocks(order), order)) {
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

		if (order < LABYRINTH_MAX_ORDER) {
			labyrinth_large_put(l, first, order);
		} else {
			labyrinth_tree_set_run(&l->shape[i], l->tree[i], first >> i, n);
			l->orders |= 1u << i;
		}
		first += n << i;
		count -= n << i;
	}
}

/* The trees of the orders in between are empty, or one of those blocks would have been taken. */
uint32_t labyrinth_large_take(struct large *l, unsigned order)
{
	unsigned low = order - BLOCK_ORDER, i;
	uint32_t fit = l->orders >> low << low, first;

	if (fit == 0)
		return TREE_NONE;
	i = bits_lowest(fit);
	first = tree_lowest(&l->shape[i], l->tree[i]) << i;
	clear(l, first, BLOCK_ORDER + i);
	l->orders |= (1u << i) - (1u << low);
	while (i-- > low)
		tree_set_only(&l->shape[i], l->tree[i], (first >> i) + 1);
	return first;
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

	for (uint32_t left = l->orders; left != 0; left &= left - 1) {
		unsigned i = bits_lowest(left);
		uint32_t first = tree_lowest(&l->shape[i], l->tree[i]) << i;

		if (first < lowest)
			lowest = first;
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
