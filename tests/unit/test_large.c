/*
 * test_large.c - blocks of whole page blocks, beside a model that looks at every page block.
 */
#include "kit.h"

#include "dice.h"
#include "large.h"

#define SECTIONS 3u
#define BLOCKS   (SECTIONS * SECTION_BITS)

struct pair {
	struct large l;
	uint64_t    *words;
	bool         free[BLOCKS];
};

static struct pair *pair_new(void)
{
	size_t words = labyrinth_large_words(SECTIONS);
	struct pair *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	/* Exactly: a step too far meets the sanitizer. */
	p->words = aligned_alloc(_Alignof(struct page_block), words * sizeof(*p->words));
	assert_non_null(p->words);
	memset(p->words, 0xa5, words * sizeof(*p->words));
	labyrinth_large_init(&p->l, SECTIONS, p->words);
	return p;
}

static void pair_end(struct pair *p)
{
	free(p->words);
	free(p);
}

static bool all_free(const struct pair *p, uint32_t first, uint32_t blocks)
{
	for (uint32_t b = first; b < first + blocks; b++)
		if (!p->free[b])
			return false;
	return true;
}

static bool is_block(const struct pair *p, uint32_t first, unsigned order)
{
	uint32_t n = large_blocks(order);

	return first % n == 0 && all_free(p, first, n)
	       && (order == LABYRINTH_MAX_ORDER || !all_free(p, first & ~(2 * n - 1), 2 * n));
}

/* Every block and every count is as the model says. */
static void assert_same(const struct pair *p)
{
	uint32_t lowest = LARGE_NONE;

	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER; k++) {
		uint64_t count = 0;

		for (uint32_t b = 0; b < BLOCKS; b += large_blocks(k)) {
			assert_int_equal(labyrinth_large_free(&p->l, b, k), is_block(p, b, k));
			assert_true(!is_block(p, b, k) || labyrinth_large_at(&p->l, b) == k);
			count += is_block(p, b, k);
			lowest = is_block(p, b, k) && b < lowest ? b : lowest;
		}
		assert_int_equal(labyrinth_large_count(&p->l, k), count);
	}
	assert_int_equal(labyrinth_large_first(&p->l), lowest);
	assert_true(labyrinth_large_consistent(&p->l));
}

/* The order of the block of a certain order or more that a block is in; 0: none. */
static unsigned model_around(const struct pair *p, uint32_t first, unsigned order)
{
	for (unsigned k = order; k <= LABYRINTH_MAX_ORDER; k++)
		if (is_block(p, first & ~(large_blocks(k) - 1), k))
			return k;
	return 0;
}

static uint32_t model_take(struct pair *p, unsigned order)
{
	for (unsigned k = order; k <= LABYRINTH_MAX_ORDER; k++)
		for (uint32_t b = 0; b < BLOCKS; b += large_blocks(k))
			if (is_block(p, b, k)) {
				memset(p->free + b, false, large_blocks(order));
				return b;
			}
	return LARGE_NONE;
}

static uint32_t take(struct pair *p, unsigned order)
{
	uint32_t first = labyrinth_large_take(&p->l, order);

	assert_int_equal(first, model_take(p, order));
	return first;
}

static void put(struct pair *p, uint32_t first, unsigned order)
{
	labyrinth_large_put(&p->l, first, order);
	memset(p->free + first, true, large_blocks(order));
}

/* A block that is chosen, if it is free. */
static bool take_at(struct pair *p, uint32_t first, unsigned order)
{
	assert_int_equal(labyrinth_large_around(&p->l, first, order), model_around(p, first, order));
	if (model_around(p, first, order) == 0)
		return false;
	labyrinth_large_take_at(&p->l, first, order);
	memset(p->free + first, false, large_blocks(order));
	return true;
}

static void every_run_in_its_largest_blocks(void **state)
{
	struct dice dice = dice_new("runs");

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		struct pair *p = pair_new();
		uint32_t at = (uint32_t)dice_below(&dice, 40);

		while (at < BLOCKS) {
			uint32_t most = dice_below(&dice, 2) ? 70 : BLOCKS;
			uint32_t n = 1 + (uint32_t)dice_below(&dice, most - 1);

			n = n > BLOCKS - at ? BLOCKS - at : n;
			labyrinth_large_add(&p->l, at, n);
			memset(p->free + at, true, n);
			at += n + 1 + (uint32_t)dice_below(&dice, 100);
		}
		assert_same(p);
		pair_end(p);
	}
}

static void one_order_to_the_end_and_back(void **state)
{
	(void)state;
	for (unsigned order = BLOCK_ORDER; order <= LABYRINTH_MAX_ORDER; order++) {
		struct pair *p = pair_new();

		labyrinth_large_add(&p->l, 0, BLOCKS);
		memset(p->free, true, sizeof(p->free));
		for (uint32_t i = 0; i < BLOCKS / large_blocks(order); i++)
			assert_int_equal(take(p, order), i * large_blocks(order));
		assert_int_equal(take(p, order), LARGE_NONE);
		assert_int_equal(labyrinth_large_first(&p->l), LARGE_NONE);
		for (uint32_t i = 0; i < BLOCKS; i += large_blocks(order))
			put(p, i, order);
		assert_same(p);
		assert_int_equal(labyrinth_large_count(&p->l, LABYRINTH_MAX_ORDER), SECTIONS);
		pair_end(p);
	}
}

static void random_steps(void **state)
{
	struct dice dice = dice_new("steps");
	struct { uint32_t first; unsigned order; } held[BLOCKS];
	struct pair *p = pair_new();
	unsigned count = 0, bias = 1;

	(void)state;
	labyrinth_large_add(&p->l, 5, BLOCKS - 9);
	memset(p->free + 5, true, BLOCKS - 9);
	for (unsigned step = 0; step < 6000; step++) {
		if (step % 300 == 0)
			bias = 1 + (unsigned)dice_below(&dice, 3);
		if (dice_below(&dice, 4) < bias && count < BLOCKS) {
			unsigned most = (unsigned)dice_below(&dice, LARGE_ORDERS);

			held[count].order = BLOCK_ORDER + (unsigned)dice_below(&dice, most + 1);
			if (dice_below(&dice, 4) == 0) {
				uint32_t any = (uint32_t)dice_below(&dice, BLOCKS);

				held[count].first = any & ~(large_blocks(held[count].order) - 1);
				count += take_at(p, held[count].first, held[count].order);
			} else {
				held[count].first = take(p, held[count].order);
				count += held[count].first != LARGE_NONE;
			}
		} else if (count > 0) {
			unsigned i = (unsigned)dice_below(&dice, count);

			put(p, held[i].first, held[i].order);
			held[i] = held[--count];
		}
		if (step % 50 == 0)
			assert_same(p);
	}
	assert_same(p);
	pair_end(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(every_run_in_its_largest_blocks),
		kit_test(one_order_to_the_end_and_back),
		kit_test(random_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
