/*
 * test_magazine.c - what a CPU keeps at hand, and what it gives back.
 */
#include "kit.h"
#include "magazine.h"

#define CAPACITY 32u
#define BATCH    8u

static struct arena machine(const uint64_t (*ranges)[2])
{
	struct labyrinth_config config = { 1, 4, 4, 2, CAPACITY };

	return arena_new(ranges, config);
}

static struct page *take(const struct arena *a)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(a->lab, LABYRINTH_GFP_NOWAIT, 0);

	assert_lawful(a->lab);
	return grant.page;
}

static void give(const struct arena *a, struct page *page)
{
	assert_status(labyrinth_free_pages(a->lab, page, 0), LABYRINTH_OK);
	assert_lawful(a->lab);
}

static const struct magazine *front_end(const struct arena *a, enum labyrinth_context context)
{
	return magazine_of(a->lab->magazines, 0, context);
}

static uint64_t pfn(const struct arena *a, const struct page *page)
{
	return labyrinth_page_pfn(a->lab, page).n;
}

static void a_refill_is_a_run_and_the_lowest_comes_first(void **state)
{
	struct arena a = machine(small_machine);
	uint64_t first = pfn(&a, take(&a));

	(void)state;
	assert_int_equal(stats_of(a.lab).cached, BATCH - 1);
	for (uint64_t i = 1; i < BATCH; i++)
		assert_int_equal(pfn(&a, take(&a)), first + i);
	assert_int_equal(stats_of(a.lab).cached, 0);
	arena_end(&a);
}

static void what_was_freed_last_comes_back_first(void **state)
{
	struct arena a = machine(small_machine);
	struct page *page = take(&a), *other = take(&a);
	uint64_t free = stats_of(a.lab).free;

	(void)state;
	give(&a, other);
	give(&a, page);
	assert_ptr_equal(take(&a), page);
	assert_ptr_equal(take(&a), other);
	assert_int_equal(stats_of(a.lab).free, free); /* the buddy has not been asked */
	arena_end(&a);
}

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

	for (size_t i = BATCH; i < 2 * BATCH - 1; i++) {
		give(&a, pages[i]);
		assert_int_equal(own->leaving, i - BATCH + 1);
	}
	assert_int_equal(stats_of(a.lab).free, free);
	give(&a, pages[2 * BATCH - 1]);
	assert_int_equal(own->leaving, 0);
	assert_int_equal(stats_of(a.lab).free, free + BATCH);
	assert_int_equal(own->count, BATCH - 1);
	arena_end(&a);
}

/* Freed out of order, everything merges again as soon as the magazines are drained. */
static void nothing_is_lost_to_fragmentation(void **state)
{
	struct arena a = machine(small_machine);
	struct page *pages[1500];
	struct labyrinth_stats before = stats_of(a.lab);

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++)
		pages[i] = take(&a);
	for (size_t i = 0; i < COUNT(pages); i++)
		give(&a, pages[(i * 7) % COUNT(pages)]);
	assert_true(stats_of(a.lab).cached <= CAPACITY + BATCH);
	labyrinth_magazines_drain(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
	assert_int_equal(stats_of(a.lab).cached, 0);
	assert_int_equal(stats_of(a.lab).free, before.free);
	assert_memory_equal(stats_of(a.lab).zone[2].free_blocks, before.zone[2].free_blocks,
	                    sizeof(before.zone[2].free_blocks));
	assert_lawful(a.lab);
	arena_end(&a);
}

static void tasks_and_interrupts_have_their_own(void **state)
{
	struct arena a = machine(small_machine);
	struct page *page = take(&a);

	(void)state;
	give(&a, page);
	host_context = LABYRINTH_INTERRUPT;
	assert_ptr_not_equal(take(&a), page);
	assert_int_equal(front_end(&a, LABYRINTH_INTERRUPT)->count, BATCH - 1);
	host_context = LABYRINTH_TASK;
	assert_ptr_equal(take(&a), page);
	arena_end(&a);
}

/* The last frames of a machine can be had from any context that may empty the magazine that they are in. */
static void a_task_gets_what_interrupts_have_at_hand(void **state)
{
	struct arena a = machine(small_machine);
	uint64_t frames = 0;

	(void)state;
	host_context = LABYRINTH_INTERRUPT;
	give(&a, take(&a));
	host_context = LABYRINTH_TASK;
	while (take(&a) != NULL)
		frames++;
	assert_int_equal(frames, stats_of(a.lab).shared);
	assert_int_equal(stats_of(a.lab).free + stats_of(a.lab).cached, 0);
	arena_end(&a);
}

static void an_interrupt_leaves_what_tasks_have_at_hand(void **state)
{
	struct arena a = machine(small_machine);

	(void)state;
	give(&a, take(&a));
	host_context = LABYRINTH_INTERRUPT;
	while (take(&a) != NULL)
		;
	assert_int_equal(stats_of(a.lab).free, 0);
	assert_int_equal(stats_of(a.lab).cached, BATCH); /* the task's */
	arena_end(&a);
}

/* Eight frames of one page block are at hand, the others are taken or, for order 9, free. */
static void large_and_limited_requests_drain(void **state)
{
	static const uint64_t one_block[][2] = { { 0x200, 0x400 }, { 0, 0 } };
	static const struct { labyrinth_gfp_t zone; unsigned order, taken;
	} cases[] = {
		{ 0, 9, 0 },
		{ 0, 3, 504 },
		{ 0, 1, 504 },
		{ LABYRINTH_GFP_DMA, 0, 504 },
		{ LABYRINTH_GFP_DMA32, 0, 504 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = arena_new(one_block, (struct labyrinth_config){ 1, 0, 0, 1, CAPACITY });

		give(&a, take(&a));
		for (unsigned n = 0; n < cases[i].taken; n++)
			assert_non_null(labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA, 0).page);
		assert_int_equal(stats_of(a.lab).cached, BATCH);
		assert_status(labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT | cases[i].zone, cases[i].order).status,
		              LABYRINTH_OK);
		assert_lawful(a.lab);
		arena_end(&a);
	}
}

/* In an NMI, or when somebody holds the zone's lock, nothing waits. */
static void nobody_waits(void **state)
{
	struct arena a = machine(small_machine);
	struct lock *lock = &a.lab->zones[LABYRINTH_ZONE_NORMAL].lock;
	struct labyrinth_grant grant;

	(void)state;
	give(&a, take(&a));
	host_context = LABYRINTH_NMI;
	grant = labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_ATOMIC, 0);
	assert_status(grant.status, LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).cached, BATCH); /* passed by */
	host_context = LABYRINTH_INTERRUPT;
	lock_take(lock);
	grant = labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_ATOMIC, 0);
	lock_drop(lock);
	assert_status(grant.status, LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).reserve,
	                 3); /* the interrupt's magazine is empty, the zone taken: the reserve */
	arena_end(&a);
}

static void a_frame_at_hand_cannot_be_freed_again(void **state)
{
	struct arena a = machine(small_machine);
	struct page *page = take(&a);

	(void)state;
	give(&a, page);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 0), LABYRINTH_NOT_ALLOCATED);
	arena_end(&a);
}

static void the_reserve_is_filled_first(void **state)
{
	struct arena a = machine(small_machine);
	struct page *page = take(&a);

	(void)state;
	assert_non_null(labyrinth_reserve_pop(a.lab->reserve));
	assert_status(labyrinth_free_pages(a.lab, page, 0), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).reserve, 4);
	arena_end(&a);
}

/* Each law of a magazine, broken by hand. */
static void the_laws_can_be_broken(void **state)
{
	struct arena a = machine(small_machine);
	struct labyrinth_finding finding;

	(void)state;
	give(&a, take(&a));
	struct magazine *own = magazine_of(a.lab->magazines, 0, LABYRINTH_TASK);

	own->count--;
	assert_string_equal(labyrinth_check(a.lab, &finding), "every cached frame is in one magazine");
	own->count++;
	struct page *page = own->kept[0];
	uint64_t word = word_load(page);

	word_store(page, word_make(FRAME_SHARED, 0, 0, 0));
	assert_string_equal(labyrinth_check(a.lab, &finding), "a frame in a magazine is in no other state");
	assert_int_equal(finding.pfn.n, pfn(&a, page));
	word_store(page, word);
	assert_lawful(a.lab);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_refill_is_a_run_and_the_lowest_comes_first),
		kit_test(what_was_freed_last_comes_back_first),
		kit_test(a_frame_above_the_frontier_goes_back),
		kit_test(nothing_is_lost_to_fragmentation),
		kit_test(tasks_and_interrupts_have_their_own),
		kit_test(a_task_gets_what_interrupts_have_at_hand),
		kit_test(an_interrupt_leaves_what_tasks_have_at_hand),
		kit_test(large_and_limited_requests_drain),
		kit_test(nobody_waits),
		kit_test(a_frame_at_hand_cannot_be_freed_again),
		kit_test(the_reserve_is_filled_first),
		kit_test(the_laws_can_be_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
