/*
 * test_word.c - the frame word: every field keeps its own bits, and one step changes it or nothing does.
 */
#include "kit.h"

#include "dice.h"
#include "word.h"

#define MAX_GENERATION ((1u << WORD_GENERATION_BITS) - 1)

static void assert_fields(enum frame_state state, uint32_t generation, unsigned order, uint16_t owner)
{
	uint64_t word = word_make(state, generation, order, owner);

	assert_int_equal(word_state(word), state);
	assert_int_equal(word_generation(word), generation);
	assert_int_equal(word_order(word), order);
	assert_int_equal(word_owner(word), owner);
	assert_int_equal(word >> 51, 0);
}

static void every_field_at_its_ends(void **state)
{
	static const uint32_t generations[] = { 0, 1, 0x155555, MAX_GENERATION - 1, MAX_GENERATION };
	static const unsigned orders[] = { 0, 1, LABYRINTH_MAX_ORDER, 31 };
	static const uint16_t owners[] = { 0, 1, 0x5555, 0xfffe, 0xffff };

	(void)state;
	for (unsigned s = FRAME_FREE; s <= FRAME_HOLE; s++)
		for (size_t g = 0; g < COUNT(generations); g++)
			for (size_t k = 0; k < COUNT(orders); k++)
				for (size_t o = 0; o < COUNT(owners); o++)
					assert_fields((enum frame_state)s, generations[g], orders[k], owners[o]);
}

static void random_fields(void **state)
{
	struct dice dice = dice_new("word");

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		assert_fields((enum frame_state)dice_below(&dice, FRAME_HOLE + 1),
		              (uint32_t)dice_below(&dice, MAX_GENERATION + 1),
		              (unsigned)dice_below(&dice, 32), (uint16_t)dice_roll(&dice));
}

static void links(void **state)
{
	static const uint64_t nexts[] = { 0, 1, 0x155555555, WORD_NEXT_NONE - 1, WORD_NEXT_NONE };

	(void)state;
	for (size_t i = 0; i < COUNT(nexts); i++) {
		uint64_t word = word_link(FRAME_DIRTY, MAX_GENERATION, nexts[i]);

		assert_int_equal(word_next(word), nexts[i]);
		assert_int_equal(word_state(word), FRAME_DIRTY);
		assert_int_equal(word_generation(word), MAX_GENERATION);
	}
}

static void generations_wrap(void **state)
{
	(void)state;
	assert_int_equal(word_generation(word_make(FRAME_OWNED, MAX_GENERATION + 1, 3, 7)), 0);
	assert_fields(FRAME_OWNED, 0, 3, 7);
	assert_int_equal(word_make(FRAME_OWNED, UINT32_MAX, 3, 7), word_make(FRAME_OWNED, MAX_GENERATION, 3, 7));
}

static void loose_keeps_the_generation_only(void **state)
{
	const uint64_t words[] = {
		word_make(FRAME_OWNED, 123, 0, 45), word_make(FRAME_SHARED, 123, 9, 0),
		word_link(FRAME_RESERVED, 123, 456), word_link(FRAME_DIRTY, 123, WORD_NEXT_NONE),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		assert_int_equal(word_loose(words[i]), word_make(FRAME_FREE, 123, 0, 0));
}

static void a_swap_happens_or_nothing_does(void **state)
{
	const uint64_t mine = word_make(FRAME_OWNED, 5, 0, 3), next = word_make(FRAME_LENT, 5, 0, 3);
	const uint64_t others[] = {
		word_make(FRAME_LENT, 5, 0, 3), word_make(FRAME_OWNED, 6, 0, 3), word_make(FRAME_OWNED, 5, 1, 3),
		word_make(FRAME_OWNED, 5, 0, 2), 0,
	};
	struct page page;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		word_store(&page, others[i]);
		assert_false(word_swap(&page, mine, 0));
		assert_int_equal(word_load(&page), others[i]);
	}
	word_store(&page, mine);
	assert_true(word_swap(&page, mine, next));
	assert_int_equal(word_load(&page), next);
	assert_false(word_swap(&page, mine, next));
}

static void a_word_is_eight_bytes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct page), 8);
	assert_true(WORD_MAX_FRAMES <= WORD_NEXT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_at_its_ends),
		cmocka_unit_test(random_fields),
		cmocka_unit_test(links),
		cmocka_unit_test(generations_wrap),
		cmocka_unit_test(loose_keeps_the_generation_only),
		cmocka_unit_test(a_swap_happens_or_nothing_does),
		cmocka_unit_test(a_word_is_eight_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
