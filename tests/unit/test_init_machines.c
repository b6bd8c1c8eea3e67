/*
 * test_init_machines.c - machines of all shapes: every usable frame is handed out once, no hole ever, and what nobody
 * has used is not even written.
 */
#include "kit.h"

#include "dice.h"

#define TIB (UINT64_C(1) << 28) /* frames */

/* What the ranges say about one zone. */
static uint64_t frames_in(const uint64_t (*pairs)[2], uint64_t begin, uint64_t end)
{
	const struct labyrinth_range zone = { { begin }, { end } };
	uint64_t frames = 0;

	for (; (*pairs)[1] != 0; pairs++) {
		const struct labyrinth_range r = { { (*pairs)[0] }, { (*pairs)[1] } };

		frames += labyrinth_range_frames(labyrinth_range_clip(r, zone));
	}
	return frames;
}

static bool usable(const uint64_t (*pairs)[2], uint64_t pfn)
{
	return frames_in(pairs, pfn, pfn + 1) == 1;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Frame numbers in some order: all usable, none twice. */
static void assert_distinct(const uint64_t (*pairs)[2], uint64_t *pfns, size_t count)
{
	qsort(pfns, count, sizeof(*pfns), by_number);
	for (size_t i = 0; i < count; i++) {
		assert_true(usable(pairs, pfns[i]));
		assert_true(i == 0 || pfns[i] != pfns[i - 1]);
	}
}

/* Takes the whole machine apart, frame by frame: as many as there are, each once. */
static void assert_all_handed_out(struct labyrinth *lab, const uint64_t (*pairs)[2])
{
	const struct labyrinth_stats fresh = stats_of(lab);
	uint64_t *pfns = calloc(fresh.usable, sizeof(*pfns));
	labyrinth_owner_t owner = must_register(lab, 0, LABYRINTH_MAX_BUDGET, 0);
	struct hog *hog = hog_new(lab);
	struct labyrinth_claim claim;
	size_t count = 0;

	assert_non_null(pfns);
	for (; count < hog->count; count++)
		pfns[count] = labyrinth_page_pfn(lab, hog->page[count]).n;
	for (; count < hog->count + fresh.reserve; count++)
		pfns[count] = labyrinth_page_pfn(lab, must_alloc(lab, LABYRINTH_GFP_ATOMIC, 0)).n;
	while ((claim = try_claim(lab, owner)).page != NULL)
		pfns[count++] = labyrinth_page_pfn(lab, claim.page).n;
	assert_int_equal(count, fresh.usable - (fresh.vault > 0 ? LEFT : 0));
	assert_distinct(pairs, pfns, count);
	assert_lawful(lab);
	free(pfns);
	free(hog);
}

static void assert_machine(const uint64_t (*pairs)[2], struct labyrinth_config config)
{
	const uint64_t zone[] = { 0, 0x1000, GIB4, UINT64_MAX };
	struct arena a = arena_new(pairs, config);
	struct labyrinth_stats s = stats_of(a.lab);

	assert_lawful(a.lab);
	assert_int_equal(s.usable, frames_in(pairs, 0, UINT64_MAX));
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		assert_int_equal(s.zone[z].frames, frames_in(pairs, zone[z], zone[z + 1]));
	assert_int_equal(s.reserve, config.reserve_frames);
	assert_int_equal(s.vault, config.vault_frames);
	assert_int_equal(s.free, s.usable - s.reserve - s.vault);
	assert_all_handed_out(a.lab, pairs);
	arena_end(&a);
}

static void shapes(void **state)
{
	static const struct { const char *name; uint64_t pairs[6][2]; } machines[] = {
		{ "one frame",                   { { 5, 6 } } },
		{ "frame 0",                     { { 0, 1 } } },
		{ "one page block",              { { 512, 1024 } } },
		{ "the last frame of a block",   { { 511, 513 } } },
		{ "DMA only",                    { { 1, 0x1000 } } },
		{ "DMA32 only",                  { { 0x1000, 0x2000 } } },
		{ "NORMAL only",                 { { GIB4, GIB4 + 0x1000 } } },
		{ "no DMA",                      { { 0x3000, 0x3800 }, { GIB4, GIB4 + 0x400 } } },
		{ "no DMA32",                    { { 1, 0x800 }, { GIB4, GIB4 + 0x400 } } },
		{ "no NORMAL",                   { { 1, 0x9f }, { 0x100, 0x2000 } } },
		{ "across both borders",         { { 0xfff, 0x1001 }, { GIB4 - 1, GIB4 + 1 } } },
		{ "five ranges in one block",    { { 1, 2 }, { 3, 5 }, { 8, 64 }, { 65, 200 }, { 201, 512 } } },
		{ "two ranges share a block",    { { 100, 700 }, { 900, 1500 } } },
		{ "holes of 64 GiB and 1 TiB",   { { 1, 900 }, { TIB / 16, TIB / 16 + 600 }, { TIB + 7, TIB + 900 } } },
		{ "the last frames there are",   { { 1, 2000 }, { 64 * TIB - 600, 64 * TIB } } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		uint64_t frames = frames_in(machines[i].pairs, 0, UINT64_MAX);

		print_message("%s\n", machines[i].name);
		assert_machine(machines[i].pairs, config_of(1, 0, 0));
		assert_machine(machines[i].pairs, config_of(2, frames / 4, frames / 4));
		assert_machine(machines[i].pairs, config_of(2, frames / 2, 0));
	}
}

/* Ranges with gaps at random, in steps that meet the borders of frames, page blocks and zones. */
static void random_shapes(void **state)
{
	static const uint64_t starts[] = { 0, 1, 500, 0x1000 - 700, 0x1000, GIB4 - 700, GIB4, GIB4 + 12345 };
	struct dice dice = dice_new("machines");

	(void)state;
	for (unsigned i = 0; i < 150; i++) {
		uint64_t pairs[9][2] = { { 0, 0 } };
		uint64_t at = starts[dice_below(&dice, COUNT(starts))], frames, reserve;

		for (unsigned r = 0; r < 1 + dice_below(&dice, 8); r++) {
			pairs[r][0] = at;
			at += 1 + dice_below(&dice, dice_below(&dice, 2) ? 10 : 1200);
			pairs[r][1] = at;
			at += 1 + dice_below(&dice, dice_below(&dice, 2) ? 10 : 1200);
		}
		frames = frames_in(pairs, 0, UINT64_MAX);
		reserve = dice_below(&dice, frames / 4 + 1);
		assert_machine(pairs, config_of(1, reserve, dice_below(&dice, frames / 4 + 1)));
	}
}

static void assert_garbage(const void *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(((const uint8_t *)memory)[i], 0xa5);
}

/* The metadata of page blocks that nobody has used holds what was there before. */
static void unused_metadata_is_not_touched(void **state)
{
	static const uint64_t machine[][2] = { { 7, 0x800 }, { GIB4, GIB4 + 20 * BLOCK_FRAMES }, { 0, 0 } };
	struct arena a = arena_new(machine, config_of(1, 40, 40));
	const struct frames *f = a.lab->frames;
	unsigned unused = 0, rows = 0;

	(void)state;
	for (block_t b = { 0 }; b.i < f->blocks; b.i++) {
		for (unsigned i = 0; i < BLOCK_FRAMES; i += ROW_FRAMES)
			if (!frames_settled(f, block_page(f, b, i))) {
				assert_garbage(block_page(f, b, i), ROW_FRAMES * sizeof(struct page));
				rows++;
			}
		if (block_opened(f, b))
			continue;
		unused++;
		assert_garbage(&f->block[b.i], sizeof(struct page_block));
		assert_garbage(&f->note[b.i], sizeof(struct block_note));
	}
	assert_int_equal(f->blocks, 24);
	assert_int_equal(unused, 24 - 3); /* the ragged one, one for the vault, one for the reserve */
	assert_int_equal(rows, (24 - 3 + 2) * BLOCK_ROWS - 3 - 3);
	arena_end(&a);
}

/* The same memory a second time: what the first instance has left in it does not matter. */
static void memory_can_be_used_again(void **state)
{
	struct arena a = arena_new(three_zones, config_of(4, 20, 20));
	struct labyrinth_range at[3];
	struct labyrinth_ranges ranges = { at, 3, 3 };
	const struct labyrinth_config config = config_of(4, 20, 20);

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		at[i] = (struct labyrinth_range){ { three_zones[i][0] }, { three_zones[i][1] } };
	assert_all_handed_out(a.lab, three_zones);
	assert_status(labyrinth_init(&a.lab, a.metadata, a.bytes, &ranges, &config), LABYRINTH_OK);
	assert_lawful(a.lab);
	assert_int_equal(stats_of(a.lab).shared + stats_of(a.lab).owned, 0);
	assert_all_handed_out(a.lab, three_zones);
	arena_end(&a);
}

static void two_instances_do_not_meet(void **state)
{
	struct arena a = arena_new(small_machine, config_of(1, 8, 8)), b = arena_new(small_machine, config_of(1, 8, 8));
	void *before = arena_snapshot(&b);

	(void)state;
	assert_all_handed_out(a.lab, small_machine);
	assert_unchanged(&b, before);
	arena_end(&a);
	arena_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(shapes),
		kit_test(random_shapes),
		kit_test(unused_metadata_is_not_touched),
		kit_test(memory_can_be_used_again),
		kit_test(two_instances_do_not_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
