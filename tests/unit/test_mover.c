/*
 * test_mover.c - movers come and go; their frames, and every way to be refused one.
 */
#include "kit.h"

#include "cache.h"

#define KERNEL LABYRINTH_GFP_KERNEL

static struct arena machine_new(void)
{
	return arena_new(small_machine, config_of(1, 4, 0));
}

static enum labyrinth_status movable_status(struct labyrinth *lab, labyrinth_gfp_t gfp, labyrinth_mover_t mover)
{
	struct labyrinth_grant grant = labyrinth_alloc_movable(lab, gfp, mover);

	assert_true((grant.page == NULL) == (grant.status != LABYRINTH_OK));
	return grant.status;
}

static bool never(void *context, struct page *from, struct page *to)
{
	(void)context;
	(void)from;
	(void)to;
	return false;
}

static const struct labyrinth_mover someone = { "someone", never, NULL };

static void as_many_as_there_are_slots(void **state)
{
	struct arena a = machine_new();
	labyrinth_mover_t movers[LABYRINTH_MAX_MOVERS + 1], again;

	(void)state;
	for (unsigned i = 0; i < LABYRINTH_MAX_MOVERS; i++)
		assert_status(labyrinth_mover_register(a.lab, &someone, &movers[i]), LABYRINTH_OK);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_mover_register(a.lab, &someone, &again), LABYRINTH_TOO_MANY_MOVERS);
	assert_status(labyrinth_mover_unregister(a.lab, movers[7]), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_mover_unregister(a.lab, movers[7]), LABYRINTH_BAD_MOVER);
	assert_status(labyrinth_mover_register(a.lab, &someone, &again), LABYRINTH_OK);
	assert_int_equal(again.slot, 7);
	assert_int_not_equal(again.generation, movers[7].generation);
	ASSERT_REFUSED(&a, labyrinth_mover_unregister(a.lab, movers[7]), LABYRINTH_BAD_MOVER);
	arena_end(&a);
}

static void bad_registrations(void **state)
{
	const struct labyrinth_mover nameless = { NULL, never, NULL }, idle = { "idle", NULL, NULL };
	struct arena a = machine_new();
	labyrinth_mover_t out;

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_mover_register(NULL, &someone, &out), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_mover_register(a.lab, NULL, &out), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_mover_register(a.lab, &someone, NULL), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_mover_register(a.lab, &nameless, &out), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_mover_register(a.lab, &idle, &out), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_mover_unregister(NULL, (labyrinth_mover_t){ 0, 1 }), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_mover_unregister(a.lab, (labyrinth_mover_t){ 0, 0 }), LABYRINTH_BAD_MOVER);
	ASSERT_REFUSED(&a, labyrinth_mover_unregister(a.lab, (labyrinth_mover_t){ LABYRINTH_MAX_MOVERS, 1 }),
	               LABYRINTH_BAD_MOVER);
	for (host_context = LABYRINTH_INTERRUPT; host_context <= LABYRINTH_NMI; host_context++) {
		ASSERT_REFUSED(&a, labyrinth_mover_register(a.lab, &someone, &out), LABYRINTH_IN_INTERRUPT);
		ASSERT_REFUSED(&a, labyrinth_mover_unregister(a.lab, (labyrinth_mover_t){ 0, 1 }),
		               LABYRINTH_IN_INTERRUPT);
	}
	arena_end(&a);
}

static void with_frames_it_stays(void **state)
{
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);
	struct labyrinth_mover_stats stats;

	(void)state;
	assert_true(cache_fill(c, 0, KERNEL));
	assert_true(cache_fill(c, 1, KERNEL));
	assert_lawful(a.lab);
	ASSERT_REFUSED(&a, labyrinth_mover_unregister(a.lab, c->mover), LABYRINTH_BUSY);
	assert_status(labyrinth_mover_stats(a.lab, c->mover, &stats), LABYRINTH_OK);
	assert_string_equal(stats.name, "cache");
	assert_int_equal(stats.frames, 2);
	ASSERT_REFUSED(&a, labyrinth_mover_stats(a.lab, (labyrinth_mover_t){ 1, 1 }, &stats), LABYRINTH_BAD_MOVER);
	ASSERT_REFUSED(&a, labyrinth_mover_stats(a.lab, (labyrinth_mover_t){ 99, 1 }, &stats), LABYRINTH_BAD_MOVER);
	ASSERT_REFUSED(&a, labyrinth_mover_stats(a.lab, c->mover, NULL), LABYRINTH_NULL_POINTER);
	assert_int_equal(stats.frames, 2);
	cache_end(c);
	assert_lawful(a.lab);
	assert_int_equal(stats_of(a.lab).shared, 0);
	arena_end(&a);
}

/* What it was asked to move, and did not, is not the next one's. */
static void a_slot_is_clean_for_the_next(void **state)
{
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);
	struct mover *m = &a.lab->movers->at[c->mover.slot];
	struct labyrinth_mover_stats stats;
	labyrinth_mover_t last = c->mover;

	(void)state;
	m->moved = m->refused = 5;
	cache_end(c);
	c = cache_new(a.lab);
	assert_int_equal(c->mover.slot, last.slot);
	assert_status(labyrinth_mover_stats(a.lab, c->mover, &stats), LABYRINTH_OK);
	assert_int_equal(stats.moved + stats.refused, 0);
	ASSERT_REFUSED(&a, labyrinth_mover_stats(a.lab, last, &stats), LABYRINTH_BAD_MOVER);
	ASSERT_REFUSED(&a, labyrinth_mover_unregister(a.lab, last), LABYRINTH_BAD_MOVER);
	cache_end(c);
	arena_end(&a);
}

static void refused_by_name(void **state)
{
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);
	labyrinth_mover_t stale = { c->mover.slot, (uint16_t)(c->mover.generation + 2) };

	(void)state;
	ASSERT_REFUSED(&a, movable_status(NULL, KERNEL, c->mover), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, movable_status(a.lab, KERNEL, stale), LABYRINTH_BAD_MOVER);
	ASSERT_REFUSED(&a, movable_status(a.lab, KERNEL, (labyrinth_mover_t){ 0, 0 }), LABYRINTH_BAD_MOVER);
	ASSERT_REFUSED(&a, movable_status(a.lab, KERNEL, (labyrinth_mover_t){ 40, 1 }), LABYRINTH_BAD_MOVER);
	ASSERT_REFUSED(&a, movable_status(a.lab, 0, c->mover), LABYRINTH_BAD_FLAGS);
	ASSERT_REFUSED(&a, movable_status(a.lab, KERNEL | LABYRINTH_GFP_RECLAIMABLE, c->mover), LABYRINTH_BAD_FLAGS);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, movable_status(a.lab, KERNEL, c->mover), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_int_equal(cache_fill_all(c, CACHE_MOST), 2048 - 4); /* but for the reserve */
	ASSERT_REFUSED_COUNTED(&a, movable_status(a.lab, KERNEL, c->mover), LABYRINTH_NO_MEMORY);
	cache_end(c);
	arena_end(&a);
}

static void in_every_context(void **state)
{
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);

	(void)state;
	host_context = LABYRINTH_INTERRUPT;
	assert_true(cache_fill(c, 0, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_MOVABLE));
	cache_drop(c, 0);
	host_context = LABYRINTH_NMI;
	assert_true(cache_fill(c, 0, LABYRINTH_GFP_ATOMIC));
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, c->page[0], 0), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_lawful(a.lab);
	cache_end(c);
	arena_end(&a);
}

static void freed_twice_or_with_another_order(void **state)
{
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);
	struct page *page;

	(void)state;
	cache_fill(c, 0, KERNEL);
	page = c->page[0];
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 1), LABYRINTH_WRONG_ORDER);
	cache_drop(c, 0);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 0), LABYRINTH_NOT_ALLOCATED);
	cache_end(c);
	arena_end(&a);
}

static void clear_when_asked(void **state)
{
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);
	struct labyrinth_grant grant;

	(void)state;
	memset(host_bytes((phys_addr_t){ GIB4 << LABYRINTH_PAGE_SHIFT }), 0xff, 2048 * LABYRINTH_PAGE_SIZE);
	grant = labyrinth_alloc_movable(a.lab, KERNEL | LABYRINTH_GFP_ZERO, c->mover);
	assert_status(grant.status, LABYRINTH_OK);
	for (unsigned i = 0; i < LABYRINTH_PAGE_SIZE; i++)
		assert_int_equal(bytes_of(a.lab, grant.page)[i], 0);
	must_free(a.lab, grant.page, 0);
	cache_end(c);
	arena_end(&a);
}

static void a_request_like_any_other_for_injection(void **state)
{
	const struct labyrinth_injection second = { .first = 2 };
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);
	struct labyrinth_injection_stats stats;

	(void)state;
	assert_status(labyrinth_inject(a.lab, &second), LABYRINTH_OK);
	assert_true(cache_fill(c, 0, KERNEL));
	assert_false(cache_fill(c, 1, KERNEL));
	assert_true(cache_fill(c, 1, KERNEL));
	labyrinth_injection_stats(a.lab, &stats);
	assert_int_equal(stats.requests, 3);
	assert_int_equal(stats.refused, 1);
	assert_lawful(a.lab);
	cache_end(c);
	arena_end(&a);
}

/* Magazines hand frames to anybody: one of a movable page block would pin it down. */
static void magazines_never_see_one(void **state)
{
	struct labyrinth_config config = config_of(1, 4, 0);
	const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE };
	struct arena a;
	struct cache *c;

	(void)state;
	config.cpus = 1;
	config.magazine = 32;
	a = arena_new(small_machine, config);
	c = cache_new(a.lab);
	must_free(a.lab, must_alloc(a.lab, KERNEL, 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t cached = stats_of(a.lab).cached, free = stats_of(a.lab).free;
		struct page *page = must_alloc(a.lab, KERNEL | kinds[i], 0);

		assert_int_equal(stats_of(a.lab).free, free - 1);
		must_free(a.lab, page, 0);
		assert_int_equal(stats_of(a.lab).cached, cached);
		assert_int_equal(stats_of(a.lab).free, free);
	}
	cache_fill(c, 0, KERNEL);
	cache_drop(c, 0);
	assert_lawful(a.lab);
	cache_end(c);
	arena_end(&a);
}

/* Nor does the reserve keep one, as long as there is another. */
static void the_reserve_is_filled_with_others(void **state)
{
	struct arena a = machine_new();
	struct cache *c = cache_new(a.lab);
	struct hog *hog;
	struct page *emergency, *back;

	(void)state;
	cache_fill(c, 0, KERNEL);
	hog = hog_new(a.lab);
	emergency = must_alloc(a.lab, LABYRINTH_GFP_ATOMIC, 0);
	assert_int_equal(stats_of(a.lab).reserve, 3);
	cache_drop(c, 0); /* nothing else is free */
	assert_int_equal(stats_of(a.lab).reserve, 4);
	assert_int_equal(stats_of(a.lab).free, 0);
	must_free(a.lab, emergency, 0);
	assert_int_equal(stats_of(a.lab).free, 1);
	cache_fill(c, 0, KERNEL);
	hog_free(a.lab, hog, 1);
	back = labyrinth_reserve_pop(a.lab->reserve);
	labyrinth_zone_put(&a.lab->zones[LABYRINTH_ZONE_NORMAL], back, 0, ZONE_WAIT);
	cache_drop(c, 0);
	assert_int_equal(stats_of(a.lab).reserve, 4);
	assert_int_equal(stats_of(a.lab).free, 2);
	assert_lawful(a.lab);
	cache_end(c);
	hog_end(a.lab, hog);
	arena_end(&a);
}

struct seen {
	const struct cache *cache;
	unsigned named, others;
};

static bool see(const struct labyrinth_block *block, void *context)
{
	struct seen *seen = context;

	if (block->mover.generation == 0)
		seen->others++;
	else
		seen->named += block->state == LABYRINTH_BLOCK_SHARED && block->mover.slot == seen->cache->mover.slot
		               && block->mover.generation == seen->cache->mover.generation;
	return true;
}

static void the_walk_names_the_mover(void **state)
{
	struct arena a = machine_new();
	struct seen seen = { .cache = cache_new(a.lab) };

	(void)state;
	must_alloc(a.lab, KERNEL | LABYRINTH_GFP_MOVABLE, 0);
	for (unsigned i = 0; i < 5; i++)
		cache_fill((struct cache *)seen.cache, i, KERNEL);
	assert_true(labyrinth_for_each_block(a.lab, see, &seen));
	assert_int_equal(seen.named, 5);
	assert_true(seen.others > 1);
	cache_end((struct cache *)seen.cache);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(as_many_as_there_are_slots),
		kit_test(bad_registrations),
		kit_test(with_frames_it_stays),
		kit_test(a_slot_is_clean_for_the_next),
		kit_test(refused_by_name),
		kit_test(in_every_context),
		kit_test(freed_twice_or_with_another_order),
		kit_test(clear_when_asked),
		kit_test(a_request_like_any_other_for_injection),
		kit_test(magazines_never_see_one),
		kit_test(the_reserve_is_filled_with_others),
		kit_test(the_walk_names_the_mover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
