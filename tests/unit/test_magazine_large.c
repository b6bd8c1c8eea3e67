/*
 * test_magazine_large.c - a whole page block at hand.
 */
#include "kit.h"

#include "magazines.h"

/* Just large enough for two CPUs to keep a whole page block in each front end. */
static const uint64_t roomy[][2] = { { GIB4, GIB4 + 2 * 2 * BLOCK_FRAMES * MAGAZINE_LARGE_SHARE }, { 0, 0 } };

static void a_whole_page_block_is_at_hand(void **state)
{
	struct arena a = arena_new(roomy, config_with(1, 4, 0, 2, CAPACITY));
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 9);
	struct page *other = must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 9);
	uint64_t free = stats_of(a.lab).free;

	(void)state;
	must_free(a.lab, page, 9);
	assert_lawful(a.lab);
	assert_int_equal(stats_of(a.lab).cached, BLOCK_FRAMES);
	assert_int_equal(stats_of(a.lab).free, free);
	for (unsigned order = 0; order <= LABYRINTH_MAX_ORDER; order++)
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, order), LABYRINTH_NOT_ALLOCATED);
	must_free(a.lab, other, 9); /* there is room for one */
	assert_int_equal(stats_of(a.lab).cached, BLOCK_FRAMES);
	assert_int_equal(stats_of(a.lab).free, free + BLOCK_FRAMES);
	host_context = LABYRINTH_INTERRUPT;
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_KERNEL, 9), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_ptr_equal(must_alloc(a.lab, LABYRINTH_GFP_ATOMIC, 9), page);
	assert_int_equal(labyrinth_page_pfn(a.lab, page).n % BLOCK_FRAMES, 0);
	assert_status(labyrinth_free_pages(a.lab, page, 8), LABYRINTH_WRONG_ORDER);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void a_block_at_hand_is_given_back_on_demand(void **state)
{
	struct arena a = arena_new(roomy, config_with(1, 0, 0, 2, CAPACITY));
	uint64_t frames = 0;

	(void)state;
	must_free(a.lab, must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 9), 9);
	host_context = LABYRINTH_INTERRUPT;
	must_free(a.lab, must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 9), 9);
	host_context = LABYRINTH_TASK;
	assert_int_equal(stats_of(a.lab).cached, 2 * BLOCK_FRAMES);
	while (labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT, 3).page != NULL)
		frames += 8;
	assert_int_equal(frames, stats_of(a.lab).usable);
	assert_int_equal(stats_of(a.lab).cached, 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* Nobody waits for a zone's lock; what is not given stays. */
static void a_block_stays_when_the_zone_is_busy(void **state)
{
	struct arena a = arena_new(roomy, config_with(1, 0, 0, 2, CAPACITY));
	struct lock *lock = &a.lab->zones[LABYRINTH_ZONE_NORMAL].lock;
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_ATOMIC, 9);

	(void)state;
	must_free(a.lab, page, 9);
	lock_take(lock);
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_ATOMIC, 3), LABYRINTH_NO_MEMORY);
	lock_drop(lock);
	assert_lawful(a.lab);
	assert_ptr_equal(must_alloc(a.lab, LABYRINTH_GFP_ATOMIC, 9), page);
	arena_end(&a);
}

static void a_small_machine_keeps_no_page_block(void **state)
{
	struct arena a = machine(small_machine);

	(void)state;
	must_free(a.lab, must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 9), 9);
	assert_int_equal(stats_of(a.lab).cached, 0);
	arena_end(&a);
}

static bool is_cached(const struct labyrinth_block *block, void *frames)
{
	if (block->state == LABYRINTH_BLOCK_CACHED)
		*(uint64_t *)frames += UINT64_C(1) << block->order;
	return true;
}

static void a_walk_shows_what_is_at_hand(void **state)
{
	struct arena a = arena_new(roomy, config_with(1, 0, 0, 2, CAPACITY));
	uint64_t frames = 0;

	(void)state;
	must_free(a.lab, must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 9), 9);
	must_free(a.lab, must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 0), 0);
	assert_true(labyrinth_for_each_block(a.lab, is_cached, &frames));
	assert_int_equal(frames, BLOCK_FRAMES + FIRST);
	assert_int_equal(frames, stats_of(a.lab).cached);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_whole_page_block_is_at_hand),
		kit_test(a_block_at_hand_is_given_back_on_demand),
		kit_test(a_block_stays_when_the_zone_is_busy),
		kit_test(a_small_machine_keeps_no_page_block),
		kit_test(a_walk_shows_what_is_at_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
