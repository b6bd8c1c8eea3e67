/*
 * test_reserve.c - the reserve: its count is exact, by itself and as shared GFP_ATOMIC sees it.
 */
#include "kit.h"

#define FRAMES 8u
#define ASIDE  16u

static struct page pages[FRAMES];
static struct frames frames = { .page = pages };

static struct reserve reserve_new(uint64_t target)
{
	struct reserve r;

	memset(&r, 0xa5, sizeof(r));
	memset(pages, 0, sizeof(pages));
	labyrinth_reserve_init(&r, &frames, target, FRAME_RESERVED);
	return r;
}

static void push_counts_and_pop_counts_back(void **state)
{
	struct reserve r = reserve_new(2);

	(void)state;
	assert_int_equal(r.target, 2);
	for (unsigned i = 0; i < FRAMES; i++) { /* push looks at no target */
		assert_int_equal(reserve_count(&r), i);
		labyrinth_reserve_push(&r, &pages[i]);
		assert_int_equal(word_state(word_load(&pages[i])), FRAME_RESERVED);
	}
	for (unsigned i = FRAMES; i-- > 0;) {
		assert_ptr_equal(labyrinth_reserve_pop(&r), &pages[i]);
		assert_int_equal(reserve_count(&r), i);
	}
	assert_null(labyrinth_reserve_pop(&r));
	assert_int_equal(reserve_count(&r), 0);
}

static void refill_stops_at_the_target(void **state)
{
	(void)state;
	for (uint64_t target = 0; target <= FRAMES; target++) {
		struct reserve r = reserve_new(target);

		for (unsigned i = 0; i < FRAMES; i++) {
			uint64_t before = word_load(&pages[i]);

			assert_int_equal(labyrinth_reserve_refill(&r, &pages[i]), i < target);
			if (i >= target)
				assert_int_equal(word_load(&pages[i]), before);
		}
		assert_int_equal(reserve_count(&r), target);
	}
}

/* ---- As the allocator uses it. */

struct bench {
	struct arena arena;
	struct hog  *hog;
};

/* A machine whose zones are empty, with ASIDE frames in reserve. */
static struct bench bench_new(void)
{
	struct bench b = { .arena = arena_new(small_machine, config_of(2, ASIDE, 32)) };

	b.hog = hog_new(b.arena.lab);
	assert_int_equal(stats_of(b.arena.lab).reserve, ASIDE);
	return b;
}

static void bench_end(struct bench *b)
{
	host_context = LABYRINTH_TASK;
	assert_lawful(b->arena.lab);
	free(b->hog);
	arena_end(&b->arena);
}

static void atomic_gets_exactly_the_reserve(void **state)
{
	static const enum labyrinth_context contexts[] = { LABYRINTH_TASK, LABYRINTH_INTERRUPT, LABYRINTH_NMI };

	(void)state;
	for (size_t c = 0; c < COUNT(contexts); c++) {
		struct bench b = bench_new();

		host_context = contexts[c];
		for (unsigned i = 0; i < ASIDE; i++) {
			must_alloc(b.arena.lab, LABYRINTH_GFP_ATOMIC, 0);
			assert_int_equal(stats_of(b.arena.lab).reserve, ASIDE - 1 - i);
		}
		ASSERT_REFUSED_COUNTED(&b.arena, alloc_status(b.arena.lab, LABYRINTH_GFP_ATOMIC, 0),
		                       LABYRINTH_NO_MEMORY);
		assert_int_equal(stats_of(b.arena.lab).vault, 32);
		bench_end(&b);
	}
}

static void nobody_else_gets_any_of_it(void **state)
{
	static const struct { const char *name; labyrinth_gfp_t gfp; unsigned order; } cases[] = {
		{ "kernel",              LABYRINTH_GFP_KERNEL, 0 },
		{ "nowait",              LABYRINTH_GFP_NOWAIT, 0 },
		{ "atomic, order 1",     LABYRINTH_GFP_ATOMIC, 1 },
		{ "atomic, order 9",     LABYRINTH_GFP_ATOMIC, LABYRINTH_MAX_ORDER },
		{ "atomic, dma",         LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_DMA, 0 },
		{ "atomic, dma32",       LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_DMA32, 0 },
		{ "nowait, zero",        LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_ZERO, 0 },
	};
	struct bench b = bench_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		ASSERT_REFUSED_COUNTED(&b.arena, alloc_status(b.arena.lab, cases[i].gfp, cases[i].order),
		                       LABYRINTH_NO_MEMORY);
	bench_end(&b);
}

static void freed_frames_refill_it_first(void **state)
{
	struct bench b = bench_new();
	struct labyrinth *lab = b.arena.lab;

	(void)state;
	for (unsigned i = 0; i < ASIDE; i++)
		b.hog->page[b.hog->count++] = must_alloc(lab, LABYRINTH_GFP_ATOMIC, 0);
	for (unsigned i = 0; i < ASIDE; i++) {
		hog_free(lab, b.hog, 1);
		assert_int_equal(stats_of(lab).reserve, i + 1);
		assert_int_equal(stats_of(lab).free, 0);
		assert_lawful(lab);
	}
	hog_free(lab, b.hog, 1);
	assert_int_equal(stats_of(lab).reserve, ASIDE);
	assert_int_equal(stats_of(lab).free, 1);
	bench_end(&b);
}

static void a_freed_block_of_more_frames_does_not(void **state)
{
	struct arena a = arena_new(small_machine, config_of(2, ASIDE, 32));
	struct page *pair = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 1);
	struct hog *hog = hog_new(a.lab);

	(void)state;
	hog->page[hog->count++] = must_alloc(a.lab, LABYRINTH_GFP_ATOMIC, 0);
	must_free(a.lab, pair, 1);
	assert_int_equal(stats_of(a.lab).reserve, ASIDE - 1);
	assert_int_equal(stats_of(a.lab).free, 2);
	assert_lawful(a.lab);
	hog_end(a.lab, hog);
	arena_end(&a);
}

/* While the zones can serve, the reserve stays whole. */
static void the_zones_come_first(void **state)
{
	struct bench b = bench_new();

	(void)state;
	hog_free(b.arena.lab, b.hog, 3);
	for (unsigned i = 0; i < 3; i++)
		must_alloc(b.arena.lab, LABYRINTH_GFP_ATOMIC, 0);
	assert_int_equal(stats_of(b.arena.lab).reserve, ASIDE);
	must_alloc(b.arena.lab, LABYRINTH_GFP_ATOMIC, 0);
	assert_int_equal(stats_of(b.arena.lab).reserve, ASIDE - 1);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(push_counts_and_pop_counts_back),
		kit_test(refill_stops_at_the_target),
		kit_test(atomic_gets_exactly_the_reserve),
		kit_test(nobody_else_gets_any_of_it),
		kit_test(freed_frames_refill_it_first),
		kit_test(a_freed_block_of_more_frames_does_not),
		kit_test(the_zones_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
