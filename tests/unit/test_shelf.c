/*
 * test_shelf.c - blocks of orders 1 to 3 at hand: which are kept, and when they go.
 */
#include "aids.h"
#include "lock.h"
#include "magazine.h"

#define PLACES   4u
#define CAPACITY 32u
#define KERNEL   LABYRINTH_GFP_KERNEL
#define NOWAIT   LABYRINTH_GFP_NOWAIT
#define ATOMIC   LABYRINTH_GFP_ATOMIC

static struct labyrinth_config config_new(uint32_t places)
{
	struct labyrinth_config config = config_with(1, 4, 4, 2, CAPACITY);

	config.shelf = places;
	return config;
}

static struct arena machine(void)
{
	return arena_new(small_machine, config_new(PLACES));
}

static struct shelf *shelf_of(const struct arena *a, enum labyrinth_context context, unsigned order)
{
	return magazine_shelf(magazine_of(a->lab->magazines->at, 0, context), order);
}

static struct page *take(const struct arena *a, unsigned order)
{
	struct page *page = must_alloc(a->lab, NOWAIT, order);

	assert_lawful(a->lab);
	return page;
}

static void give(const struct arena *a, struct page *page, unsigned order)
{
	must_free(a->lab, page, order);
	assert_lawful(a->lab);
}

static uint64_t cached(const struct arena *a)
{
	return stats_of(a->lab).cached;
}

/* A block that is freed is kept, or not; either way it was freed. */
static void give_kept(const struct arena *a, struct page *page, unsigned order, bool kept)
{
	uint64_t frames = UINT64_C(1) << order, at_hand = cached(a), free = stats_of(a->lab).free;

	give(a, page, order);
	assert_int_equal(cached(a), at_hand + (kept ? frames : 0));
	assert_int_equal(stats_of(a->lab).free, free + (kept ? 0 : frames));
}

static void what_was_freed_last_comes_back_first(void **state)
{
	static const labyrinth_gfp_t kinds[] = { KERNEL, NOWAIT, ATOMIC };

	(void)state;
	for (unsigned order = 1; order <= SHELF_ORDERS; order++) {
		struct arena a = machine();
		struct page *page = take(&a, order), *other = take(&a, order);
		uint64_t free = stats_of(a.lab).free;

		for (size_t i = 0; i < COUNT(kinds); i++) {
			give_kept(&a, other, order, true);
			give_kept(&a, page, order, true);
			assert_ptr_equal(must_alloc(a.lab, kinds[i], order), page);
			assert_ptr_equal(must_alloc(a.lab, kinds[i], order), other);
		}
		assert_int_equal(stats_of(a.lab).free, free); /* the zone has not been asked */
		assert_int_equal(stats_of(a.lab).refills, 2);
		assert_lawful(a.lab);
		arena_end(&a);
	}
}

static void a_block_at_hand_cannot_be_freed_again(void **state)
{
	struct arena a = machine();
	struct page *page = take(&a, 2);

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 1), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 3), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page + 1, 1), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, NULL, 2), LABYRINTH_NULL_POINTER);
	give(&a, page, 2);
	for (unsigned order = 0; order <= LABYRINTH_MAX_ORDER; order++)
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, order), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, alloc_status(a.lab, KERNEL | NOWAIT, 2), LABYRINTH_BAD_FLAGS);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, alloc_status(a.lab, KERNEL, 2), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_NMI;
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 2), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	host_cpu = 2;
	ASSERT_REFUSED(&a, alloc_status(a.lab, KERNEL, 2), LABYRINTH_BAD_CPU);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 2), LABYRINTH_BAD_CPU);
	arena_end(&a);
}

/* The other orders are not kept, nor is a block for which there is no place. */
static void only_so_many_of_three_orders(void **state)
{
	struct arena a = machine();
	struct page *pages[PLACES + 1];

	(void)state;
	for (unsigned order = 4; order <= 9; order++)
		give_kept(&a, take(&a, order), order, false);
	for (unsigned order = 1; order <= SHELF_ORDERS; order++) {
		for (size_t i = 0; i < COUNT(pages); i++)
			pages[i] = take(&a, order);
		for (size_t i = 0; i < COUNT(pages); i++)
			give_kept(&a, pages[i], order, i < PLACES);
	}
	assert_int_equal(cached(&a), PLACES * (2 + 4 + 8));
	arena_end(&a);
}

/* All blocks of order 3 there are, in ascending order. */
#define ALL (2048u / 8)

static void take_all(const struct arena *a, struct page **pages)
{
	for (unsigned i = 0; i < ALL; i++) {
		pages[i] = must_alloc(a->lab, NOWAIT, 3);
		assert_true(i == 0 || pages[i] == pages[0] + 8 * i);
	}
}

/* Nothing is at hand any more, and nothing will be kept. */
static void drain(const struct arena *a)
{
	labyrinth_magazines_drain(a->lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
	assert_int_equal(cached(a), 0);
	assert_lawful(a->lab);
}

/* Four page blocks of 64 blocks each: what is kept is what the zone would look at no later than at the last fetched. */
static void a_block_that_the_zone_would_take_later_goes_back(void **state)
{
	struct labyrinth_config config = config_new(PLACES);
	struct page *pages[ALL];
	struct arena a;

	(void)state;
	config.reserve_frames = config.vault_frames = 0;
	a = arena_new(small_machine, config);
	take_all(&a, pages);
	give(&a, pages[100], 3);
	drain(&a);
	assert_ptr_equal(take(&a, 3), pages[100]); /* the frontier; its page block has no room, nor have the others */
	give_kept(&a, pages[99], 3, true);
	give_kept(&a, pages[101], 3, false);
	give_kept(&a, pages[0], 3, true);
	give_kept(&a, pages[200], 3, false);
	drain(&a);
	assert_status(alloc_status(a.lab, NOWAIT, 4), LABYRINTH_NO_MEMORY);
	give(&a, pages[1], 3);                     /* 0 and 1 are one block now */
	assert_ptr_equal(take(&a, 3), pages[99]);  /* of two blocks in that page block one is lower, and too large */
	give_kept(&a, pages[2], 3, false);         /* so is the room of its page block */
	give_kept(&a, pages[70], 3, true);
	arena_end(&a);
}

/* After so many kept ones the frontier is believed no more; the next that is fetched is a new one. */
static void what_was_fetched_is_believed_for_a_while(void **state)
{
	struct arena a = machine();
	struct page *page = take(&a, 1);
	unsigned kept = 0;

	(void)state;
	for (give(&a, page, 1); cached(&a) > 0 && kept < 1000; give(&a, page, 1)) {
		assert_ptr_equal(take(&a, 1), page);
		kept++;
	}
	assert_int_equal(kept, 64);
	assert_int_equal(stats_of(a.lab).refills, 1);
	assert_ptr_equal(take(&a, 1), page);
	assert_int_equal(stats_of(a.lab).refills, 2);
	give_kept(&a, page, 1, true);
	arena_end(&a);
}

/* Who only frees what others took keeps nothing. */
static void tasks_and_interrupts_and_cpus_have_their_own(void **state)
{
	struct arena a = machine();
	struct page *page = take(&a, 2), *other;

	(void)state;
	host_context = LABYRINTH_INTERRUPT;
	give_kept(&a, page, 2, false);
	page = take(&a, 2);
	host_context = LABYRINTH_TASK;
	other = take(&a, 2);
	give(&a, other, 2);
	host_context = LABYRINTH_INTERRUPT;
	give(&a, page, 2);
	assert_int_equal(cached(&a), 8);
	assert_ptr_equal(take(&a, 2), page);
	host_context = LABYRINTH_NMI;
	assert_ptr_not_equal(must_alloc(a.lab, ATOMIC, 2), other);
	host_context = LABYRINTH_TASK;
	host_cpu = 1;
	assert_ptr_not_equal(take(&a, 2), other);
	host_cpu = 0;
	assert_ptr_equal(take(&a, 2), other);
	arena_end(&a);
}

/* Blocks of every order, in both front ends. */
static void fill_shelves(const struct arena *a)
{
	struct page *pages[PLACES];

	for (unsigned context = 0; context < 2; context++)
		for (unsigned order = 1; order <= SHELF_ORDERS; order++) {
			host_context = context == 0 ? LABYRINTH_INTERRUPT : LABYRINTH_TASK;
			for (size_t i = 0; i < PLACES; i++)
				pages[i] = take(a, order);
			for (size_t i = 0; i < PLACES; i++)
				give(a, pages[i], order);
		}
	assert_int_equal(cached(a), 2 * PLACES * (2 + 4 + 8));
}

/* A task gets what its CPU has in both, an interrupt what is its own. */
static void all_is_given_back_on_demand(void **state)
{
	static const labyrinth_gfp_t kinds[] = { KERNEL, NOWAIT, ATOMIC };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (unsigned order = 0; order <= SHELF_ORDERS; order++) {
			struct arena a = machine();

			fill_shelves(&a);
			while (labyrinth_alloc_pages(a.lab, kinds[i], order).page != NULL)
				continue;
			assert_int_equal(cached(&a), 0);
			for (unsigned k = order; k <= LABYRINTH_MAX_ORDER; k++)
				assert_int_equal(stats_of(a.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[k], 0);
			assert_lawful(a.lab);
			arena_end(&a);
		}
}

static void an_interrupt_leaves_what_tasks_have(void **state)
{
	struct arena a = machine();

	(void)state;
	fill_shelves(&a);
	host_context = LABYRINTH_INTERRUPT;
	while (labyrinth_alloc_pages(a.lab, ATOMIC, 0).page != NULL)
		continue;
	assert_int_equal(cached(&a), PLACES * (2 + 4 + 8));
	assert_int_equal(stats_of(a.lab).free + stats_of(a.lab).reserve, 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* A piece a time, and no more than it takes; interrupts come between two blocks. */
static unsigned interrupts;

static void on_interrupt(void)
{
	interrupts++;
}

static void only_as_much_as_it_takes(void **state)
{
	struct arena a = machine();
	struct hog *hog;

	(void)state;
	hog = hog_new(a.lab);
	hog_free(a.lab, hog, 600);
	drain(&a);
	fill_shelves(&a);
	while (stats_of(a.lab).free > 0)
		must_alloc(a.lab, NOWAIT | LABYRINTH_GFP_MOVABLE, 0);
	uint64_t drains = stats_of(a.lab).drains, left = cached(&a);

	must_alloc(a.lab, NOWAIT, 0);
	assert_int_equal(stats_of(a.lab).drains, drains + 1);
	assert_int_equal(cached(&a) + stats_of(a.lab).free, left - 1);
	assert_true(cached(&a) + SHELF_PIECE * 8 >= left);
	host_interrupt = on_interrupt;
	interrupts = 0;
	drains = stats_of(a.lab).drains;
	labyrinth_magazines_drain(a.lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
	host_interrupt = NULL;
	assert_true(stats_of(a.lab).drains > drains && interrupts >= stats_of(a.lab).drains - drains);
	assert_lawful(a.lab);
	free(hog);
	arena_end(&a);
}

/* Nobody waits for a zone's lock; what is not given stays as it was. */
static void a_block_stays_when_the_zone_is_busy(void **state)
{
	struct arena a = machine();
	struct lock *lock = &a.lab->zones[LABYRINTH_ZONE_NORMAL].lock;
	struct page *page = take(&a, 3);

	(void)state;
	give(&a, page, 3);
	lock_take(lock);
	assert_status(alloc_status(a.lab, ATOMIC, 2), LABYRINTH_NO_MEMORY);
	assert_status(alloc_status(a.lab, ATOMIC, 4), LABYRINTH_NO_MEMORY);
	assert_int_equal(cached(&a), 8);
	assert_ptr_equal(must_alloc(a.lab, ATOMIC, 3), page); /* without the lock */
	lock_drop(lock);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* From a front end for which nothing came from a zone between two calls; a piece a call. */
static void maintenance_takes_from_the_idle(void **state)
{
	struct arena a = machine();
	uint64_t left;

	(void)state;
	fill_shelves(&a);
	left = cached(&a);
	labyrinth_maintain(a.lab, 1);
	assert_int_equal(cached(&a), left);
	host_cpu = 1;
	labyrinth_maintain(a.lab, 1);
	assert_int_equal(cached(&a), left);
	host_cpu = 0;
	while (left > 0) {
		labyrinth_maintain(a.lab, 1);
		assert_true(cached(&a) < left && cached(&a) + 2 * SHELF_PIECE * 8 >= left);
		left = cached(&a);
		assert_lawful(a.lab);
	}
	give_kept(&a, take(&a, 3), 3, true);
	arena_end(&a);
}

/* A request that may have been served from a higher zone, and one that may not. */
static void low_zones_are_protected(void **state)
{
	struct labyrinth_config config = config_new(PLACES);
	struct labyrinth_stats stats;
	struct page *low;
	struct arena a;

	(void)state;
	config.protect_shift = 3;
	config.reserve_frames = config.vault_frames = 0;
	a = arena_new(three_zones, config);
	low = must_alloc(a.lab, NOWAIT | LABYRINTH_GFP_DMA, 3);
	give_kept(&a, take(&a, 3), 3, true);
	give_kept(&a, low, 3, false); /* it is of another zone */
	while (labyrinth_alloc_pages(a.lab, NOWAIT, 3).page != NULL)
		assert_lawful(a.lab);
	stats = stats_of(a.lab);
	assert_int_equal(stats.zone[LABYRINTH_ZONE_NORMAL].free, 0);
	for (unsigned z = 0; z < LABYRINTH_ZONE_NORMAL; z++)
		assert_int_equal(stats.zone[z].free, stats.zone[z].protect);
	arena_end(&a);
}

/* What is out of the ordinary passes the shelves by, both ways. */
static void only_ordinary_blocks(void **state)
{
	static const labyrinth_gfp_t flags[] = { LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE,
		                                 LABYRINTH_GFP_SHRED };
	struct arena a = machine();
	struct page *page = take(&a, 1), *other;

	(void)state;
	give(&a, page, 1);
	for (size_t i = 0; i < COUNT(flags); i++) {
		other = must_alloc(a.lab, KERNEL | flags[i], 1);
		assert_ptr_not_equal(other, page);
		give_kept(&a, other, 1, false);
	}
	other = must_alloc(a.lab, KERNEL | LABYRINTH_GFP_ZERO, 1);
	assert_ptr_not_equal(other, page);
	assert_ptr_equal(take(&a, 1), page);
	take(&a, 1); /* the frontier */
	give_kept(&a, other, 1, true); /* what was zeroed is like any other */
	arena_end(&a);
}

static void nothing_with_debug_aids(void **state)
{
	struct labyrinth_config config = config_new(PLACES);
	struct arena a;

	(void)state;
	config.debug = aids_config(LABYRINTH_DEBUG_POISON, 0).debug;
	a = arena_new(small_machine, config);
	for (unsigned order = 1; order <= SHELF_ORDERS; order++)
		give_kept(&a, take(&a, order), order, false);
	arena_end(&a);
}

/* On this CPU: now. On another one's shelf: when it comes back; until then nobody gets it. */
static void a_bad_frame_goes_offline(void **state)
{
	struct arena a = machine();
	struct page *here = take(&a, 2), *there;

	(void)state;
	give(&a, here, 2);
	assert_status(labyrinth_offline(a.lab, (pfn_t){ labyrinth_page_pfn(a.lab, here).n + 1 }), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).offline, 1);
	host_cpu = 1;
	there = take(&a, 2);
	give(&a, there, 2);
	host_cpu = 0;
	assert_status(labyrinth_offline(a.lab, (pfn_t){ labyrinth_page_pfn(a.lab, there).n + 3 }), LABYRINTH_PENDING);
	assert_lawful(a.lab);
	host_cpu = 1;
	assert_ptr_not_equal(take(&a, 2), there);
	while (stats_of(a.lab).pending > 0 && cached(&a) > 0)
		labyrinth_maintain(a.lab, 1);
	assert_int_equal(stats_of(a.lab).offline, 2);
	assert_int_equal(stats_of(a.lab).pending, 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* At most a 64th of memory: 28 frames a CPU for each block of an order. */
static void what_suits(void **state)
{
	static const struct { uint32_t configured, cpus; uint64_t frames; uint32_t places; } cases[] = {
		{ 0, 1, UINT64_C(1) << 30, 0 },
		{ 7, 1, 100, 7 },
		{ LABYRINTH_SHELF_SUITS, 1, 28 * 64 - 1, 0 },
		{ LABYRINTH_SHELF_SUITS, 1, 28 * 64, 1 },
		{ LABYRINTH_SHELF_SUITS, 1, 8 * 28 * 64 - 1, 7 },
		{ LABYRINTH_SHELF_SUITS, 1, 8 * 28 * 64, 8 },
		{ LABYRINTH_SHELF_SUITS, 1, UINT64_C(1) << 34, 8 },
		{ LABYRINTH_SHELF_SUITS, 4, 16 * 28 * 64, 4 },
		{ LABYRINTH_SHELF_SUITS, 4096, UINT64_C(1) << 20, 0 },
		{ LABYRINTH_SHELF_SUITS, 4096, UINT64_C(1) << 34, 8 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(labyrinth_shelf_places(cases[i].configured, cases[i].cpus, cases[i].frames),
		                 cases[i].places);
}

/* By the configuration, or because there are no magazines. */
static void none_at_all(void **state)
{
	for (uint32_t magazine = 0; magazine <= CAPACITY; magazine += CAPACITY) {
		struct labyrinth_config config = config_new(magazine == 0 ? SHELF_MOST : 0);
		struct arena a;

		(void)state;
		config.magazine = magazine;
		a = arena_new(small_machine, config);
		for (unsigned order = 1; order <= SHELF_ORDERS; order++)
			give_kept(&a, take(&a, order), order, false);
		arena_end(&a);
	}
}

struct seen {
	uint64_t blocks[SHELF_ORDERS + 1];
};

static bool see(const struct labyrinth_block *block, void *context)
{
	struct seen *seen = context;

	if (block->state == LABYRINTH_BLOCK_CACHED && block->order <= SHELF_ORDERS)
		seen->blocks[block->order]++;
	return true;
}

static void a_walk_shows_what_is_at_hand(void **state)
{
	struct arena a = machine();
	struct seen seen = { { 0 } };

	(void)state;
	fill_shelves(&a);
	assert_true(labyrinth_for_each_block(a.lab, see, &seen));
	assert_int_equal(seen.blocks[0], 0);
	for (unsigned order = 1; order <= SHELF_ORDERS; order++)
		assert_int_equal(seen.blocks[order], 2 * PLACES);
	arena_end(&a);
}

static void the_laws_can_be_broken(void **state)
{
	struct labyrinth_finding finding;
	struct arena a = machine();
	struct page *page = take(&a, 2);
	uint64_t word;

	(void)state;
	give(&a, page, 2);
	word = word_load(page);
	struct shelf *shelf = shelf_of(&a, LABYRINTH_TASK, 2);

	shelf_set_count(shelf, PLACES + 1);
	assert_string_equal(labyrinth_check(a.lab, &finding),
	                    "a shelf holds at most as many blocks as there are places");
	assert_int_equal(finding.found, PLACES + 1);
	shelf_set_count(shelf, 0);
	assert_string_equal(labyrinth_check(a.lab, &finding), "every cached frame is in one magazine");
	shelf_set_count(shelf, 1);
	word_store(page, word_make(FRAME_CACHED, word_generation(word), 1, 0));
	word_store(page + 2, word_make(FRAME_CACHED, 0, 1, 0));
	assert_string_equal(labyrinth_check(a.lab, &finding), "a block on a shelf is of its order");
	assert_int_equal(finding.found, 1);
	word_store(page + 2, word_make(FRAME_FREE, 0, 0, 0));
	word_store(page, word_make(FRAME_SHARED, word_generation(word), 2, 0));
	assert_string_equal(labyrinth_check(a.lab, &finding), "a frame in a magazine is in no other state");
	word_store(page, word);
	assert_lawful(a.lab);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(what_was_freed_last_comes_back_first),
		kit_test(a_block_at_hand_cannot_be_freed_again),
		kit_test(only_so_many_of_three_orders),
		kit_test(a_block_that_the_zone_would_take_later_goes_back),
		kit_test(what_was_fetched_is_believed_for_a_while),
		kit_test(tasks_and_interrupts_and_cpus_have_their_own),
		kit_test(all_is_given_back_on_demand),
		kit_test(an_interrupt_leaves_what_tasks_have),
		kit_test(only_as_much_as_it_takes),
		kit_test(a_block_stays_when_the_zone_is_busy),
		kit_test(maintenance_takes_from_the_idle),
		kit_test(low_zones_are_protected),
		kit_test(only_ordinary_blocks),
		kit_test(nothing_with_debug_aids),
		kit_test(a_bad_frame_goes_offline),
		kit_test(what_suits),
		kit_test(none_at_all),
		kit_test(a_walk_shows_what_is_at_hand),
		kit_test(the_laws_can_be_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
