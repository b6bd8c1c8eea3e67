/*
 * test_debug_config.c - each aid is switched on by itself; off, there is nothing of it.
 */
#include "aids.h"

#include "debug.h"
#include "shred.h"

static size_t bytes_for(struct labyrinth_config config)
{
	struct labyrinth_range at = { { GIB4 }, { GIB4 + 2048 } };
	const struct labyrinth_ranges ranges = { &at, 1, 1 };
	size_t bytes = 0;

	assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes), LABYRINTH_OK);
	return bytes;
}

static void off_is_free(void **state)
{
	struct labyrinth_config off = aids_config(0, 77);
	size_t bytes = bytes_for(config_of(4, 4, 16));
	struct arena a;
	struct page *page;

	(void)state;
	assert_int_equal(bytes_for(off), bytes);
	a = arena_new(small_machine, off);
	assert_null(a.lab->debug);
	assert_null(a.lab->quarantine);
	assert_null(a.lab->shredder->contents);
	assert_int_equal(a.lab->attention & ATTEND_DEBUG, 0);
	witness = (struct witness){ .reports = 0 };
	page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	bytes_of(a.lab, page)[0] = 0x31;
	must_free(a.lab, page, 0);
	assert_int_equal(bytes_of(a.lab, page)[0], 0x31);
	assert_ptr_equal(must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0), page);
	assert_int_equal(stats_of(a.lab).fenced + stats_of(a.lab).quarantined, 0);
	arena_end(&a);
}

/* The same calls with and without aids that move no frame lead to the same frame words. */
static void records_do_not_move_frames(void **state)
{
	const uint32_t aids = LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_GUARD;
	struct arena with = aids_machine(aids, 0), without = arena_new(small_machine, config_of(4, 4, 16));
	struct arena *both[] = { &with, &without };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct labyrinth *lab = both[i]->lab;
		labyrinth_owner_t owner = must_register(lab, 2, 5, 1);
		struct labyrinth_claim claims[3];

		assert_int_equal(claim_many(lab, owner, claims, COUNT(claims)), COUNT(claims));
		must_free(lab, must_alloc(lab, LABYRINTH_GFP_KERNEL, 3), 3);
		must_alloc(lab, LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_ZERO, 1);
		release_many(claims, 2);
	}
	assert_memory_equal(with.lab->frames->page, without.lab->frames->page, 2048 * sizeof(struct page));
	arena_end(&with);
	arena_end(&without);
}

static void what_each_aid_takes(void **state)
{
	static const struct {
		uint32_t aids;
		size_t   frame; /* bytes a frame */
	} rows[] = {
		{ LABYRINTH_DEBUG_RED_ZONE, 0 },
		{ LABYRINTH_DEBUG_GUARD, 0 },
		{ LABYRINTH_DEBUG_QUARANTINE, 0 },
		{ LABYRINTH_DEBUG_POISON, 8 },
		{ LABYRINTH_DEBUG_TRACE, 24 },
		{ AIDS_ALL, 32 },
	};
	size_t bytes = bytes_for(config_of(4, 4, 16));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t more = bytes_for(aids_config(rows[i].aids, 5)) - bytes - rows[i].frame * 2048;

		assert_true(more > 0 && more < 1024);
	}
}

static void what_is_refused(void **state)
{
	static const struct {
		uint32_t aids, quarantine;
		bool no_report, no_hide, no_show;
	} rows[] = {
		{ .aids = 1u << 5 },
		{ .aids = UINT32_MAX, .quarantine = 1 },
		{ .aids = LABYRINTH_DEBUG_POISON, .no_report = true },
		{ .aids = LABYRINTH_DEBUG_RED_ZONE, .no_report = true },
		{ .aids = LABYRINTH_DEBUG_QUARANTINE },
		{ .aids = LABYRINTH_DEBUG_QUARANTINE, .quarantine = LABYRINTH_MAX_QUARANTINE + 1 },
		{ .aids = LABYRINTH_DEBUG_GUARD, .no_hide = true },
		{ .aids = LABYRINTH_DEBUG_GUARD, .no_show = true },
	};
	struct labyrinth_range at = { { GIB4 }, { GIB4 + 2048 } };
	const struct labyrinth_ranges ranges = { &at, 1, 1 };
	size_t bytes = 0x1234;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct labyrinth_config config = aids_config(rows[i].aids, rows[i].quarantine);

		if (rows[i].no_report)
			config.debug.report = NULL;
		if (rows[i].no_hide)
			config.debug.hide = NULL;
		if (rows[i].no_show)
			config.debug.show = NULL;
		assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes), LABYRINTH_BAD_CONFIG);
		assert_int_equal(bytes, 0x1234);
	}
}

static void the_longest_quarantine(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_QUARANTINE, LABYRINTH_MAX_QUARANTINE);
	struct hog *hog = hog_new(a.lab);

	(void)state;
	hog_end(a.lab, hog);
	assert_int_equal(stats_of(a.lab).quarantined, 2048 - 20);
	assert_lawful(a.lab);
	hog_end(a.lab, hog_new(a.lab));
	arena_end(&a);
}

/* ---- What others see of it. */

static uint64_t seen[LABYRINTH_BLOCK_STATES];

static bool count_frames(const struct labyrinth_block *block, void *context)
{
	(void)context;
	seen[block->state] += UINT64_C(1) << block->order;
	return true;
}

static void blocks_tile_the_memory(void **state)
{
	struct arena a = aids_machine(AIDS_ALL, 5);
	struct page *pages[4];
	uint64_t sum = 0;

	(void)state;
	for (unsigned i = 0; i < COUNT(pages); i++)
		pages[i] = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, i);
	must_free(a.lab, pages[1], 1);
	memset(seen, 0, sizeof(seen));
	assert_true(labyrinth_for_each_block(a.lab, count_frames, NULL));
	assert_int_equal(seen[LABYRINTH_BLOCK_SHARED], 1 + 4 + 8);
	assert_int_equal(seen[LABYRINTH_BLOCK_FENCE], 3 * (1 + 4 + 8));
	assert_int_equal(seen[LABYRINTH_BLOCK_QUARANTINED], 4 * 2);
	assert_int_equal(seen[LABYRINTH_BLOCK_MOVING], 0);
	for (unsigned i = 0; i < LABYRINTH_BLOCK_STATES; i++)
		sum += seen[i];
	assert_int_equal(sum, 2048);
	assert_string_equal(labyrinth_block_state_name(LABYRINTH_BLOCK_FENCE), "fence");
	assert_string_equal(labyrinth_block_state_name(LABYRINTH_BLOCK_QUARANTINED), "quarantined");
	arena_end(&a);
}

static void keep_last(const char *line, void *context)
{
	snprintf(context, 80, "%s", line);
}

static void the_dump_tells(void **state)
{
	struct arena a = aids_machine(AIDS_ALL, 5);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	struct debug *debug = a.lab->debug;
	char line[80];

	(void)state;
	must_free(a.lab, page, 0);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 1);
	bytes_of(a.lab, page)[7]++;
	labyrinth_dump(a.lab, keep_last, line);
	assert_string_equal(line, "debug aids: frames in quarantine 4, in red zones 6, reported 0");
	a.lab->debug = (struct debug *)(uintptr_t)64;
	labyrinth_dump(a.lab, keep_last, line);
	assert_string_equal(line, "debug aids: their record is overwritten");
	a.lab->debug = debug;
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(off_is_free),
		kit_test(records_do_not_move_frames),
		kit_test(what_each_aid_takes),
		kit_test(what_is_refused),
		kit_test(the_longest_quarantine),
		kit_test(blocks_tile_the_memory),
		kit_test(the_dump_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
