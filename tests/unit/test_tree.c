/*
 * test_tree.c - the find-first-set tree beside a plain array of bytes, one for each bit.
 */
#include "trees.h"

struct pair {
	struct tree_shape shape;
	uint64_t *tree;
	char     *naive;
	uint32_t  bits;
};

static struct pair pair_new(uint32_t bits)
{
	struct pair p = { .shape = labyrinth_tree_shape(bits), .bits = bits };

	p.tree = tree_memory(&p.shape, sizeof(*p.tree));
	p.naive = calloc(bits + 1, 1);
	assert_non_null(p.naive);
	tree_clear_all(p.tree); /* only the root */
	return p;
}

static void pair_end(struct pair *p)
{
	free(p->tree);
	free(p->naive);
}

static uint32_t naive_first(const struct pair *p)
{
	const char *at = memchr(p->naive, 1, p->bits);

	return at != NULL ? (uint32_t)(at - p->naive) : TREE_NONE;
}

static void put(struct pair *p, uint32_t bit, bool value)
{
	if (!value)
		assert_int_equal(labyrinth_tree_clear(&p->shape, p->tree, bit), p->naive[bit] != 0);
	else if (tree_empty(p->tree) && bit % 2 == 0)
		tree_set_only(&p->shape, p->tree, bit);
	else
		labyrinth_tree_set(&p->shape, p->tree, bit);
	p->naive[bit] = value;
	assert_int_equal(tree_test(&p->shape, p->tree, bit), value);
	assert_int_equal(labyrinth_tree_first(&p->shape, p->tree), naive_first(p));
}

/* Added up part by part, each of so many bits. */
static uint64_t count_parts(const struct pair *p, uint32_t bits)
{
	uint64_t count = 0;

	for (uint32_t first = 0; first < p->bits; first += bits)
		count += labyrinth_tree_count_run(&p->shape, p->tree, first, bits);
	return count;
}

static void assert_same(const struct pair *p)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < p->bits; i++) {
		assert_int_equal(tree_test(&p->shape, p->tree, i), p->naive[i]);
		count += p->naive[i] != 0;
	}
	assert_int_equal(labyrinth_tree_count(&p->shape, p->tree), count);
	for (uint32_t bits = 1; bits <= 1024; bits *= 4)
		assert_int_equal(count_parts(p, bits), count);
	assert_int_equal(labyrinth_tree_first(&p->shape, p->tree), naive_first(p));
	assert_true(labyrinth_tree_consistent(&p->shape, p->tree));
}

static void shapes(void **state)
{
	static const struct { uint32_t bits, levels, words; } cases[] = {
		{ 0,           1, 1 },
		{ 1,           1, 1 },
		{ 63,          1, 1 },
		{ 64,          1, 1 },
		{ 65,          2, 1 + 2 },
		{ 4095,        2, 1 + 64 },
		{ 4096,        2, 1 + 64 },
		{ 4097,        3, 1 + 2 + 65 },
		{ 262144,      3, 1 + 64 + 4096 },
		{ 262145,      4, 1 + 2 + 65 + 4097 },
		{ 1u << 24,    4, 1 + 64 + 4096 + 262144 },
		{ (1u << 24) + 1, 5, 1 + 2 + 65 + 4097 + 262145 },
		{ 1u << 30,    5, 1 + 64 + 4096 + 262144 + (1u << 24) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tree_shape shape = labyrinth_tree_shape(cases[i].bits);

		assert_int_equal(shape.levels, cases[i].levels);
		assert_int_equal(shape.words, cases[i].words);
		assert_int_equal(shape.level[0], 0);
	}
}

static void an_empty_tree_has_no_first(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 64, 65, 4097, 262145 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct pair p = pair_new(sizes[i]);

		assert_int_equal(labyrinth_tree_first(&p.shape, p.tree), TREE_NONE);
		assert_true(labyrinth_tree_consistent(&p.shape, p.tree));
		pair_end(&p);
	}
}

/* Random bits set and cleared, the ends of the tree more often than the rest; then all are cleared again. */
static void exercise(struct dice *dice, uint32_t bits, unsigned steps)
{
	struct pair p = pair_new(bits);

	put(&p, bits - 1, true);
	put(&p, 0, true);
	for (unsigned i = 0; i < steps; i++) {
		uint32_t bit = tree_place(dice, bits);

		put(&p, bit, dice_below(dice, 2));
	}
	assert_same(&p);
	while (naive_first(&p) != TREE_NONE)
		put(&p, naive_first(&p), false);
	assert_int_equal(p.tree[0], 0);
	assert_same(&p);
	pair_end(&p);
}

static void every_size_to_5000(void **state)
{
	struct dice dice = dice_new("tree");

	(void)state;
	for (uint32_t bits = 1; bits <= 5000; bits++)
		exercise(&dice, bits, 30);
}

static void sizes_at_the_borders_of_levels(void **state)
{
	static const uint32_t sizes[] = { 63, 64, 65, 4095, 4096, 4097, 262143, 262144, 262145 };
	struct dice dice = dice_new("tree");

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		exercise(&dice, sizes[i], 2000);
}

static void setting_twice_is_setting_once(void **state)
{
	struct pair p = pair_new(5000);

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		put(&p, 4999, true);
	for (unsigned i = 0; i < 2; i++)
		put(&p, 4999, false);
	assert_int_equal(p.tree[0], 0);
	assert_same(&p);
	pair_end(&p);
}

/* Runs of bits, over borders of words and levels, among bits that are set already. */
static void runs(void **state)
{
	static const uint32_t sizes[] = { 1, 64, 65, 4096, 4097, 20000, 262145 };
	struct dice dice = dice_new("runs");

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (unsigned n = 0; n < 20; n++) {
			struct pair p = pair_new(sizes[i]);

			for (unsigned r = 0; r < 3; r++) {
				uint32_t first = (uint32_t)dice_below(&dice, sizes[i]);
				uint32_t most = dice_below(&dice, 2) ? sizes[i] - first : 1;
				uint32_t count = (uint32_t)dice_below(&dice, most + 1);

				memset(p.naive + first, 1, count);
				labyrinth_tree_set_run(&p.shape, p.tree, first, count);
			}
			assert_same(&p);
			pair_end(&p);
		}
}

/* A bit that is set leads to a word that is not zero, and that exists. */
static void an_inconsistent_tree_is_found(void **state)
{
	struct pair p = pair_new(4097);

	(void)state;
	for (uint32_t bit = 0; bit < 4097; bit += 16)
		put(&p, bit, true);
	for (uint32_t i = 1; i < p.shape.words; i++) {
		uint64_t was = p.tree[i];

		p.tree[i] = 0;
		assert_false(labyrinth_tree_consistent(&p.shape, p.tree));
		p.tree[i] = was;
	}
	for (uint32_t i = 0; i < p.shape.level[2]; i += 2) {
		uint64_t was = p.tree[i];

		p.tree[i] |= UINT64_C(1) << 63; /* where the next level has no word */
		assert_false(labyrinth_tree_consistent(&p.shape, p.tree));
		p.tree[i] = was;
	}
	assert_true(labyrinth_tree_consistent(&p.shape, p.tree));
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(an_empty_tree_has_no_first),
		cmocka_unit_test(every_size_to_5000),
		cmocka_unit_test(sizes_at_the_borders_of_levels),
		cmocka_unit_test(setting_twice_is_setting_once),
		cmocka_unit_test(runs),
		cmocka_unit_test(an_inconsistent_tree_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
