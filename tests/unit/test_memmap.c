/*
 * test_memmap.c - nasty maps by hand, and small random ones beside a reference that paints every byte.
 */
#include "dice.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct case_ {
	const char *name;
	unsigned    bits; /* physical address width */
	const char *rows, *usable;
};

static const struct case_ cases[] = {
	{ "one row",                         52, "0 8000000 1", "0-8000" },
	{ "one frame",                       52, "1000 1000 1", "1-2" },
	{ "unsorted",                        52, "300000 1000 1; 100000 1000 1; 200000 1000 1",
	                                         "100-101 200-201 300-301" },
	{ "touching rows merge",             52, "2000 1000 1; 1000 1000 1; 3000 1000 1", "1-4" },
	{ "duplicates",                      52, "1000 4000 1; 1000 4000 1; 1000 4000 1", "1-5" },
	{ "nested usable",                   52, "1000 9000 1; 3000 1000 1; 4000 2000 1", "1-a" },
	{ "nested, same base",               52, "1000 1000 1; 1000 9000 1; 1000 3000 1", "1-a" },
	{ "overlapping usable",              52, "1000 4000 1; 3000 4000 1", "1-7" },
	{ "zero length, usable",             52, "1000 0 1; 2000 1000 1; 5000 0 1", "2-3" },
	{ "zero length, reserved, inside",   52, "1000 4000 1; 2800 0 2", "1-5" },
	{ "zero length at 2^64 - 1",         64, "1000 1000 1; ffffffffffffffff 0 2", "1-2" },
	{ "reserved wins, listed first",     52, "2000 1000 2; 1000 4000 1", "1-2 3-5" },
	{ "reserved wins, listed last",      52, "1000 4000 1; 2000 1000 2", "1-2 3-5" },
	{ "reserved wins, same row",         52, "1000 4000 1; 1000 4000 2; 8000 1000 1", "8-9" },
	{ "reserved wins over duplicates",   52, "1000 4000 1; 1000 4000 1; 2000 1000 2; 1000 4000 1", "1-2 3-5" },
	{ "reserved around usable",          52, "0 100000 2; 1000 4000 1; 100000 1000 1", "100-101" },
	{ "reserved over the start",         52, "0 2000 2; 1000 4000 1", "2-5" },
	{ "reserved over the end",           52, "1000 4000 1; 4000 9000 2", "1-4" },
	{ "reserved across two usable rows", 52, "1000 4000 1; 5000 4000 1; 4000 2000 2", "1-4 6-9" },
	{ "a long reserved row under many",  52, "1000 8000 2; 2000 1000 1; 3000 1000 2; 4000 9000 1; 5000 1000 2",
	                                         "9-d" },
	{ "a short one after a long one",    52, "0 6000 2; 1000 1000 2; 1000 9000 1; 2000 1000 2; 2000 9000 1",
	                                         "6-b" },
	{ "one reserved byte takes a frame", 52, "0 5000 1; 2fff 1 2", "0-2 3-5" },
	{ "one byte at each side of an edge", 52, "0 5000 1; 2fff 2 2", "0-2 4-5" },
	{ "odd edges are cut inwards",       52, "1001 3ffe 1", "2-4" },
	{ "odd edges by a byte",             52, "fff 2002 1", "1-3" },
	{ "less than a frame",               52, "1001 ffe 1; 5000 1000 1", "5-6" },
	{ "fragments below 4 KiB only",      52, "1100 e00 1; 3000 fff 1; 5001 fff 1", "" },
	{ "a frame's worth across an edge",  52, "1800 1000 1; 8000 1000 1", "8-9" },
	{ "two odd rows make a frame",       52, "1000 800 1; 1800 800 1", "1-2" },
	{ "three odd rows make a frame",     52, "1ffd 3 1; 1000 1 1; 1001 ffc 1", "1-2" },
	{ "a byte missing between them",     52, "1000 7ff 1; 1800 800 1; 4000 1000 1", "4-5" },
	{ "a reserved byte between them",    52, "1000 7ff 1; 17ff 1 2; 1800 800 1; 4000 1000 1", "4-5" },
	{ "odd rows overlap in a frame",     52, "1000 900 1; 1700 900 1", "1-2" },
	{ "odd rows overlap in a byte",      52, "1000 801 1; 1800 800 1", "1-2" },
	{ "640 KiB to 1 MiB if it says so",  52, "0 1000000 1", "0-1000" },
	{ "640 KiB to 1 MiB reserved",       52, "0 1000000 1; 9fc00 60400 2", "0-9f 100-1000" },
	{ "every other type is not usable",  52, "0 20000 1; 1000 1000 0; 3000 1000 3; 5000 1000 4; 7000 1000 5; "
	                                         "9000 1000 6; b000 1000 7; d000 1000 8; f000 1000 12; 11000 1000 20; "
	                                         "13000 1000 4026531839; 15000 1000 4294967295",
	                                         "0-1 2-3 4-5 6-7 8-9 a-b c-d e-f 10-11 12-13 14-15 16-20" },
	{ "no rows",                         52, "", "" },
	{ "no usable rows",                  52, "0 1000000 2; 1000000 1000 3", "" },
	{ "all usable is reserved",          52, "0 8000 1; 0 10000 2", "" },
	{ "ends at 2^64",                    64, "fffffffffffff000 1000 1", "fffffffffffff-10000000000000" },
	{ "a byte short of 2^64",            64, "ffffffffffffe000 1fff 1", "ffffffffffffe-fffffffffffff" },
	{ "runs past 2^64",                  64, "ffffffffffffe000 ffffffffffffffff 1",
	                                         "ffffffffffffe-10000000000000" },
	{ "runs past 2^64, nothing at 0",    64, "fffffffffffff000 5000 1; 2000 1000 1",
	                                         "2-3 fffffffffffff-10000000000000" },
	{ "reserved past 2^64",              64, "2000 1000 1; 8000 ffffffffffffffff 2; 3000 ffffffffffffffff 1",
	                                         "2-8" },
	{ "reserved the last byte",          64, "ffffffffffffe000 2000 1; ffffffffffffffff 1 2; ffffffffffffffff 1 1",
	                                         "ffffffffffffe-fffffffffffff" },
	{ "reserved all but the last byte",  64, "0 ffffffffffffffff 2; 0 ffffffffffffffff 1; ffffffffffffffff 1 1",
	                                         "" },
	{ "the whole space in two rows",     64, "8000000000000000 8000000000000000 1; 0 8000000000000000 1",
	                                         "0-10000000000000" },
	{ "a width of 200 is 64",            200, "0 8000000000000000 1; 8000000000000000 8000000000000000 1",
	                                         "0-10000000000000" },
	{ "rows at 2^52 are out of reach",   52, "1000 1000 1; 10000000000000 1000 1; 20000000000000 5000 1", "1-2" },
	{ "a row across 2^52 is cut",        52, "ffffffffff000 5000 1", "ffffffffff-10000000000" },
	{ "reserved rows at 2^52",           52, "1000 1000 1; 10000000000000 1000 2; fffffffffffff000 1000 2", "1-2" },
	{ "a narrow CPU",                    36, "ffffff000 2000 1; 1000000000 4000 1; 1000 1000 1",
	                                         "1-2 ffffff-1000000" },
	{ "only rows out of reach",          36, "1000000000 4000 1", "" },
	{ "13 bits",                         13, "0 8000 1", "0-2" },
	{ "12 bits",                         12, "0 8000 1", "0-1" },
	{ "11 bits reach no whole frame",    11, "0 8000 1", "" },
	{ "0 bits",                          0,  "0 8000 1", "" },
};

static void by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_memmap map = memmap_parse(cases[i].rows);
		struct labyrinth_ranges usable = ranges_empty(map.count + 1);
		enum labyrinth_status expected = *cases[i].usable ? LABYRINTH_OK : LABYRINTH_NO_USABLE_MEMORY;
		enum labyrinth_status status = labyrinth_memmap_usable(&map, cases[i].bits, &usable);

		if (status != expected)
			fail_msg("%s: %s", cases[i].name, labyrinth_status_name(status));
		assert_ranges(cases[i].name, &usable, cases[i].usable);
		assert_true(labyrinth_ranges_valid(&usable));
		free(map.at);
		free(usable.at);
	}
}

/* ACPI data by the same rules; what is usable bars it, as anything else does. None of it is no error. */
static void reclaimable_by_hand(void **state)
{
	static const uint32_t turned[] = { 0, LABYRINTH_MEMORY_ACPI_DATA, 2, LABYRINTH_MEMORY_USABLE };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_memmap map = memmap_parse(cases[i].rows);
		struct labyrinth_ranges later = ranges_empty(map.count + 1);

		for (size_t row = 0; row < map.count; row++)
			if (map.at[row].type < COUNT(turned))
				map.at[row].type = turned[map.at[row].type];
		assert_int_equal(labyrinth_memmap_reclaimable(&map, cases[i].bits, &later), LABYRINTH_OK);
		assert_ranges(cases[i].name, &later, cases[i].usable);
		free(map.at);
		free(later.at);
	}
}

/* What was in the list before the call must not show. */
static void starts_from_nothing(void **state)
{
	struct labyrinth_memmap map = memmap_parse("5000 1000 1");
	struct labyrinth_ranges usable = ranges_parse("1-2 8-9", 0);

	(void)state;
	assert_int_equal(labyrinth_memmap_usable(&map, 52, &usable), LABYRINTH_OK);
	assert_ranges("starts from nothing", &usable, "5-6");
	free(map.at);
	free(usable.at);
}

static int by_row(const void *a, const void *b)
{
	const struct labyrinth_memmap_entry *x = a, *y = b;

	if (x->base.a != y->base.a)
		return x->base.a < y->base.a ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

/* The same rows as before, by base address. */
static void assert_sorted_only(const struct labyrinth_memmap *map, const struct labyrinth_memmap *before)
{
	struct labyrinth_memmap_entry *rows = text_array(map->count, sizeof(*rows));

	assert_int_equal(map->count, before->count);
	assert_int_equal(map->capacity, before->capacity);
	for (size_t i = 1; i < map->count; i++)
		assert_true(map->at[i - 1].base.a <= map->at[i].base.a);
	memcpy(rows, map->at, map->count * sizeof(*rows));
	qsort(rows, map->count, sizeof(*rows), by_row);
	qsort(before->at, before->count, sizeof(*rows), by_row);
	for (size_t i = 0; i < map->count; i++)
		assert_int_equal(by_row(&rows[i], &before->at[i]), 0);
	free(rows);
}

/* Each map in turn with every capacity that is too small, and with one that just fits. */
static void capacity(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_ranges wanted = ranges_parse(cases[i].usable, 0);

		for (size_t places = 0; places <= wanted.count && wanted.count > 0; places++) {
			struct labyrinth_memmap map = memmap_parse(cases[i].rows), before = memmap_parse(cases[i].rows);
			struct labyrinth_ranges usable = ranges_empty(places);
			bool fits = places == wanted.count;
			enum labyrinth_status status = labyrinth_memmap_usable(&map, cases[i].bits, &usable);

			assert_int_equal(status, fits ? LABYRINTH_OK : LABYRINTH_TOO_MANY_ENTRIES);
			assert_int_equal(usable.count, fits ? wanted.count : 0);
			assert_sorted_only(&map, &before);
			free(map.at);
			free(before.at);
			free(usable.at);
		}
		free(wanted.at);
	}
}

static void null_pointers(void **state)
{
	struct labyrinth_memmap map = memmap_parse("5000 1000 1; 1000 1000 1");
	struct labyrinth_memmap before = memmap_parse("5000 1000 1; 1000 1000 1");
	struct labyrinth_ranges usable = ranges_parse("1-2", 1);

	(void)state;
	assert_int_equal(labyrinth_memmap_usable(NULL, 52, &usable), LABYRINTH_NULL_POINTER);
	assert_ranges("refused", &usable, "1-2");
	assert_int_equal(labyrinth_memmap_usable(&map, 52, NULL), LABYRINTH_NULL_POINTER);
	assert_int_equal(labyrinth_memmap_reclaimable(NULL, 52, &usable), LABYRINTH_NULL_POINTER);
	assert_ranges("refused", &usable, "1-2");
	assert_int_equal(labyrinth_memmap_reclaimable(&map, 52, NULL), LABYRINTH_NULL_POINTER);
	assert_memory_equal(map.at, before.at, map.count * sizeof(*map.at));
	free(map.at);
	free(before.at);
	free(usable.at);
}

/* Every second frame usable, described from the top down, with a reserved row over every tenth of them. */
static void many_rows(void **state)
{
	const uint64_t rows = 40000;
	struct labyrinth_memmap map = { text_array(rows + rows / 10, sizeof(*map.at)), 0, rows + rows / 10 };
	struct labyrinth_ranges usable = ranges_empty(rows);

	(void)state;
	for (uint64_t i = rows; i-- > 0; ) {
		map.at[map.count++] = (struct labyrinth_memmap_entry){ { i * 0x2000 }, 0x1000, 1 };
		if (i % 10 == 0)
			map.at[map.count++] = (struct labyrinth_memmap_entry){ { i * 0x2000 + 0x800 }, 0x1000, 2 };
	}
	assert_int_equal(labyrinth_memmap_usable(&map, 52, &usable), LABYRINTH_OK);
	assert_int_equal(usable.count, rows - rows / 10);
	assert_true(labyrinth_ranges_valid(&usable));
	for (size_t i = 0; i < usable.count; i++)
		assert_int_equal(usable.at[i].begin.n, 2 * (i / 9 * 10 + i % 9 + 1));
	free(map.at);
	free(usable.at);
}

/* A window of 16 frames somewhere in the address space, painted byte by byte. */
#define WINDOW_FRAMES 16
#define WINDOW        (WINDOW_FRAMES * LABYRINTH_PAGE_SIZE)

enum { COVERED = 1, BARRED = 2 };

static void paint(uint8_t *window, uint64_t base, const struct labyrinth_memmap_entry *row)
{
	uint64_t from = row->base.a - base;

	for (uint64_t i = 0; i < row->bytes && from + i < WINDOW; i++)
		window[from + i] |= row->type == LABYRINTH_MEMORY_USABLE ? COVERED : BARRED;
}

static bool frame_usable(const uint8_t *window, uint64_t frame)
{
	for (uint64_t i = 0; i < LABYRINTH_PAGE_SIZE; i++)
		if (window[frame * LABYRINTH_PAGE_SIZE + i] != COVERED)
			return false;
	return true;
}

static bool listed(const struct labyrinth_ranges *usable, uint64_t pfn)
{
	for (size_t i = 0; i < usable->count; i++)
		if (pfn >= usable->at[i].begin.n && pfn < usable->at[i].end.n)
			return true;
	return false;
}

/* An offset in the window: often at a frame's edge or a byte beside it. */
static uint64_t random_offset(struct dice *dice)
{
	uint64_t edge = dice_below(dice, WINDOW_FRAMES + 1) * LABYRINTH_PAGE_SIZE;

	switch (dice_below(dice, 6)) {
	case 0:  return dice_below(dice, WINDOW);
	case 1:  return edge > 0 ? edge - 1 : 0;
	case 2:  return edge < WINDOW ? edge + 1 : WINDOW;
	case 3:  return edge < WINDOW ? edge + 0x800 : WINDOW;
	default: return edge;
	}
}

/* Inside the window; past its end only where that is 2^64. */
static struct labyrinth_memmap_entry random_row(struct dice *dice, uint64_t base)
{
	static const uint32_t types[] = { 1, 1, 1, 1, 2, 3, 7, 0, 0xefffffff };
	uint64_t a = random_offset(dice), b = random_offset(dice);
	uint64_t first = a < b ? a : b, bytes = a < b ? b - a : a - b;

	if (first == WINDOW)
		first = bytes = 0;
	if (base + WINDOW == 0 && first + bytes == WINDOW && dice_below(dice, 2))
		bytes += dice_roll(dice) >> 1;
	return (struct labyrinth_memmap_entry){ { base + first }, bytes, types[dice_below(dice, COUNT(types))] };
}

static void compare(struct labyrinth_memmap *map, uint64_t base, unsigned bits)
{
	static uint8_t window[WINDOW];
	struct labyrinth_ranges usable = ranges_empty(map->count + 1);
	uint64_t expected = 0;
	enum labyrinth_status status;

	memset(window, 0, sizeof(window));
	for (size_t i = 0; i < map->count; i++)
		paint(window, base, &map->at[i]);
	status = labyrinth_memmap_usable(map, bits, &usable);
	for (uint64_t f = 0; f < WINDOW_FRAMES; f++) {
		uint64_t pfn = base / LABYRINTH_PAGE_SIZE + f;
		bool reached = bits >= 64 || (bits >= 12 && pfn < UINT64_C(1) << (bits - 12));
		bool wanted = reached && frame_usable(window, f);

		if (listed(&usable, pfn) != wanted)
			fail_msg("frame %llx: expected %d", (unsigned long long)pfn, wanted);
		expected += wanted;
	}
	assert_int_equal(labyrinth_ranges_frames(&usable), expected);
	assert_true(labyrinth_ranges_valid(&usable));
	assert_int_equal(status, expected ? LABYRINTH_OK : LABYRINTH_NO_USABLE_MEMORY);
	free(usable.at);
}

static void beside_a_painter(void **state)
{
	static const struct { uint64_t base; unsigned bits; } places[] = {
		{ 0, 52 }, { 0, 64 }, { 0, 15 }, { -WINDOW, 64 },
		{ (UINT64_C(1) << 52) - WINDOW / 2, 52 }, { (UINT64_C(1) << 36) - WINDOW / 2, 36 },
	};
	struct dice dice = dice_new("memmap");
	struct labyrinth_memmap_entry rows[12];

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		size_t place = dice_below(&dice, COUNT(places));
		struct labyrinth_memmap map = { rows, dice_below(&dice, COUNT(rows) + 1), COUNT(rows) };

		for (size_t i = 0; i < map.count; i++)
			rows[i] = random_row(&dice, places[place].base);
		compare(&map, places[place].base, places[place].bits);
	}
}

static void type_names(void **state)
{
	static const struct { uint32_t type; const char *name; } names[] = {
		{ 0, "unknown type" }, { 1, "usable" }, { 2, "reserved" }, { 3, "ACPI data" }, { 4, "ACPI NVS" },
		{ 5, "bad" }, { 6, "unknown type" }, { 7, "persistent" }, { 8, "unknown type" },
		{ 0xefffffff, "unknown type" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(labyrinth_memory_type_name(names[i].type), names[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),
		cmocka_unit_test(reclaimable_by_hand),
		cmocka_unit_test(starts_from_nothing),
		cmocka_unit_test(capacity),
		cmocka_unit_test(null_pointers),
		cmocka_unit_test(many_rows),
		cmocka_unit_test(beside_a_painter),
		cmocka_unit_test(type_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
