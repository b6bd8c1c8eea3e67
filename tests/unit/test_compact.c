/*
 * test_compact.c - page blocks are emptied at the lowest cost, movers may refuse, free and call back, and nothing is
 * lost.
 */
#include "kit.h"

#include "aids.h"
#include "cache.h"
#include "compact.h"
#include "particular.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define BLOCKS 4u
#define FRAMES (BLOCKS * BLOCK_FRAMES)

struct machine {
	struct arena      arena;
	struct labyrinth *lab;
	struct cache     *cache;
};

/* Four page blocks, full of movable frames: frame i is in place i of the table. */
static struct machine machine_new(void)
{
	struct machine m = { .arena = arena_new(small_machine, config_of(2, 0, 0)) };

	m.lab = m.arena.lab;
	m.cache = cache_new(m.lab);
	assert_int_equal(cache_fill_all(m.cache, CACHE_MOST), FRAMES);
	return m;
}

/* A zone is low below a quarter of its frames. */
static struct machine low_machine_new(void)
{
	struct labyrinth_config config = config_of(2, 0, 0);
	struct machine m;

	config.low_shift = config.high_shift = 2;
	m = (struct machine){ .arena = arena_new(small_machine, config) };
	m.lab = m.arena.lab;
	m.cache = cache_new(m.lab);
	assert_int_equal(cache_fill_all(m.cache, CACHE_MOST), FRAMES);
	return m;
}

static void full_end(struct machine *m)
{
	assert_lawful(m->lab);
	assert_cache_sound(m->cache);
	cache_end(m->cache);
	assert_int_equal(whole_blocks(m->lab), BLOCKS);
	machine_end(&m->arena);
}

/* So many places of a page block's 512, counted from `first`, become free. */
static void drop_some(struct machine *m, unsigned block, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		cache_drop(m->cache, block * BLOCK_FRAMES + i);
}

static uint64_t whole(const struct machine *m)
{
	return whole_blocks(m->lab);
}

static unsigned block_of(const struct machine *m, unsigned place)
{
	return (unsigned)((labyrinth_page_pfn(m->lab, m->cache->page[place]).n - GIB4) / BLOCK_FRAMES);
}

static struct labyrinth_compaction must_compact(struct machine *m, unsigned order, uint64_t budget)
{
	struct labyrinth_compaction done = labyrinth_compact(m->lab, order, budget);

	assert_status(done.status, LABYRINTH_OK);
	assert_lawful(m->lab);
	assert_cache_sound(m->cache);
	return done;
}

/* A compaction that should not build anything. */
static struct labyrinth_compaction in_vain(struct machine *m, uint64_t budget)
{
	struct labyrinth_compaction done = labyrinth_compact(m->lab, BLOCK_ORDER, budget);

	assert_status(done.status, LABYRINTH_NO_MEMORY);
	assert_lawful(m->lab);
	assert_cache_sound(m->cache);
	return done;
}

static void frees_what_it_is_asked_for(struct cache *c, unsigned at)
{
	cache_drop(c, at);
}

static bool odd_ones(struct cache *c, unsigned at)
{
	(void)c;
	return at % 2 == 1;
}

static unsigned taken_again;

/* The frame itself is the lowest that is free. */
static void free_and_take_again(struct cache *c, unsigned at)
{
	struct page *page = c->page[at];

	taken_again = at;
	cache_drop(c, at);
	assert_true(cache_fill(c, at, KERNEL | LABYRINTH_GFP_SHRED));
	assert_ptr_equal(c->page[at], page);
}

/*
 * It was chosen, freed, and taken again by the same mover with another flag: who moves it gives it back, and the flag
 * goes with it.
 */
static void a_frame_that_came_back_moves(void **state)
{
	struct machine m = machine_new();
	struct labyrinth_compaction done;
	uint64_t shredded = stats_of(m.lab).shredded;

	(void)state;
	drop_some(&m, 1, 0, 1);
	drop_some(&m, 2, 0, 2);
	m.cache->before = free_and_take_again;
	done = in_vain(&m, 1);
	assert_int_equal(done.moved, 1);
	assert_int_equal(stats_of(m.lab).free, 3);
	assert_int_equal(stats_of(m.lab).shredded, shredded + 1);
	cache_drop(m.cache, taken_again);
	assert_int_equal(stats_of(m.lab).shredded, shredded + 2);
	full_end(&m);
}

/* The same, and its user frees what he has moved it to before he answers: neither frame tells anything any more. */
static void a_frame_that_came_back_moves_and_goes_at_once(void **state)
{
	struct machine m = machine_new();
	struct labyrinth_compaction done;
	uint64_t shredded = stats_of(m.lab).shredded;

	(void)state;
	drop_some(&m, 1, 0, 1);
	drop_some(&m, 2, 0, 2);
	m.cache->before = free_and_take_again;
	m.cache->after = frees_what_it_is_asked_for;
	done = in_vain(&m, 1);
	assert_int_equal(done.moved, 1);
	assert_int_equal(stats_of(m.lab).free, 4);
	assert_int_equal(stats_of(m.lab).shredded, shredded + 2);
	full_end(&m);
}

/* What is taken again, when it has been moved to and freed, keeps the flag that it is asked for with now. */
static void a_frame_taken_where_one_was_moved_to_is_its_users(void **state)
{
	struct machine m = machine_new();
	uint64_t shredded = stats_of(m.lab).shredded;

	(void)state;
	drop_some(&m, 1, 0, 1);
	drop_some(&m, 2, 0, 2);
	m.cache->after = free_and_take_again;
	assert_int_equal(in_vain(&m, 1).moved, 1);
	assert_int_equal(stats_of(m.lab).shredded, shredded + 1); /* freed before it was known what is in it */
	cache_drop(m.cache, taken_again);
	assert_int_equal(stats_of(m.lab).shredded, shredded + 2);
	full_end(&m);
}

/* Where nothing asks for it, nothing is shredded: not what has moved, not what it moved from, not what was refused. */
static void ordinary_frames_move_unshredded(void **state)
{
	struct machine m = machine_new();
	uint64_t shredded = stats_of(m.lab).shredded;

	(void)state;
	drop_some(&m, 0, 0, 256);
	drop_some(&m, 2, 0, 300);
	m.cache->refuses = odd_ones;
	in_vain(&m, 10000);
	m.cache->refuses = NULL;
	must_compact(&m, BLOCK_ORDER, 1000);
	for (unsigned i = 0; i < FRAMES; i++)
		if (m.cache->page[i] != NULL)
			cache_drop(m.cache, i);
	assert_int_equal(stats_of(m.lab).shredded, shredded);
	full_end(&m);
}

static void the_cheapest_goes(void **state)
{
	struct machine m = machine_new();
	struct labyrinth_compaction done;

	(void)state;
	drop_some(&m, 0, 0, 200);
	drop_some(&m, 1, 0, 301);
	drop_some(&m, 2, 0, 300);
	done = must_compact(&m, BLOCK_ORDER, 1000);
	assert_int_equal(done.built.n, GIB4 + BLOCK_FRAMES);
	assert_int_equal(done.moved, 211);
	assert_int_equal(done.refused, 0);
	assert_int_equal(whole(&m), 1);
	/* The smallest holes first, which were those that the powers of two left: in page blocks 0 and 2. */
	for (unsigned i = 301; i < BLOCK_FRAMES; i++)
		assert_int_not_equal(block_of(&m, BLOCK_FRAMES + i), 1);
	done = in_vain(&m, 1000); /* 288 frames are free in those, but the 512 of the whole one may not be broken */
	assert_int_equal(whole(&m), 1);
	full_end(&m);
}

static void of_two_that_cost_the_same_the_lower(void **state)
{
	struct machine m = machine_new();

	(void)state;
	drop_some(&m, 3, 0, 256);
	drop_some(&m, 1, 100, 256);
	assert_int_equal(must_compact(&m, 0, 256).built.n, GIB4 + BLOCK_FRAMES);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(block_of(&m, BLOCK_FRAMES + i), 3);
	full_end(&m);
}

/* Above order 9 a group of page blocks, at a multiple of its size, is emptied together: 0 and 1, or 2 and 3. */
static void twins_make_larger_blocks(void **state)
{
	struct machine m = machine_new();
	struct labyrinth_compaction done;

	(void)state;
	drop_some(&m, 0, 0, 300);
	drop_some(&m, 1, 100, 300);
	drop_some(&m, 2, 0, 400);
	drop_some(&m, 3, 0, 100);
	assert_status(labyrinth_compact(m.lab, BLOCK_ORDER + 2, 5000).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(m.cache->asked, 0); /* all four: nowhere to go, so nobody was asked */
	done = must_compact(&m, BLOCK_ORDER + 1, 1000);
	assert_int_equal(done.built.n, GIB4);
	assert_int_equal(done.moved, 2 * BLOCK_FRAMES - 600);
	assert_int_equal(whole(&m), 2);
	assert_int_equal(stats_of(m.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[BLOCK_ORDER + 1], 1);
	full_end(&m);
}

/* A frame that cannot move keeps its page block. */
static void what_cannot_go_stays(void **state)
{
	struct machine m = machine_new();
	struct page *pin;

	(void)state;
	drop_some(&m, 0, 0, 400);
	drop_some(&m, 1, 0, 400);
	pin = must_alloc(m.lab, KERNEL | LABYRINTH_GFP_MOVABLE, 0);
	assert_int_equal(labyrinth_page_pfn(m.lab, pin).n, GIB4 + 384);
	assert_int_equal(must_compact(&m, BLOCK_ORDER, 1000).built.n, GIB4 + BLOCK_FRAMES);
	must_free(m.lab, pin, 0);
	full_end(&m);
}

static void nothing_to_do(void **state)
{
	struct arena a = arena_new(small_machine, config_of(1, 0, 0));
	struct labyrinth_compaction done;
	void *before = arena_snapshot(&a);

	(void)state;
	done = labyrinth_compact(a.lab, BLOCK_ORDER, 100);
	assert_status(done.status, LABYRINTH_NO_MEMORY);
	assert_int_equal(done.moved + done.refused, 0);
	assert_unchanged(&a, before);
	arena_end(&a);
}

static void refused_by_name(void **state)
{
	struct machine m = machine_new();

	(void)state;
	drop_some(&m, 0, 0, 400);
	drop_some(&m, 1, 0, 400);
	assert_status(labyrinth_compact(NULL, 9, 1).status, LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&m.arena, labyrinth_compact(m.lab, LABYRINTH_MAX_ORDER + 1, 9).status, LABYRINTH_BAD_ORDER);
	ASSERT_REFUSED(&m.arena, labyrinth_compact(m.lab, UINT32_MAX, 9).status, LABYRINTH_BAD_ORDER);
	ASSERT_REFUSED(&m.arena, labyrinth_compact(m.lab, 9, 0).status, LABYRINTH_NO_MEMORY);
	for (host_context = LABYRINTH_INTERRUPT; host_context <= LABYRINTH_NMI; host_context++)
		ASSERT_REFUSED(&m.arena, labyrinth_compact(m.lab, 9, 100).status, LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	full_end(&m);
}

/* What was moved stays moved: the next attempt goes on where this one has ended. */
static void a_small_budget_gets_there_too(void **state)
{
	struct machine m = machine_new();
	uint64_t moved = 0;

	(void)state;
	drop_some(&m, 0, 0, 300);
	drop_some(&m, 2, 0, 310);
	while (whole(&m) == 0) {
		struct labyrinth_compaction done = labyrinth_compact(m.lab, BLOCK_ORDER, 10);

		assert_int_equal(done.moved <= 10 && done.moved > 0, 1);
		moved += done.moved;
		assert_lawful(m.lab);
		assert_cache_sound(m.cache);
	}
	assert_int_equal(moved, 202);
	full_end(&m);
}

static bool all_of_block_2(struct cache *c, unsigned at)
{
	(void)c;
	return at / BLOCK_FRAMES == 2;
}

static void refusals_change_nothing(void **state)
{
	struct machine m = machine_new();
	struct labyrinth_compaction done;
	struct labyrinth_mover_stats stats;

	(void)state;
	drop_some(&m, 0, 0, 256);
	drop_some(&m, 2, 0, 300);
	m.cache->refuses = all_of_block_2;
	done = must_compact(&m, BLOCK_ORDER, 1000); /* the cheaper one refuses, so it takes the other */
	assert_int_equal(done.refused, 212);
	assert_int_equal(done.moved, 256);
	assert_int_equal(done.built.n, GIB4);
	for (unsigned i = 300; i < BLOCK_FRAMES; i++)
		assert_int_equal(block_of(&m, 2 * BLOCK_FRAMES + i), 2);
	assert_status(labyrinth_mover_stats(m.lab, m.cache->mover, &stats), LABYRINTH_OK);
	assert_int_equal(stats.moved, 256);
	assert_int_equal(stats.refused, 212);
	assert_int_equal(stats_of(m.lab).compacted, 1);
	assert_int_equal(stats_of(m.lab).move_refused, 212);
	full_end(&m);
}

static void half_of_them_refuse(void **state)
{
	struct machine m = machine_new();

	(void)state;
	drop_some(&m, 0, 0, 256);
	drop_some(&m, 2, 0, 300);
	m.cache->refuses = odd_ones;
	in_vain(&m, 10000);
	m.cache->refuses = NULL;
	must_compact(&m, BLOCK_ORDER, 1000);
	full_end(&m);
}

/* For who is called back, and compares. */
static const struct arena *arena_of_callbacks;

static void frees_its_neighbour(struct cache *c, unsigned at)
{
	unsigned next = at + 1;

	if (next < FRAMES && c->page[next] != NULL && c->page[next] == c->page[at] + 1)
		cache_drop(c, next);
}

static void frees_and_asks_again(struct cache *c, unsigned at)
{
	cache_drop(c, at);
	assert_true(cache_fill(c, at, KERNEL));
}

static void fills_up(struct cache *c, unsigned at)
{
	(void)at;
	for (unsigned i = 0; i < CACHE_MOST; i++)
		if (c->page[i] == NULL)
			if (!cache_fill(c, i, LABYRINTH_GFP_NOWAIT))
				break;
}

static void compacts_again(struct cache *c, unsigned at)
{
	(void)at;
	ASSERT_REFUSED(arena_of_callbacks, labyrinth_compact(c->lab, BLOCK_ORDER, 100).status, LABYRINTH_BUSY);
	assert_status(alloc_status(c->lab, KERNEL, BLOCK_ORDER), LABYRINTH_NO_MEMORY);
	assert_int_equal(labyrinth_maintain(c->lab, 100), 0);
	assert_status(labyrinth_mover_unregister(c->lab, c->mover), LABYRINTH_BUSY);
	assert_lawful(c->lab);
}

/* Whatever the callback does, before it moves the frame or after, every frame is somewhere and what it held with it. */
static void callbacks_may_do_anything(void **state)
{
	static void (*const tricks[])(struct cache *c, unsigned at) = {
		frees_what_it_is_asked_for, frees_its_neighbour, frees_and_asks_again, fills_up, compacts_again,
	};

	(void)state;
	for (unsigned i = 0; i < 2 * COUNT(tricks); i++) {
		struct machine m = machine_new();
		struct labyrinth_compaction done;

		drop_some(&m, 0, 0, 400);
		drop_some(&m, 1, 0, 300);
		drop_some(&m, 3, 0, 100);
		*(i % 2 ? &m.cache->before : &m.cache->after) = tricks[i / 2];
		arena_of_callbacks = &m.arena;
		done = labyrinth_compact(m.lab, BLOCK_ORDER, 700);
		assert_true(done.status == LABYRINTH_OK || done.status == LABYRINTH_NO_MEMORY);
		assert_int_equal(done.moved + done.refused, m.cache->asked);
		assert_true(m.cache->asked > 0);
		assert_lawful(m.lab);
		assert_cache_sound(m.cache);
		m.cache->before = m.cache->after = NULL;
		full_end(&m);
	}
}

/* Others get frames of a page block that is being emptied, if there are no others. */
static void interrupted_by_somebody_who_needs_all(void **state)
{
	struct machine m = machine_new();
	struct page *all[200];
	unsigned n = 0;

	(void)state;
	drop_some(&m, 0, 0, 100);
	drop_some(&m, 1, 0, 50);
	labyrinth_zone_leave(&m.lab->zones[LABYRINTH_ZONE_NORMAL], (block_t){ 0 });
	while (n < 200 && (all[n] = labyrinth_alloc_pages(m.lab, LABYRINTH_GFP_ATOMIC, 0).page) != NULL)
		n++;
	assert_int_equal(n, 150);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal((labyrinth_page_pfn(m.lab, all[i]).n - GIB4) / BLOCK_FRAMES, i < 50);
	while (n-- > 0)
		must_free(m.lab, all[n], 0);
	labyrinth_zone_stay(&m.lab->zones[LABYRINTH_ZONE_NORMAL], (block_t){ 0 });
	full_end(&m);
}

static void a_request_that_may_wait_compacts(void **state)
{
	struct machine m = machine_new();
	struct page *page;

	(void)state;
	for (unsigned i = 0; i < 2 * BLOCK_FRAMES; i += 2)
		cache_drop(m.cache, i); /* no two that make a block of order 1 */
	page = must_alloc(m.lab, KERNEL, 1);
	assert_int_equal(m.cache->asked, 256);
	must_free(m.lab, page, 1);
	page = must_alloc(m.lab, KERNEL, BLOCK_ORDER);
	assert_lawful(m.lab);
	assert_cache_sound(m.cache);
	ASSERT_REFUSED_COUNTED(&m.arena, alloc_status(m.lab, KERNEL | LABYRINTH_GFP_DMA32, BLOCK_ORDER),
	                       LABYRINTH_NO_MEMORY); /* no such memory: not tried elsewhere */
	must_free(m.lab, page, BLOCK_ORDER);
	full_end(&m);
}

static void others_leave_it_to_maintenance(void **state)
{
	struct machine m = machine_new();
	uint64_t asked;

	(void)state;
	drop_some(&m, 0, 0, 256);
	drop_some(&m, 1, 0, 256);
	drop_some(&m, 2, 0, 256);
	drop_some(&m, 3, 0, 256);
	assert_int_equal(labyrinth_maintain(m.lab, 1000), 0); /* nobody wants it */
	host_context = LABYRINTH_INTERRUPT;
	assert_status(alloc_status(m.lab, LABYRINTH_GFP_ATOMIC, BLOCK_ORDER), LABYRINTH_NO_MEMORY);
	must_free(m.lab, must_alloc(m.lab, LABYRINTH_GFP_NOWAIT, 0), 0);
	host_context = LABYRINTH_TASK;
	assert_int_equal(m.cache->asked, 0);
	assert_int_equal(labyrinth_maintain(m.lab, 100), 100);
	assert_int_equal(whole(&m), 0);
	asked = labyrinth_maintain(m.lab, 1000);
	assert_int_equal(asked, 156);
	assert_int_equal(whole(&m), 1);
	assert_int_equal(labyrinth_maintain(m.lab, 1000), 0);
	full_end(&m);
}

static bool asked_again;

static void asks_for_another_one(struct cache *c, unsigned at)
{
	(void)at;
	if (!asked_again)
		assert_status(alloc_status(c->lab, LABYRINTH_GFP_NOWAIT, BLOCK_ORDER), LABYRINTH_NO_MEMORY);
	asked_again = true;
}

/* Who is refused while maintenance makes a block for somebody else gets one, too. */
static void a_demand_in_the_middle_is_kept(void **state)
{
	struct machine m = machine_new();

	(void)state;
	for (unsigned b = 0; b < BLOCKS; b++)
		drop_some(&m, b, 0, 256);
	assert_status(alloc_status(m.lab, LABYRINTH_GFP_NOWAIT, BLOCK_ORDER), LABYRINTH_NO_MEMORY);
	asked_again = false;
	m.cache->after = asks_for_another_one;
	assert_int_equal(labyrinth_maintain(m.lab, 1000), 256);
	assert_true(asked_again && labyrinth_maintenance_wanted(m.lab));
	assert_int_equal(labyrinth_maintain(m.lab, 1000), 256);
	assert_int_equal(whole(&m), 2);
	assert_false(labyrinth_maintenance_wanted(m.lab));
	full_end(&m);
}

static unsigned kicks;

static void kick(struct labyrinth *lab, void *context)
{
	(void)context;
	assert_true(labyrinth_maintenance_wanted(lab));
	kicks++;
}

/* Of several orders that were refused the highest is built, whichever came first; maintenance is told. */
static void the_highest_order_is_what_counts(void **state)
{
	static const unsigned orders[][2] = { { 1, BLOCK_ORDER + 1 }, { BLOCK_ORDER + 1, 1 } };

	(void)state;
	for (unsigned i = 0; i < COUNT(orders); i++) {
		struct labyrinth_config config = config_of(2, 0, 0);
		struct machine m;

		config.hooks.kick = kick;
		kicks = 0;
		m.arena = arena_new(small_machine, config);
		m.lab = m.arena.lab;
		m.cache = cache_new(m.lab);
		assert_int_equal(cache_fill_all(m.cache, CACHE_MOST), FRAMES);
		for (unsigned at = 0; at < FRAMES; at += 2)
			cache_drop(m.cache, at);
		for (unsigned k = 0; k < 2; k++) {
			assert_status(alloc_status(m.lab, LABYRINTH_GFP_NOWAIT, orders[i][k]), LABYRINTH_NO_MEMORY);
			assert_int_equal(kicks, 1); /* once until maintenance comes */
		}
		assert_int_equal(labyrinth_maintain(m.lab, 5000), BLOCK_FRAMES);
		assert_int_equal(stats_of(m.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[BLOCK_ORDER + 1], 1);
		assert_int_equal(labyrinth_maintain(m.lab, 5000), 0);
		full_end(&m);
	}
}

static void each_zone_by_itself(void **state)
{
	struct arena a = arena_new(three_zones, config_of(1, 0, 0));
	struct cache *c = cache_new(a.lab);
	static const labyrinth_gfp_t gfps[] = { KERNEL | LABYRINTH_GFP_DMA, KERNEL | LABYRINTH_GFP_DMA32, KERNEL };

	(void)state;
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		for (unsigned i = 0; i < 2 * BLOCK_FRAMES; i++)
			assert_true(cache_fill(c, z * 2 * BLOCK_FRAMES + i, gfps[z]));
	for (unsigned i = 0; i < 6 * BLOCK_FRAMES; i += 2)
		cache_drop(c, i);
	for (unsigned z = LABYRINTH_ZONES; z-- > 0;) {
		assert_int_equal(labyrinth_compact(a.lab, BLOCK_ORDER, 256).built.n, three_zones[z][0]);
		assert_lawful(a.lab);
		assert_cache_sound(c);
		for (unsigned i = 1; i < 2 * BLOCK_FRAMES; i += 2) {
			uint64_t pfn = labyrinth_page_pfn(a.lab, c->page[z * 2 * BLOCK_FRAMES + i]).n;

			assert_true(pfn >= three_zones[z][0] && pfn < three_zones[z][1]);
		}
	}
	assert_status(labyrinth_compact(a.lab, BLOCK_ORDER, 256).status, LABYRINTH_NO_MEMORY);
	cache_end(c);
	arena_end(&a);
}

/* Frames at hand are neither free nor movable; this CPU's are given back first. */
static void what_is_at_hand_goes_back_first(void **state)
{
	struct labyrinth_config config = config_of(1, 0, 0);
	struct arena a;
	struct cache *c;
	struct page *borrowed[64];

	(void)state;
	config.cpus = 1;
	config.magazine = 64;
	a = arena_new(small_machine, config);
	c = cache_new(a.lab);
	assert_int_equal(cache_fill_all(c, CACHE_MOST), FRAMES);
	for (unsigned i = 0; i < 64; i++)
		cache_drop(c, i);
	for (unsigned i = 0; i < 64; i++)
		borrowed[i] = must_alloc(a.lab, KERNEL, 0);
	for (unsigned i = 64; i < 400; i++)
		cache_drop(c, i);
	for (unsigned i = 0; i < 300; i++)
		cache_drop(c, BLOCK_FRAMES + i);
	for (unsigned i = 0; i < 64; i++)
		must_free(a.lab, borrowed[i], 0);
	assert_true(stats_of(a.lab).cached > 0);
	assert_int_equal(labyrinth_compact(a.lab, BLOCK_ORDER, 1000).built.n, GIB4);
	assert_lawful(a.lab);
	assert_cache_sound(c);
	cache_end(c);
	arena_end(&a);
}

/* SHRED goes with the frame: where it was is overwritten, and where it is will be. */
static void what_is_to_be_shredded_is_when_it_moves(void **state)
{
	struct arena a = arena_new(small_machine, config_of(1, 0, 0));
	struct cache *c = cache_new(a.lab);
	uint64_t shredded, mark;
	struct page *from, *to;

	(void)state;
	for (unsigned i = 0; i <= BLOCK_FRAMES; i++)
		assert_true(cache_fill(c, i, KERNEL | (i == BLOCK_FRAMES ? LABYRINTH_GFP_SHRED : 0)));
	cache_drop(c, 7);
	shredded = stats_of(a.lab).shredded;
	from = c->page[BLOCK_FRAMES];
	mark = *cache_bytes(c, from);
	assert_status(labyrinth_compact(a.lab, BLOCK_ORDER, 1).status, LABYRINTH_OK);
	to = c->page[BLOCK_FRAMES];
	assert_ptr_not_equal(to, from);
	assert_int_equal(stats_of(a.lab).shredded, shredded + 1);
	assert_int_not_equal(*cache_bytes(c, from), mark);
	cache_drop(c, BLOCK_FRAMES);
	assert_int_equal(stats_of(a.lab).shredded, shredded + 2);
	assert_int_not_equal(*cache_bytes(c, to), mark);
	cache_end(c);
	arena_end(&a);
}

static void nobody_is_asked_about_a_hidden_frame(struct cache *c, unsigned at)
{
	assert_false(witness.hidden[labyrinth_page_pfn(c->lab, c->page[at]).n - GIB4]);
}

/* Frames come in reach before they are written, and whatever moves in between, nothing looks like a stray write. */
static void with_debug_aids_no_false_alarm(void **state)
{
	struct arena a = aids_machine(AIDS_ALL, 16);
	struct cache *c = cache_new(a.lab);
	unsigned places;

	(void)state;
	places = cache_fill_all(c, CACHE_MOST);
	for (unsigned i = 0; i < places; i++)
		if (i % 4 != 0)
			cache_drop(c, i);
	c->before = c->after = nobody_is_asked_about_a_hidden_frame;
	assert_int_equal(labyrinth_compact(a.lab, BLOCK_ORDER, 1000).status, LABYRINTH_OK);
	assert_true(c->asked > 100);
	assert_lawful(a.lab);
	assert_cache_sound(c);
	must_free(a.lab, must_alloc(a.lab, KERNEL | LABYRINTH_GFP_MOVABLE, 0), 0);
	for (unsigned i = 0; i < places; i++)
		if (i % 4 != 0)
			cache_fill(c, i, KERNEL);
	assert_int_equal(witness.reports, 0);
	cache_end(c);
	assert_lawful(a.lab);
	assert_int_equal(witness.reports, 0);
	arena_end(&a);
}

/* Where a frame was is given back as by a free: poisoned, out of reach, and a write there is found. */
static void what_was_left_is_watched(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_GUARD, 0);
	struct cache *c = cache_new(a.lab);
	struct labyrinth_debug_trace trace;
	struct page *from;

	(void)state;
	for (unsigned i = 0; i <= BLOCK_FRAMES; i++)
		assert_true(cache_fill(c, i, KERNEL));
	cache_drop(c, 7);
	from = c->page[BLOCK_FRAMES];
	assert_status(labyrinth_compact(a.lab, BLOCK_ORDER, 1).status, LABYRINTH_OK);
	assert_ptr_not_equal(c->page[BLOCK_FRAMES], from);
	assert_true(witness.hidden[labyrinth_page_pfn(a.lab, from).n - GIB4]);
	assert_status(labyrinth_debug_last(a.lab, from, &trace), LABYRINTH_OK);
	assert_true(trace.given.sequence > trace.taken.sequence);
	bytes_of(a.lab, from)[77] ^= 1;
	must_alloc(a.lab, KERNEL | LABYRINTH_GFP_MOVABLE, BLOCK_ORDER);
	assert_int_equal(witness.reports, 1);
	assert_int_equal(witness.report.pfn.n, labyrinth_page_pfn(a.lab, from).n);
	assert_int_equal(witness.report.offset, 77);
	cache_end(c);
	arena_end(&a);
}

static bool nobody_moves(struct cache *c, unsigned at)
{
	(void)c, (void)at;
	return true;
}

/* Who took it is on record where it has gone to; where it could not go to, nobody but the compaction was. */
static void its_record_moves_with_it(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_TRACE, 0);
	struct cache *c = cache_new(a.lab);
	struct labyrinth_debug_trace before, after;
	struct page *from, *hole;

	(void)state;
	for (unsigned i = 0; i <= BLOCK_FRAMES; i++)
		assert_true(cache_fill(c, i, KERNEL));
	hole = c->page[7];
	cache_drop(c, 7);
	from = c->page[BLOCK_FRAMES];
	assert_status(labyrinth_debug_last(a.lab, from, &before), LABYRINTH_OK);
	c->refuses = nobody_moves;
	assert_status(labyrinth_compact(a.lab, BLOCK_ORDER, 1).status, LABYRINTH_NO_MEMORY);
	assert_status(labyrinth_debug_last(a.lab, hole, &after), LABYRINTH_OK);
	assert_true(after.taken.sequence > before.taken.sequence && after.given.sequence > after.taken.sequence);
	c->refuses = NULL;
	assert_status(labyrinth_compact(a.lab, BLOCK_ORDER, 1).status, LABYRINTH_OK);
	assert_ptr_equal(c->page[BLOCK_FRAMES], hole);
	assert_status(labyrinth_debug_last(a.lab, hole, &after), LABYRINTH_OK);
	assert_memory_equal(&after, &before, sizeof(after));
	cache_end(c);
	arena_end(&a);
}

/* While a frame is in two places there is one less, and the zone may be low. */
static void is_lawful(struct cache *c, unsigned at)
{
	(void)at;
	assert_lawful(c->lab);
}

static void a_zone_that_is_low_meanwhile_is_noted(void **state)
{
	struct machine m = low_machine_new();

	(void)state;
	drop_some(&m, 0, 0, FRAMES / 4 - 2);
	drop_some(&m, 1, 0, 2);
	assert_int_equal(attention(m.lab) & 7 * ATTEND_LOW, 0);
	m.cache->before = is_lawful;
	assert_int_equal(labyrinth_compact(m.lab, BLOCK_ORDER, 2).moved, 2);
	assert_int_equal(attention(m.lab) & 7 * ATTEND_LOW, 0);
	full_end(&m);
}

/* Frames in a row, for a device: a task that may wait has movers asked, below the limit. */
static void a_range_asks_movers(void **state)
{
	const struct labyrinth_contiguous ranges[] = {
		{ 300, { UINT64_MAX }, 1, 0 }, { 512, { UINT64_MAX }, 512, 512 }, { 600, { UINT64_MAX }, 1, 0 },
		{ 3, { UINT64_MAX }, 1024, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		struct machine m = machine_new();
		struct page *page;

		for (unsigned at = 0; at < FRAMES; at += 2)
			cache_drop(m.cache, at);
		cache_drop(m.cache, BLOCK_FRAMES + 1); /* the cheapest is not aligned to more than itself */
		assert_status(labyrinth_alloc_contiguous(m.lab, LABYRINTH_GFP_NOWAIT, &ranges[i]).status,
		              LABYRINTH_NO_MEMORY);
		assert_int_equal(m.cache->asked, 0);
		page = labyrinth_alloc_contiguous(m.lab, KERNEL, &ranges[i]).page;
		assert_non_null(page);
		assert_true(m.cache->asked > 0);
		assert_cache_sound(m.cache);
		assert_status(labyrinth_free_contiguous(m.lab, page, ranges[i].frames), LABYRINTH_OK);
		full_end(&m);
	}
}

/* Nothing can come of it where the range has to be in a lower zone: nobody is asked. */
static void a_range_below_asks_nobody(void **state)
{
	const struct labyrinth_contiguous below = { 2, { 0xfffff }, 1, 0 };
	struct machine m = machine_new();

	(void)state;
	cache_drop(m.cache, 0);
	cache_drop(m.cache, 2);
	assert_status(labyrinth_alloc_contiguous(m.lab, KERNEL, &below).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(m.cache->asked, 0);
	full_end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(the_cheapest_goes),
		kit_test(a_frame_that_came_back_moves),
		kit_test(a_frame_that_came_back_moves_and_goes_at_once),
		kit_test(a_frame_taken_where_one_was_moved_to_is_its_users),
		kit_test(ordinary_frames_move_unshredded),
		kit_test(of_two_that_cost_the_same_the_lower),
		kit_test(twins_make_larger_blocks),
		kit_test(what_cannot_go_stays),
		kit_test(nothing_to_do),
		kit_test(refused_by_name),
		kit_test(a_small_budget_gets_there_too),
		kit_test(refusals_change_nothing),
		kit_test(half_of_them_refuse),
		kit_test(callbacks_may_do_anything),
		kit_test(interrupted_by_somebody_who_needs_all),
		kit_test(a_request_that_may_wait_compacts),
		kit_test(others_leave_it_to_maintenance),
		kit_test(a_demand_in_the_middle_is_kept),
		kit_test(the_highest_order_is_what_counts),
		kit_test(each_zone_by_itself),
		kit_test(what_is_at_hand_goes_back_first),
		kit_test(what_is_to_be_shredded_is_when_it_moves),
		kit_test(with_debug_aids_no_false_alarm),
		kit_test(what_was_left_is_watched),
		kit_test(its_record_moves_with_it),
		kit_test(a_zone_that_is_low_meanwhile_is_noted),
		kit_test(a_range_asks_movers),
		kit_test(a_range_below_asks_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
