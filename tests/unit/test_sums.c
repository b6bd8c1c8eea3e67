/*
 * test_sums.c - marks beside a plain array, one number for each place.
 *
 * Idea    The words are exactly as many as the shape asks for, so a step too far meets the sanitizer.
 */
#include "kit.h"

#include "dice.h"
#include "sums.h"

struct pair {
	struct sums_shape shape;
	uint64_t *words;
	uint32_t *naive;
	uint32_t  places;
	uint32_t  any;
};

static struct pair pair_new(uint32_t places)
{
	struct pair p = { .shape = labyrinth_sums_shape(places), .places = places };

	p.words = calloc(p.shape.words, sizeof(*p.words));
	p.naive = calloc(places + 1, sizeof(*p.naive));
	assert_non_null(p.words);
	assert_non_null(p.naive);
	return p;
}

static void pair_end(struct pair *p)
{
	free(p->words);
	free(p->naive);
}

static void assert_same(const struct pair *p)
{
	uint32_t any = 0;

	for (uint32_t at = 0; at < p->places; at++) {
		assert_int_equal(sums_of(p->words, at), p->naive[at]);
		any |= p->naive[at];
	}
	assert_int_equal(p->any, any);
	assert_true(labyrinth_sums_consistent(&p->shape, p->words, p->places));
	for (uint32_t mark = 1; mark < 1u << 16; mark <<= 1) {
		uint32_t at = 0;

		while (at < p->places && (p->naive[at] & mark) == 0)
			at++;
		assert_int_equal((any & mark) != 0, at < p->places);
		if (any & mark)
			assert_int_equal(sums_first(&p->shape, p->words, mark), at);
	}
}

static void set(struct pair *p, uint32_t at, uint32_t marks)
{
	p->any = sums_flip(&p->shape, p->words, at, p->naive[at] ^ marks);
	p->naive[at] = marks;
}

static void fill(struct pair *p, uint32_t first, uint32_t count, uint32_t marks)
{
	p->any = labyrinth_sums_fill(&p->shape, p->words, first, count, marks);
	for (uint32_t i = 0; i < count; i++)
		p->naive[first + i] = marks;
}

static const uint32_t sizes[] = { 1, 4, 63, 64, 65, 1000, 4096, 4097, 33000 };

static void random_marks(void **state)
{
	struct dice dice = dice_new("marks");

	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct pair p = pair_new(sizes[s]);

		assert_same(&p);
		for (unsigned step = 0; step < 400; step++) {
			uint32_t at = (uint32_t)dice_below(&dice, p.places);

			if (dice_below(&dice, 8) == 0)
				fill(&p, at, 1 + (uint32_t)dice_below(&dice, p.places - at),
				     dice_below(&dice, 2) ? 0 : (uint32_t)dice_below(&dice, 1u << 16));
			else
				set(&p, at, dice_below(&dice, 2) ? 0 : (uint32_t)dice_below(&dice, 1u << 16));
			if (step % 20 == 0)
				assert_same(&p);
		}
		assert_same(&p);
		pair_end(&p);
	}
}

/* One place after the other has the only mark. */
static void the_only_mark(void **state)
{
	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct pair p = pair_new(sizes[s]);

		for (uint32_t at = 0; at < p.places; at += p.places > 2000 ? 331 : 1) {
			set(&p, at, 0x8000);
			assert_int_equal(p.any, 0x8000);
			assert_int_equal(sums_first(&p.shape, p.words, 0x8001), at);
			set(&p, at, 0);
			assert_int_equal(p.any, 0);
		}
		assert_same(&p);
		pair_end(&p);
	}
}

/* Any bit above the places themselves, and any of theirs that their group had not. */
static void damage_is_found(void **state)
{
	struct pair p = pair_new(1000);

	(void)state;
	set(&p, 700, 3);
	for (uint32_t i = 0; i < p.shape.words; i++)
		for (unsigned bit = 0; bit < 64; bit++) {
			if (i / SUMS_WORDS == 700 / SUMS_GROUP && bit % 16 < 2)
				continue;
			p.words[i] ^= UINT64_C(1) << bit;
			assert_false(labyrinth_sums_consistent(&p.shape, p.words, p.places));
			p.words[i] ^= UINT64_C(1) << bit;
		}
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(random_marks),
		kit_test(the_only_mark),
		kit_test(damage_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
