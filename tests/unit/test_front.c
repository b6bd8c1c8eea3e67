/*
 * test_front.c - what a front end keeps of what is freed, and what waits until it goes back.
 */
#include "kit.h"

#include "magazines.h"

static void a_frame_above_the_frontier_goes_back(void **state)
{
	struct arena a = machine(small_machine);
	const struct magazine *own = front_end(&a, LABYRINTH_TASK);
	struct page *pages[3 * BATCH];

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++)
		pages[i] = take(&a);
	for (size_t i = 0; i < BATCH; i++)
		give(&a, pages[i]);
	labyrinth_magazines_drain(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
	assert_ptr_equal(take(&a), pages[0]); /* the frontier is pages[BATCH - 1] now */
	uint64_t free = stats_of(a.lab).free;

	for (size_t i = BATCH; i < BATCH + PIECE; i++) {
		give(&a, pages[i]);
		assert_int_equal(own->leaving, i - BATCH + 1);
	}
	assert_int_equal(stats_of(a.lab).free, free);
	give(&a, pages[BATCH + PIECE]);
	assert_int_equal(own->leaving, 1);
	assert_int_equal(stats_of(a.lab).free, free + PIECE);
	assert_int_equal(magazine_count(own), BATCH - 1);
	arena_end(&a);
}

/* A CPU that has never taken any keeps none at hand. */
static struct arena frees_elsewhere(struct page **pages, size_t count)
{
	struct arena a = arena_new(small_machine, config_with(2, 0, 0, 2, 4 * MAGAZINE_PIECE));

	for (size_t i = 0; i < count; i++)
		pages[i] = take(&a);
	host_cpu = 1;
	return a;
}

/* As long as they come in the order of their addresses, up to a piece; then all go at once. */
static void frames_that_follow_wait_for_each_other(void **state)
{
	struct page *pages[MAGAZINE_PIECE + 2];

	(void)state;
	for (unsigned run = MAGAZINE_FEW; run <= MAGAZINE_PIECE; run++) {
		struct arena a = frees_elsewhere(pages, COUNT(pages));
		const struct magazine *own = magazine_of(a.lab->magazines->at, 1, LABYRINTH_TASK);
		uint64_t free = stats_of(a.lab).free;

		for (unsigned i = 0; i < run; i++)
			give(&a, pages[i]);
		assert_int_equal(own->leaving, run);
		assert_int_equal(stats_of(a.lab).free, free);
		assert_int_equal(stats_of(a.lab).flushes, 0);
		give(&a, pages[run < MAGAZINE_PIECE ? run + 1 : run]);
		assert_int_equal(own->leaving, 1);
		assert_int_equal(stats_of(a.lab).free, free + run);
		assert_int_equal(stats_of(a.lab).flushes, 1);
		host_cpu = 0;
		arena_end(&a);
	}
}

/* Others leave when a few wait, one or more in each call, and none is left behind for long. */
static void frames_apart_wait_for_a_few(void **state)
{
	struct page *pages[400];
	struct arena a = frees_elsewhere(pages, COUNT(pages));
	const struct magazine *own = magazine_of(a.lab->magazines->at, 1, LABYRINTH_TASK);

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		uint32_t before = own->leaving;

		give(&a, pages[i * 7 % COUNT(pages)]);
		assert_true(own->leaving <= MAGAZINE_FEW);
		assert_int_equal(own->leaving <= before, before == MAGAZINE_FEW);
	}
	host_cpu = 0;
	arena_end(&a);
}

/* What is left of it waits, and need not be followed by what comes next. */
static void a_run_across_page_blocks_goes_in_parts(void **state)
{
	struct page *pages[1200];
	struct arena a = frees_elsewhere(pages, COUNT(pages));
	const struct magazine *own = magazine_of(a.lab->magazines->at, 1, LABYRINTH_TASK);
	uint64_t free = stats_of(a.lab).free;
	size_t edge = 100;

	(void)state;
	while (pfn(&a, pages[edge]) % BLOCK_FRAMES != 0)
		edge++;
	for (size_t i = edge + 3 - MAGAZINE_PIECE; i < edge + 3; i++)
		give(&a, pages[i]);
	assert_int_equal(own->leaving, MAGAZINE_PIECE);
	give(&a, pages[10]);
	assert_int_equal(stats_of(a.lab).free, free + 3);
	give(&a, pages[11]);
	assert_int_equal(own->leaving, MAGAZINE_PIECE - 3 + 2);
	for (size_t i = 20; i < 40; i += 2)
		give(&a, pages[i]);
	labyrinth_magazines_drain(a.lab->magazines, 1, LABYRINTH_TASK, ZONE_WAIT);
	assert_int_equal(stats_of(a.lab).free, free + MAGAZINE_PIECE + 12);
	assert_lawful(a.lab);
	host_cpu = 0;
	arena_end(&a);
}

/* Below the frontier, but in a page block that nobody has used: its words may read anything. */
static void a_word_that_nobody_wrote_is_not_believed(void **state)
{
	static const uint64_t virgin_below[][2] = { { 0x200, 0x600 }, { 0x800, 0x810 }, { 0, 0 } };
	struct arena a = arena_new(virgin_below, config_with(1, 0, 0, 1, CAPACITY));
	struct page *page = take(&a), *below = labyrinth_pfn_page(a.lab, (pfn_t){ 0x3ff });

	(void)state;
	assert_int_equal(pfn(&a, page), 0x800);
	word_store(below, word_make(FRAME_SHARED, 1, 0, 0));
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, below, 0), LABYRINTH_NOT_ALLOCATED);
	give(&a, page);
	arena_end(&a);
}

/*
 * Frees near each other are answered by one comparison: with the frontier in it, until that is looked for anew. The
 * first run, half a batch, ends in the middle of a row.
 */
static void what_is_seen_is_settled_and_worth_keeping(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, RESERVE / 2, 4, 2, CAPACITY));
	const struct magazine *own = front_end(&a, LABYRINTH_TASK);
	struct page *page = take(&a), *odd = (struct page *)(void *)((char *)page + 1);

	(void)state;
	assert_false(magazine_sees(own, page));
	give(&a, page);
	for (unsigned i = 0; i < ROW_FRAMES; i++)
		assert_int_equal(magazine_sees(own, page + i), magazine_height(own, page + i) < own->reach);
	assert_true(own->span >= BATCH && own->span < ROW_FRAMES);
	assert_false(magazine_sees(own, NULL) || magazine_sees(own, own->window - 1) || magazine_sees(own, odd));
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, odd, 0), LABYRINTH_FOREIGN_PAGE);
	labyrinth_magazines_drain(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
	assert_int_equal(own->span, 0);
	arena_end(&a);
}

/* By what is settled of the next page block, and no farther; a frame below turns it. */
static void the_window_grows_upward(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, CAPACITY));
	const struct magazine *own = front_end(&a, LABYRINTH_TASK);
	struct page *first = block_page(a.lab->frames, (block_t){ 0 }, 0);

	(void)state;
	for (unsigned i = 0; i < 2 * BLOCK_FRAMES + ROW_FRAMES; i++)
		assert_non_null(labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT, 0).page);
	give(&a, first + ROW_FRAMES);
	assert_ptr_equal(own->window, first + ROW_FRAMES);
	assert_int_equal(own->valid, BLOCK_FRAMES - ROW_FRAMES);
	assert_false(magazine_sees(own, first) || magazine_sees(own, first + BLOCK_FRAMES));
	give(&a, first + 2 * BLOCK_FRAMES);
	assert_int_equal(own->valid, 2 * BLOCK_FRAMES - ROW_FRAMES);
	give(&a, first + 2 * BLOCK_FRAMES + 1);
	assert_int_equal(own->valid % ROW_FRAMES, 0);
	for (unsigned i = ROW_FRAMES; i < 3 * BLOCK_FRAMES; i++)
		assert_int_equal(magazine_knows(own, first + i),
		                 i < 2 * BLOCK_FRAMES || frames_settled(a.lab->frames, first + i));
	assert_false(magazine_knows(own, first + 3 * BLOCK_FRAMES - 1));
	give(&a, first + ROW_FRAMES - 1);
	assert_ptr_equal(own->window, first);
	assert_int_equal(own->valid, BLOCK_FRAMES);
	arena_end(&a);
}

/* After the second flush since a refill, and then after every eighth; no free does both. */
static void the_frontier_is_found_now_and_then(void **state)
{
	struct arena a = machine(small_machine);
	const struct magazine *own = front_end(&a, LABYRINTH_TASK);
	struct page *pages[400];
	uint64_t flushes = 0;
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++)
		pages[i] = take(&a);
	for (size_t i = 0; i < COUNT(pages); i++) {
		bool lost = own->reach == 0;

		give(&a, pages[i]);
		assert_false(lost && stats_of(a.lab).flushes > flushes);
		found += lost;
		flushes = stats_of(a.lab).flushes;
		assert_int_equal(own->reach == 0, flushes % 8 == 2 && own->trust == 0);
	}
	assert_true(flushes > 10);
	assert_true(found == (flushes + 6) / 8 || found + 1 == (flushes + 6) / 8);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_frame_above_the_frontier_goes_back),
		kit_test(frames_that_follow_wait_for_each_other),
		kit_test(frames_apart_wait_for_a_few),
		kit_test(a_run_across_page_blocks_goes_in_parts),
		kit_test(a_word_that_nobody_wrote_is_not_believed),
		kit_test(what_is_seen_is_settled_and_worth_keeping),
		kit_test(the_window_grows_upward),
		kit_test(the_frontier_is_found_now_and_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
