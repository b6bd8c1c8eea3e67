/*
 * test_magazine.c - what a CPU keeps at hand, and what it gives back.
 */
#include "kit.h"

#include "cache.h"
#include "magazines.h"

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
	assert_int_equal(magazine_count(front_end(&a, LABYRINTH_INTERRUPT)), BATCH - 1);
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

/* The first frames of one page block are at hand, the others are taken or, for order 9, free. */
static void large_and_limited_requests_drain(void **state)
{
	static const uint64_t one_block[][2] = { { 0x200, 0x400 }, { 0, 0 } };
	static const struct { labyrinth_gfp_t zone; unsigned order, taken;
	} cases[] = {
		{ 0, 9, 0 },
		{ 0, ZONE_FIRST_RUN, BLOCK_FRAMES - FIRST },
		{ 0, 1, BLOCK_FRAMES - FIRST },
		{ LABYRINTH_GFP_DMA, 0, BLOCK_FRAMES - FIRST },
		{ LABYRINTH_GFP_DMA32, 0, BLOCK_FRAMES - FIRST },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = arena_new(one_block, config_with(1, 0, 0, 1, CAPACITY));

		give(&a, take(&a));
		for (unsigned n = 0; n < cases[i].taken; n++)
			assert_non_null(labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA, 0).page);
		assert_int_equal(stats_of(a.lab).cached, FIRST);
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
	/* The interrupt's magazine is empty, the zone taken: the reserve. */
	assert_int_equal(stats_of(a.lab).reserve, RESERVE - 1);
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

/* Whatever was asked for last, and before anything was. */
static void only_what_is_legal_is_usual(void **state)
{
	static const labyrinth_gfp_t before[] = {
		LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO, LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_ATOMIC,
	};
	struct arena a = machine(small_machine);

	(void)state;
	for (size_t i = 0; i < COUNT(before); i++) {
		assert_non_null(labyrinth_alloc_pages(a.lab, before[i], 0).page);
		ASSERT_REFUSED(&a, labyrinth_alloc_pages(a.lab, 0, 0).status, LABYRINTH_BAD_FLAGS);
		ASSERT_REFUSED(&a, labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ATOMIC, 0).status,
		               LABYRINTH_BAD_FLAGS);
		host_context = LABYRINTH_INTERRUPT;
		ASSERT_REFUSED(&a, labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_KERNEL, 0).status,
		               LABYRINTH_IN_INTERRUPT);
		host_context = LABYRINTH_TASK;
	}
	arena_end(&a);
}

/* The configuration counts fewer CPUs than the port; a front end's place is reckoned in 64 bits. */
static void no_cpu_number_is_too_high_to_be_refused(void **state)
{
	struct arena a = machine(small_machine);
	struct page *page = take(&a);

	(void)state;
	for (unsigned bit = 0; bit < 32; bit++)
		for (unsigned less = 0; less < 2; less++) {
			host_cpu = (2u << bit) - less;
			if (host_cpu < a.lab->magazines->cpus)
				continue;
			ASSERT_REFUSED(&a, labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_KERNEL, 0).status,
			               LABYRINTH_BAD_CPU);
			ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 0), LABYRINTH_BAD_CPU);
		}
	host_cpu = 0;
	give(&a, page);
	arena_end(&a);
}

/* The configuration counts fewer CPUs than the port. */
static void a_cpu_too_many_is_refused(void **state)
{
	struct arena a = machine(small_machine);
	struct page *kept = take(&a), *large = labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_KERNEL, 9).page, *pages[2];
	const struct labyrinth_contiguous three = { 3, { UINT64_MAX }, 1, 0 };
	struct page *row = labyrinth_alloc_contiguous(a.lab, LABYRINTH_GFP_KERNEL, &three).page;
	struct page *exact = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, 3).page;
	struct cache *cache = cache_new(a.lab);
	struct labyrinth_compaction compaction;

	(void)state;
	host_cpu = a.lab->magazines->cpus;
	ASSERT_REFUSED(&a, labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_KERNEL, 0).status, LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_ATOMIC, 9).status, LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, 3).status, LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_KERNEL, 2, pages).status, LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, kept, 0), LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, large, 9), LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_free_bulk(a.lab, &kept, 1).status, LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, exact, 3), LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_alloc_contiguous(a.lab, LABYRINTH_GFP_KERNEL, &three).status, LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, row, 3), LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_alloc_movable(a.lab, LABYRINTH_GFP_KERNEL, cache->mover).status,
	               LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_offline(a.lab, labyrinth_page_pfn(a.lab, kept)), LABYRINTH_BAD_CPU);
	labyrinth_maintain(a.lab, 8);
	compaction = labyrinth_compact(a.lab, 9, 8);
	assert_status(compaction.status, LABYRINTH_NO_MEMORY);
	assert_lawful(a.lab);
	host_cpu = 0;
	give(&a, kept);
	assert_status(labyrinth_free_pages(a.lab, large, 9), LABYRINTH_OK);
	assert_status(labyrinth_free_pages_exact(a.lab, exact, 3), LABYRINTH_OK);
	assert_status(labyrinth_free_contiguous(a.lab, row, 3), LABYRINTH_OK);
	cache_end(cache);
	arena_end(&a);
}

static void the_reserve_is_filled_first(void **state)
{
	struct arena a = machine(small_machine);
	struct page *page = take(&a);

	(void)state;
	lock_take(&a.lab->zones[LABYRINTH_ZONE_NORMAL].lock);
	host_context = LABYRINTH_INTERRUPT;
	assert_status(labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_ATOMIC, 0).status, LABYRINTH_OK);
	host_context = LABYRINTH_TASK;
	lock_drop(&a.lab->zones[LABYRINTH_ZONE_NORMAL].lock);
	assert_int_equal(stats_of(a.lab).reserve, RESERVE - 1);

	assert_status(labyrinth_free_pages(a.lab, page, 0), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).reserve, RESERVE);
	arena_end(&a);
}

/* Interrupts come between two pieces. */
static unsigned interrupts;

static void on_interrupt(void)
{
	interrupts++;
}

/* Every second frame is at hand, all others are taken: whoever wants a block looks for it after every eighth piece. */
static void few_looks_for_a_block(void **state)
{
	static const uint64_t one_block[][2] = { { 0x200, 0x400 }, { 0, 0 } };
	struct arena a = arena_new(one_block, config_with(1, 0, 0, 1, 128));
	const struct lock *above = &a.lab->zones[LABYRINTH_ZONE_NORMAL].lock;
	struct page *pages[256];
	uint64_t drains;
	uint32_t looks;

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++)
		pages[i] = take(&a);
	while (labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA, 0).page != NULL)
		continue;
	for (size_t i = 0; i < COUNT(pages); i += 2)
		give(&a, pages[i]);
	drains = stats_of(a.lab).drains;
	looks = above->next;
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_NOWAIT, 1), LABYRINTH_NO_MEMORY);
	drains = stats_of(a.lab).drains - drains;
	looks = above->next - looks;
	assert_int_equal(stats_of(a.lab).cached, 0);
	assert_true(drains > 16);
	assert_true(looks <= 4 + drains / 8); /* before, after the first piece, and after the last */
	assert_lawful(a.lab);
	arena_end(&a);
}

static void only_as_much_is_drained_as_it_takes(void **state)
{
	static const uint64_t one_block[][2] = { { 0x200, 0x400 }, { 0, 0 } };
	struct arena a = arena_new(one_block, config_with(1, 0, 0, 1, CAPACITY));
	struct page *pages[FIRST + 3 * BATCH];
	uint64_t left;

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++)
		pages[i] = take(&a);
	while (labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA, 0).page != NULL)
		continue;
	for (size_t i = 0; i < COUNT(pages); i++)
		give(&a, pages[i]);
	assert_int_equal(stats_of(a.lab).cached, COUNT(pages));
	assert_non_null(labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA, 0).page);
	left = stats_of(a.lab).cached;
	assert_true(left < COUNT(pages) && left >= COUNT(pages) - PIECE);
	assert_int_equal(stats_of(a.lab).drains, 1);
	host_interrupt = on_interrupt;
	interrupts = 0;
	assert_int_equal(labyrinth_magazines_drain(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT), left);
	assert_true(interrupts >= COUNT(pages) / PIECE - 1);
	host_interrupt = NULL;
	assert_lawful(a.lab);
	arena_end(&a);
}

static uint32_t room(const struct arena *a)
{
	const struct magazine *own = front_end(a, LABYRINTH_TASK);

	return (uint32_t)(own->end - own->kept);
}

/* Each refill adds room for as many as it takes; what is given back takes its room with it. */
static void room_is_earned_and_lost(void **state)
{
	struct arena a = machine(small_machine);
	struct page *pages[5 * BATCH];
	uint32_t given;

	(void)state;
	assert_int_equal(room(&a), 0);
	for (size_t i = 0; i < COUNT(pages); i++) {
		pages[i] = take(&a);
		assert_int_equal(room(&a), (i / BATCH + 1) * BATCH < CAPACITY ? (i / BATCH + 1) * BATCH : CAPACITY);
	}
	assert_int_equal(stats_of(a.lab).refills, 5);
	for (size_t i = 0; i < COUNT(pages); i++)
		give(&a, pages[i]);
	assert_int_equal(magazine_count(front_end(&a, LABYRINTH_TASK)), CAPACITY);
	assert_int_equal(stats_of(a.lab).flushes, 0);
	assert_int_equal(front_end(&a, LABYRINTH_TASK)->leaving, PIECE); /* the rest */
	while (front_end(&a, LABYRINTH_TASK)->leaving > 0)
		assert_true(labyrinth_magazines_give_back(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT) > 0);
	assert_int_equal(room(&a), CAPACITY);
	given = labyrinth_magazines_give_back(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
	assert_true(given >= 1 && given <= PIECE);
	assert_int_equal(room(&a), CAPACITY - given);
	labyrinth_magazines_drain(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
	assert_int_equal(room(&a), 0);
	assert_true(stats_of(a.lab).drains >= CAPACITY / PIECE);
	arena_end(&a);
}

/* Of this CPU alone: another's is its own. */
static void maintenance_takes_from_the_idle(void **state)
{
	struct arena a = machine(small_machine);
	struct page *pages[3 * BATCH];
	uint64_t left;

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++)
		pages[i] = take(&a);
	for (size_t i = 0; i < COUNT(pages); i++)
		give(&a, pages[i]);
	left = stats_of(a.lab).cached;
	labyrinth_maintain(a.lab, 1);
	assert_int_equal(stats_of(a.lab).cached, left); /* it was refilled since */
	host_cpu = 1;
	labyrinth_maintain(a.lab, 1);
	assert_int_equal(stats_of(a.lab).cached, left);
	host_cpu = 0;
	while (left > 0) {
		labyrinth_maintain(a.lab, 1);
		assert_true(stats_of(a.lab).cached < left && stats_of(a.lab).cached + PIECE >= left);
		left = stats_of(a.lab).cached;
		assert_lawful(a.lab);
	}
	labyrinth_maintain(a.lab, 1);
	assert_int_equal(stats_of(a.lab).cached, 0);
	arena_end(&a);
}

/* Bulk calls take and give what single ones would. */
static void a_run_in_one_go(void **state)
{
	struct arena a = machine(small_machine);
	struct page *pages[2 * BATCH + 3], *twice[2];
	struct labyrinth_bulk bulk = labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, COUNT(pages), pages);

	(void)state;
	assert_status(bulk.status, LABYRINTH_OK);
	assert_int_equal(bulk.count, COUNT(pages));
	for (size_t i = 1; i < COUNT(pages); i++)
		assert_int_equal(pfn(&a, pages[i]), pfn(&a, pages[0]) + i);
	assert_lawful(a.lab);
	twice[0] = twice[1] = pages[5];
	bulk = labyrinth_free_bulk(a.lab, twice, 2);
	assert_status(bulk.status, LABYRINTH_NOT_ALLOCATED);
	assert_int_equal(bulk.count, 1);
	bulk = labyrinth_free_bulk(a.lab, pages, COUNT(pages));
	assert_status(bulk.status, LABYRINTH_NOT_ALLOCATED);
	assert_int_equal(bulk.count, 5); /* up to the one that is gone */
	assert_lawful(a.lab);
	bulk = labyrinth_free_bulk(a.lab, pages + 6, COUNT(pages) - 6);
	assert_status(bulk.status, LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).shared, 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* Each law of a magazine, broken by hand. */
static void the_laws_can_be_broken(void **state)
{
	struct arena a = machine(small_machine);
	struct labyrinth_finding finding;

	(void)state;
	give(&a, take(&a));
	struct magazine *own = magazine_of(a.lab->magazines->at, 0, LABYRINTH_TASK);

	own->end = own->kept + CAPACITY + 1;
	assert_string_equal(labyrinth_check(a.lab, &finding),
	                    "a magazine holds at most its room, and has room for at most its capacity");
	own->end = magazine_top(own) - 1;
	assert_string_equal(labyrinth_check(a.lab, &finding),
	                    "a magazine holds at most its room, and has room for at most its capacity");
	own->end = magazine_top(own);
	magazine_set_top(own, magazine_top(own) - 1);
	assert_string_equal(labyrinth_check(a.lab, &finding), "every cached frame is in one magazine");
	magazine_set_top(own, magazine_top(own) + 1);
	struct page *page = own->kept[0];
	uint64_t word = word_load(page);

	own->kept[-1] = page;
	assert_string_equal(labyrinth_check(a.lab, &finding), "below the frames of a magazine is none");
	assert_int_equal(finding.pfn.n, pfn(&a, page));
	own->kept[-1] = NULL;
	assert_true(own->valid > 0);
	own->span = own->valid + 1;
	assert_string_equal(labyrinth_check(a.lab, &finding), "a front end sees frames whose words are valid");
	magazine_focus(own);
	own->valid += BLOCK_FRAMES;
	assert_string_equal(labyrinth_check(a.lab, &finding), "a front end sees frames whose words are valid");
	assert_int_equal(finding.pfn.n, pfn(&a, own->window));
	own->valid -= BLOCK_FRAMES;
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
		kit_test(only_what_is_legal_is_usual),
		kit_test(no_cpu_number_is_too_high_to_be_refused),
		kit_test(nothing_is_lost_to_fragmentation),
		kit_test(tasks_and_interrupts_have_their_own),
		kit_test(a_task_gets_what_interrupts_have_at_hand),
		kit_test(an_interrupt_leaves_what_tasks_have_at_hand),
		kit_test(large_and_limited_requests_drain),
		kit_test(nobody_waits),
		kit_test(a_frame_at_hand_cannot_be_freed_again),
		kit_test(a_cpu_too_many_is_refused),
		kit_test(the_reserve_is_filled_first),
		kit_test(few_looks_for_a_block),
		kit_test(only_as_much_is_drained_as_it_takes),
		kit_test(room_is_earned_and_lost),
		kit_test(maintenance_takes_from_the_idle),
		kit_test(a_run_in_one_go),
		kit_test(the_laws_can_be_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
