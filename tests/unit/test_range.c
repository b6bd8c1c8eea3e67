/*
 * test_range.c - ranges and their lists, by table, and beside a bitmap of 64 frames in long random sequences.
 */
#include "dice.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TOP          (UINT64_C(1) << 52) /* one past the last frame of 64 bits of address */

static struct labyrinth_range range(uint64_t begin, uint64_t end)
{
	return (struct labyrinth_range){ { begin }, { end } };
}

static void assert_range(const char *name, struct labyrinth_range found, uint64_t begin, uint64_t end)
{
	if (found.begin.n != begin || found.end.n != end)
		fail_msg("%s: found %llx-%llx, expected %llx-%llx", name, (unsigned long long)found.begin.n,
		         (unsigned long long)found.end.n, (unsigned long long)begin, (unsigned long long)end);
}

static void bytes_to_frames(void **state)
{
	static const struct {
		const char *name;
		uint64_t base, bytes, inside[2], touched[2];
	} cases[] = {
		{ "nothing",                    0,      0,          { 0, 0 }, { 0, 0 } },
		{ "nothing inside a frame",     0x1234, 0,          { 2, 2 }, { 1, 1 } },
		{ "nothing at the top",         ~UINT64_C(0), 0,    { TOP, TOP }, { TOP - 1, TOP - 1 } },
		{ "one byte",                   0x1fff, 1,          { 2, 2 }, { 1, 2 } },
		{ "some bytes within a frame",  0x1234, 0x10,       { 2, 2 }, { 1, 2 } },
		{ "one frame",                  0x1000, 0x1000,     { 1, 2 }, { 1, 2 } },
		{ "one frame less a byte",      0x1000, 0xfff,      { 1, 1 }, { 1, 2 } },
		{ "one frame and a byte",       0x1000, 0x1001,     { 1, 2 }, { 1, 3 } },
		{ "a frame's worth, off edge",  0x1001, 0x1000,     { 2, 2 }, { 1, 3 } },
		{ "off both edges",             0x0fff, 0x2002,     { 1, 3 }, { 0, 4 } },
		{ "all but the last byte",      0, ~UINT64_C(0),    { 0, TOP - 1 }, { 0, TOP } },
		{ "up to 2^64",                 0x1000, -UINT64_C(0x1000), { 1, TOP }, { 1, TOP } },
		{ "one byte past 2^64",         0x1000, -UINT64_C(0xfff),  { 1, TOP }, { 1, TOP } },
		{ "far past 2^64",              -UINT64_C(0x2000), ~UINT64_C(0), { TOP - 2, TOP }, { TOP - 2, TOP } },
		{ "the last byte",              ~UINT64_C(0), 1,    { TOP, TOP }, { TOP - 1, TOP } },
		{ "the last byte and more",     ~UINT64_C(0), 9,    { TOP, TOP }, { TOP - 1, TOP } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		phys_addr_t base = { cases[i].base };
		struct labyrinth_range inside = labyrinth_range_inside(base, cases[i].bytes);
		struct labyrinth_range touched = labyrinth_range_touched(base, cases[i].bytes);

		assert_range(cases[i].name, inside, cases[i].inside[0], cases[i].inside[1]);
		assert_range(cases[i].name, touched, cases[i].touched[0], cases[i].touched[1]);
	}
}

static void clip_is_never_inverted(void **state)
{
	static const struct { const char *name; uint64_t r[2], lim[2], clipped[2]; } cases[] = {
		{ "inside",       { 4, 6 },   { 2, 9 },   { 4, 6 } },
		{ "around",       { 2, 9 },   { 4, 6 },   { 4, 6 } },
		{ "left edge",    { 2, 5 },   { 4, 9 },   { 4, 5 } },
		{ "right edge",   { 5, 12 },  { 4, 9 },   { 5, 9 } },
		{ "below",        { 1, 3 },   { 4, 9 },   { 4, 4 } },
		{ "above",        { 10, 12 }, { 4, 9 },   { 10, 10 } },
		{ "touching",     { 9, 12 },  { 4, 9 },   { 9, 9 } },
		{ "empty limit",  { 2, 9 },   { 5, 5 },   { 5, 5 } },
		{ "inverted",     { 6, 2 },   { 0, 9 },   { 6, 6 } },
		{ "whole space",  { 0, TOP }, { 0, TOP }, { 0, TOP } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_range r = range(cases[i].r[0], cases[i].r[1]);
		struct labyrinth_range lim = range(cases[i].lim[0], cases[i].lim[1]);

		assert_range(cases[i].name, labyrinth_range_clip(r, lim), cases[i].clipped[0], cases[i].clipped[1]);
	}
}

static void valid_lists(void **state)
{
	static const struct { const char *list; bool valid; uint64_t frames; } cases[] = {
		{ "",                             true,  0 },
		{ "0-1",                          true,  1 },
		{ "2-5 6-9",                      true,  6 },
		{ "0-10000000000000",             true,  TOP },
		{ "0-10000000000001",             false, TOP + 1 },
		{ "2-5 5-9",                      false, 7 },
		{ "2-6 5-9",                      false, 8 },
		{ "6-9 2-5",                      false, 6 },
		{ "3-3",                          false, 0 },
		{ "5-3",                          false, 0 },
		{ "1-2 4-4 6-7",                  false, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_ranges ranges = ranges_parse(cases[i].list, 0);

		assert_int_equal(labyrinth_ranges_valid(&ranges), cases[i].valid);
		assert_int_equal(labyrinth_ranges_frames(&ranges), cases[i].frames);
		free(ranges.at);
	}
}

/* A refused call leaves every place of the list as it was, used or not. */
struct snapshot {
	struct labyrinth_ranges list;
	struct labyrinth_range *copy;
};

static struct snapshot snapshot(const struct labyrinth_ranges *ranges)
{
	struct snapshot s = { *ranges, text_array(ranges->capacity, sizeof(*ranges->at)) };

	memcpy(s.copy, ranges->at, ranges->capacity * sizeof(*ranges->at));
	return s;
}

static void snapshot_free(struct snapshot *s)
{
	free(s->copy);
}

static bool unchanged(const struct snapshot *s, const struct labyrinth_ranges *ranges)
{
	return s->list.count == ranges->count && s->list.at == ranges->at && s->list.capacity == ranges->capacity &&
	       memcmp(s->copy, ranges->at, ranges->capacity * sizeof(*ranges->at)) == 0;
}

struct edit {
	const char *name, *before;
	uint64_t begin, end;
	size_t spare;
	enum labyrinth_status status;
	const char *after;
};

typedef enum labyrinth_status edit_call(struct labyrinth_ranges *ranges, struct labyrinth_range r);

static void run_edits(const struct edit *edits, size_t count, edit_call *call)
{
	for (const struct edit *e = edits; e < edits + count; e++) {
		struct labyrinth_ranges ranges = ranges_parse(e->before, e->spare);
		struct snapshot before = snapshot(&ranges);
		enum labyrinth_status status = call(&ranges, range(e->begin, e->end));

		if (status != e->status)
			fail_msg("%s: %s", e->name, labyrinth_status_name(status));
		if (status != LABYRINTH_OK && !unchanged(&before, &ranges))
			fail_msg("%s: refused, but the list changed", e->name);
		assert_ranges(e->name, &ranges, e->after);
		snapshot_free(&before);
		free(ranges.at);
	}
}

static void add(void **state)
{
	static const struct edit edits[] = {
		{ "to nothing",             "",              3, 5,     1, LABYRINTH_OK, "3-5" },
		{ "empty",                  "1-2",           7, 7,     0, LABYRINTH_OK, "1-2" },
		{ "inverted",               "1-2",           9, 7,     0, LABYRINTH_OK, "1-2" },
		{ "in front",               "5-8",           1, 3,     1, LABYRINTH_OK, "1-3 5-8" },
		{ "behind",                 "5-8",           9, 16,    1, LABYRINTH_OK, "5-8 9-10" },
		{ "between",                "1-2 8-9",       4, 6,     1, LABYRINTH_OK, "1-2 4-6 8-9" },
		{ "touches the left",       "1-2 8-9",       2, 6,     0, LABYRINTH_OK, "1-6 8-9" },
		{ "touches the right",      "1-2 8-9",       4, 8,     0, LABYRINTH_OK, "1-2 4-9" },
		{ "closes the gap",         "1-2 8-9",       2, 8,     0, LABYRINTH_OK, "1-9" },
		{ "already there",          "1-9",           3, 5,     0, LABYRINTH_OK, "1-9" },
		{ "the same again",         "1-9",           1, 9,     0, LABYRINTH_OK, "1-9" },
		{ "swallows all",           "2-3 5-6 8-9",   1, 10,    0, LABYRINTH_OK, "1-a" },
		{ "swallows the middle",    "1-2 4-5 7-8 a-b", 3, 9,   0, LABYRINTH_OK, "1-2 3-9 a-b" },
		{ "to the top",             "1-2",           5, TOP,   1, LABYRINTH_OK, "1-2 5-10000000000000" },
		{ "past the top",           "1-2",           5, TOP + 1, 1, LABYRINTH_BAD_RANGES, "1-2" },
		{ "no place",               "",              5, 6,     0, LABYRINTH_TOO_MANY_ENTRIES, "" },
		{ "no place between",       "1-2 8-9",       4, 6,     0, LABYRINTH_TOO_MANY_ENTRIES, "1-2 8-9" },
	};

	(void)state;
	run_edits(edits, COUNT(edits), labyrinth_ranges_add);
}

static void take_out(void **state)
{
	static const struct edit edits[] = {
		{ "from nothing",           "",              3, 5,     0, LABYRINTH_OK, "" },
		{ "empty",                  "1-9",           4, 4,     0, LABYRINTH_OK, "1-9" },
		{ "inverted",               "1-9",           6, 4,     0, LABYRINTH_OK, "1-9" },
		{ "a gap",                  "1-2 8-9",       2, 8,     0, LABYRINTH_OK, "1-2 8-9" },
		{ "below and above",        "5-6",           0, 5,     0, LABYRINTH_OK, "5-6" },
		{ "above",                  "5-6",           6, 9,     0, LABYRINTH_OK, "5-6" },
		{ "one whole",              "1-2 4-6 8-9",   4, 6,     0, LABYRINTH_OK, "1-2 8-9" },
		{ "a front",                "4-8",           4, 6,     0, LABYRINTH_OK, "6-8" },
		{ "an end",                 "4-8",           6, 8,     0, LABYRINTH_OK, "4-6" },
		{ "a middle",               "4-8",           5, 6,     1, LABYRINTH_OK, "4-5 6-8" },
		{ "a middle, no place",     "4-8",           5, 6,     0, LABYRINTH_TOO_MANY_ENTRIES, "4-8" },
		{ "a middle of many",       "1-2 4-8 9-a",   5, 6,     0, LABYRINTH_TOO_MANY_ENTRIES, "1-2 4-8 9-a" },
		{ "across three",           "1-4 5-6 7-a",   2, 8,     0, LABYRINTH_OK, "1-2 8-a" },
		{ "all",                    "1-4 5-6 7-a",   0, 11,    0, LABYRINTH_OK, "" },
		{ "the whole space",        "0-10000000000000", 0, ~UINT64_C(0), 0, LABYRINTH_OK, "" },
		{ "the top frame",          "0-10000000000000", TOP - 1, TOP, 0, LABYRINTH_OK, "0-fffffffffffff" },
	};

	(void)state;
	run_edits(edits, COUNT(edits), labyrinth_ranges_remove);
}

static void carve(void **state)
{
	static const struct {
		const char *name, *before;
		uint64_t frames, align, within[2];
		size_t spare;
		enum labyrinth_status status;
		uint64_t begin;
		const char *after;
	} cases[] = {
		{ "the highest",          "1-9 20-30", 4, 1, { 0, TOP }, 0, LABYRINTH_OK, 0x2c, "1-9 20-2c" },
		{ "all of one",           "1-9 20-24", 4, 1, { 0, TOP }, 0, LABYRINTH_OK, 0x20, "1-9" },
		{ "lower, where it fits", "1-9 20-24", 5, 1, { 0, TOP }, 0, LABYRINTH_OK, 4,    "1-4 20-24" },
		{ "aligned",              "1-9 20-2f", 4, 8, { 0, TOP }, 1, LABYRINTH_OK, 0x28, "1-9 20-28 2c-2f" },
		{ "aligned, no place",    "1-9 20-2f", 4, 8, { 0, 48 }, 0, LABYRINTH_TOO_MANY_ENTRIES, 0, "1-9 20-2f" },
		{ "aligned, lower",       "0-9 21-2f", 8, 16, { 0, TOP }, 0, LABYRINTH_OK, 0,    "8-9 21-2f" },
		{ "aligned, nowhere",     "1-9 21-2f", 8, 16, { 0, TOP }, 1, LABYRINTH_NO_ROOM, 0, "1-9 21-2f" },
		{ "inside a limit",       "1-9 20-30", 4, 1, { 0, 0x26 }, 1, LABYRINTH_OK, 0x22, "1-9 20-22 26-30" },
		{ "limit too tight",      "1-9 20-30", 4, 1, { 0x2d, TOP }, 1, LABYRINTH_NO_ROOM, 0, "1-9 20-30" },
		{ "empty limit",          "1-9",       1, 1, { 4, 4 }, 1, LABYRINTH_NO_ROOM, 0, "1-9" },
		{ "inverted limit",       "1-9",       1, 1, { 8, 2 }, 1, LABYRINTH_NO_ROOM, 0, "1-9" },
		{ "too large",            "1-9",       9, 1, { 0, TOP }, 1, LABYRINTH_NO_ROOM, 0, "1-9" },
		{ "much too large",       "1-9",       ~UINT64_C(0), 1, { 0, TOP }, 1, LABYRINTH_NO_ROOM, 0, "1-9" },
		{ "from nothing",         "",          1, 1, { 0, TOP }, 1, LABYRINTH_NO_ROOM, 0, "" },
		{ "no frames",            "1-9",       0, 1, { 0, TOP }, 1, LABYRINTH_NO_ROOM, 0, "1-9" },
		{ "no alignment",         "0-9",       1, 0, { 0, TOP }, 1, LABYRINTH_NO_ROOM, 0, "0-9" },
		{ "not a power of two",   "1-9",       1, 3, { 0, TOP }, 1, LABYRINTH_NO_ROOM, 0, "1-9" },
		{ "alignment of 2^63",    "0-9",       1, UINT64_C(1) << 63, { 0, TOP }, 0, LABYRINTH_OK, 0, "1-9" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_ranges ranges = ranges_parse(cases[i].before, cases[i].spare);
		struct snapshot before = snapshot(&ranges);
		struct labyrinth_range out = range(77, 88);
		struct labyrinth_range within = range(cases[i].within[0], cases[i].within[1]);
		enum labyrinth_status status =
			labyrinth_ranges_carve(&ranges, cases[i].frames, cases[i].align, within, &out);

		if (status != cases[i].status)
			fail_msg("%s: %s", cases[i].name, labyrinth_status_name(status));
		assert_ranges(cases[i].name, &ranges, cases[i].after);
		if (status == LABYRINTH_OK)
			assert_range(cases[i].name, out, cases[i].begin, cases[i].begin + cases[i].frames);
		else {
			assert_range(cases[i].name, out, 77, 88);
			assert_true(unchanged(&before, &ranges));
		}
		snapshot_free(&before);
		free(ranges.at);
	}
}

static void null_pointers(void **state)
{
	struct labyrinth_ranges ranges = ranges_parse("1-9", 1);
	struct labyrinth_ranges none = { NULL, 0, 0 };
	struct labyrinth_range out = range(77, 88);

	(void)state;
	assert_int_equal(labyrinth_ranges_add(NULL, range(1, 2)), LABYRINTH_NULL_POINTER);
	assert_int_equal(labyrinth_ranges_remove(NULL, range(1, 2)), LABYRINTH_NULL_POINTER);
	assert_int_equal(labyrinth_ranges_carve(NULL, 1, 1, range(0, 9), &out), LABYRINTH_NULL_POINTER);
	assert_int_equal(labyrinth_ranges_carve(&ranges, 1, 1, range(0, 9), NULL), LABYRINTH_NULL_POINTER);
	assert_range("refused", out, 77, 88);
	assert_ranges("refused", &ranges, "1-9");
	/* A list without storage is an empty list. */
	assert_int_equal(labyrinth_ranges_add(&none, range(1, 2)), LABYRINTH_TOO_MANY_ENTRIES);
	assert_int_equal(labyrinth_ranges_remove(&none, range(1, 2)), LABYRINTH_OK);
	assert_true(labyrinth_ranges_valid(&none));
	free(ranges.at);
}

/* The naive list: bit f is set when frame f is in it. */
static uint64_t bits_of(uint64_t begin, uint64_t end)
{
	uint64_t bits = 0;

	for (uint64_t f = begin; f < end; f++)
		bits |= UINT64_C(1) << f;
	return bits;
}

static uint64_t bitmap(const struct labyrinth_ranges *ranges)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < ranges->count; i++)
		bits |= bits_of(ranges->at[i].begin.n, ranges->at[i].end.n);
	return bits;
}

static size_t runs(uint64_t bits)
{
	return (size_t)__builtin_popcountll(bits & ~(bits << 1));
}

/* The highest aligned place, by trying all; 64 when there is none. */
static uint64_t naive_place(uint64_t bits, uint64_t frames, uint64_t align, struct labyrinth_range within)
{
	for (uint64_t at = 64; at-- > 0; ) {
		uint64_t wanted = at + frames <= 64 ? bits_of(at, at + frames) : 0;

		if (at % align != 0 || at < within.begin.n || at + frames > within.end.n)
			continue;
		if (wanted != 0 && (bits & wanted) == wanted)
			return at;
	}
	return 64;
}

static struct labyrinth_range random_range(struct dice *dice)
{
	uint64_t begin = dice_below(dice, 64);

	return range(begin, begin + dice_below(dice, 3 + 62 * (dice_below(dice, 8) == 0)) % (65 - begin));
}

static void carve_step(struct dice *dice, struct labyrinth_ranges *ranges)
{
	uint64_t was = bitmap(ranges);
	uint64_t frames = 1 + dice_below(dice, 6);
	uint64_t align = UINT64_C(1) << dice_below(dice, 5);
	struct labyrinth_range within = random_range(dice);
	struct labyrinth_range out = range(77, 88);
	uint64_t place = naive_place(was, frames, align, within);
	uint64_t left = place < 64 ? was & ~bits_of(place, place + frames) : was;
	enum labyrinth_status expected = place == 64 ? LABYRINTH_NO_ROOM :
	                                 runs(left) > ranges->capacity ? LABYRINTH_TOO_MANY_ENTRIES : LABYRINTH_OK;

	assert_int_equal(labyrinth_ranges_carve(ranges, frames, align, within, &out), expected);
	assert_int_equal(bitmap(ranges), expected == LABYRINTH_OK ? left : was);
	assert_int_equal(out.begin.n, expected == LABYRINTH_OK ? place : 77);
}

static void edit_step(struct dice *dice, struct labyrinth_ranges *ranges)
{
	bool adding = dice_below(dice, 2);
	struct labyrinth_range r = random_range(dice);
	uint64_t was = bitmap(ranges);
	uint64_t bits = bits_of(r.begin.n, r.end.n);
	uint64_t wanted = adding ? was | bits : was & ~bits;
	enum labyrinth_status expected = runs(wanted) > ranges->capacity ? LABYRINTH_TOO_MANY_ENTRIES : LABYRINTH_OK;

	assert_int_equal(adding ? labyrinth_ranges_add(ranges, r) : labyrinth_ranges_remove(ranges, r), expected);
	assert_int_equal(bitmap(ranges), expected == LABYRINTH_OK ? wanted : was);
}

static void beside_a_bitmap(void **state)
{
	struct dice dice = dice_new("range");

	(void)state;
	for (size_t capacity = 0; capacity <= 12; capacity++) {
		struct labyrinth_ranges ranges = ranges_empty(capacity);

		for (unsigned step = 0; step < 10000; step++) {
			if (dice_below(&dice, 4) == 0)
				carve_step(&dice, &ranges);
			else
				edit_step(&dice, &ranges);
			assert_true(labyrinth_ranges_valid(&ranges));
			assert_int_equal(ranges.count, runs(bitmap(&ranges)));
		}
		free(ranges.at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_to_frames),
		cmocka_unit_test(clip_is_never_inverted),
		cmocka_unit_test(valid_lists),
		cmocka_unit_test(add),
		cmocka_unit_test(take_out),
		cmocka_unit_test(carve),
		cmocka_unit_test(null_pointers),
		cmocka_unit_test(beside_a_bitmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
