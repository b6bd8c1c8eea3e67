/*
 * test_bits.c - counting and finding bits, in the built-in form and in the portable one, beside a loop over 64 bits.
 */
#include "kit.h"

#include "bits.h"
#include "dice.h"

/* Once more, as a CPU without an instruction for it sees the file. */
#undef MM_BITS_H
#undef __x86_64__
#undef __i386__
#undef __aarch64__
#define bits_count  portable_count
#define bits_lowest portable_lowest
#define bits_highest portable_highest
#include "bits.h"
#undef bits_count
#undef bits_lowest
#undef bits_highest

static unsigned naive_count(uint64_t x)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++)
		n += (unsigned)(x >> i) & 1;
	return n;
}

static unsigned naive_lowest(uint64_t x)
{
	unsigned i = 0;

	while (!((x >> i) & 1))
		i++;
	return i;
}

static unsigned naive_highest(uint64_t x)
{
	unsigned i = 63;

	while (!((x >> i) & 1))
		i--;
	return i;
}

static void assert_bits(uint64_t x)
{
	assert_int_equal(bits_count(x), naive_count(x));
	assert_int_equal(portable_count(x), naive_count(x));
	if (x == 0)
		return;
	assert_int_equal(bits_lowest(x), naive_lowest(x));
	assert_int_equal(portable_lowest(x), naive_lowest(x));
	assert_int_equal(bits_highest(x), naive_highest(x));
	assert_int_equal(portable_highest(x), naive_highest(x));
}

static void known_numbers(void **state)
{
	static const struct { uint64_t x; unsigned count, lowest, highest; } cases[] = {
		{ 1,                              1,  0,  0 },
		{ 2,                              1,  1,  1 },
		{ 3,                              2,  0,  1 },
		{ 0xff,                           8,  0,  7 },
		{ UINT64_C(1) << 31,              1,  31, 31 },
		{ UINT64_C(1) << 32,              1,  32, 32 },
		{ UINT64_C(1) << 63,              1,  63, 63 },
		{ UINT64_MAX,                     64, 0,  63 },
		{ UINT64_MAX << 32,               32, 32, 63 },
		{ UINT64_C(0x5555555555555555),   32, 0,  62 },
		{ UINT64_C(0xaaaaaaaaaaaaaaaa),   32, 1,  63 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(bits_count(cases[i].x), cases[i].count);
		assert_int_equal(bits_lowest(cases[i].x), cases[i].lowest);
		assert_int_equal(bits_highest(cases[i].x), cases[i].highest);
		assert_bits(cases[i].x);
	}
	assert_int_equal(bits_count(0), 0);
	assert_bits(0);
}

static void two_bits_anywhere(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 64; i++)
		for (unsigned j = 0; j < 64; j++)
			assert_bits(UINT64_C(1) << i | UINT64_C(1) << j);
}

static void runs_of_bits(void **state)
{
	(void)state;
	for (unsigned from = 0; from < 64; from++)
		for (unsigned length = 1; length <= 64 - from; length++)
			assert_bits((UINT64_MAX >> (64 - length)) << from);
}

static void random_numbers(void **state)
{
	struct dice dice = dice_new("bits");

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		assert_bits(dice_roll(&dice) & dice_roll(&dice) << dice_below(&dice, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_numbers),
		cmocka_unit_test(two_bits_anywhere),
		cmocka_unit_test(runs_of_bits),
		cmocka_unit_test(random_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
