/*
 * test_ranks.c - ranks beside a plain array of bytes, one for each place.
 *
 * Idea    The nodes lie in memory of exactly the size that the shape asks for, so a step too far meets the sanitizer.
 */
#include "kit.h"

#include "dice.h"
#include "ranks.h"

struct pair {
	struct ranks_shape shape;
	struct ranks *nodes;
	uint8_t      *naive;
	uint32_t      places;
};

/* One of so many places, those at the far end more often than the rest. */
static uint32_t place(struct dice *dice, uint32_t places)
{
	uint32_t near = (uint32_t)dice_below(dice, places < 70 ? places : 70);

	return dice_below(dice, 2) ? (uint32_t)dice_below(dice, places) : places - 1 - near;
}

static struct pair pair_new(uint32_t places)
{
	struct pair p = { .shape = labyrinth_ranks_shape(places), .places = places };

	p.nodes = malloc(p.shape.nodes * sizeof(*p.nodes));
	p.naive = calloc(places, 1);
	assert_non_null(p.nodes);
	assert_non_null(p.naive);
	memset(p.nodes, 0xa5, p.shape.nodes * sizeof(*p.nodes)); /* only the root is ever cleared */
	ranks_clear_all(p.nodes);
	return p;
}

static void pair_end(struct pair *p)
{
	free(p->nodes);
	free(p->naive);
}

static uint32_t naive_first(const struct pair *p, unsigned rank)
{
	for (uint32_t at = 0; at < p->places; at++)
		if (rank == RANKS_ANY ? p->naive[at] != 0 : p->naive[at] == rank)
			return at;
	return RANKS_NONE;
}

static void change(struct pair *p, uint32_t at, unsigned rank)
{
	labyrinth_ranks_change(&p->shape, p->nodes, at, p->naive[at], rank);
	p->naive[at] = (uint8_t)rank;
	assert_int_equal(labyrinth_ranks_of(&p->shape, p->nodes, at), rank);
}

static void assert_first(const struct pair *p)
{
	for (unsigned r = 0; r <= RANKS; r++) {
		assert_int_equal(labyrinth_ranks_first(&p->shape, p->nodes, r), naive_first(p, r));
		assert_int_equal(ranks_has(p->nodes, r), naive_first(p, r) != RANKS_NONE);
	}
}

static void assert_same(const struct pair *p)
{
	uint64_t count = 0;

	for (uint32_t at = 0; at < p->places; at++) {
		assert_int_equal(labyrinth_ranks_of(&p->shape, p->nodes, at), p->naive[at]);
		count += p->naive[at] != 0;
	}
	assert_int_equal(labyrinth_ranks_count(&p->shape, p->nodes), count);
	assert_true(labyrinth_ranks_consistent(&p->shape, p->nodes));
	assert_first(p);
}

/* Places at both ends more often than the rest; then all lose their rank. */
static void exercise(struct dice *dice, uint32_t places, unsigned steps)
{
	struct pair p = pair_new(places);

	for (unsigned i = 0; i < steps; i++) {
		uint32_t at = place(dice, places);

		change(&p, at, dice_below(dice, 3) ? (unsigned)dice_below(dice, RANKS + 1) : 0);
		if (i % 16 == 0)
			assert_first(&p);
	}
	assert_same(&p);
	for (uint32_t at = 0; at < places; at++)
		change(&p, at, 0);
	for (unsigned r = 0; r <= RANKS; r++)
		assert_int_equal(p.nodes[0].tree[r], 0);
	assert_same(&p);
	pair_end(&p);
}

static void random_changes(void **state)
{
	static const uint32_t sizes[] = { 1, 63, 64, 65, 512, 4095, 4096, 4097, 5000 };
	struct dice dice = dice_new("ranks");

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (unsigned round = 0; round < 10; round++)
			exercise(&dice, sizes[i], 400);
}

static void every_change_of_rank(void **state)
{
	struct pair p = pair_new(200);

	(void)state;
	for (unsigned from = 0; from <= RANKS; from++)
		for (unsigned to = 0; to <= RANKS; to++) {
			change(&p, 130, from);
			change(&p, 131, to);
			assert_same(&p);
			change(&p, 130, to);
			assert_same(&p);
		}
	pair_end(&p);
}

/* Any bit turned over in a node that may be looked at is found. */
static void an_inconsistent_tree_is_found(void **state)
{
	struct pair p = pair_new(4097);

	(void)state;
	for (uint32_t at = 0; at < 4097; at += 16)
		change(&p, at, 1 + at / 16 % RANKS);
	assert_true(labyrinth_ranks_consistent(&p.shape, p.nodes));
	for (uint32_t i = 0; i < p.shape.nodes; i++)
		for (unsigned r = 0; r <= RANKS; r++)
			for (unsigned bit = 0; bit < 64; bit += 7) {
				p.nodes[i].tree[r] ^= UINT64_C(1) << bit;
				assert_false(labyrinth_ranks_consistent(&p.shape, p.nodes));
				p.nodes[i].tree[r] ^= UINT64_C(1) << bit;
			}
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_changes),
		cmocka_unit_test(every_change_of_rank),
		cmocka_unit_test(an_inconsistent_tree_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
