/*
 * test_movers.c - two users of movable frames, who refuse, free and allocate at random in the middle of compactions,
 * beside ordinary users; and what a compaction chooses, predicted.
 *
 * Idea    Each user knows what it wrote into which frame. After every step all laws hold, all bytes are where they
 *         belong, and no frame is missing. Interrupts arrive wherever the allocator lets them in. When nobody disturbs
 *         it, a compaction empties exactly the page block that a scan of all frames finds to be the cheapest.
 */
#include <inttypes.h>

#include "unit/cache.h"
#include "unit/dice.h"

#define USERS  2u
#define PLACES 1500u
#define OTHERS 60u

static const uint64_t machine[][2] = { { 0x200, 0x400 }, { 0x1000, 0x1a00 }, { GIB4, GIB4 + 0x783 }, { 0, 0 } };

struct scene {
	struct arena      arena;
	struct labyrinth *lab;
	struct dice       dice;
	struct cache     *user[USERS];
	struct page      *other[OTHERS];
	unsigned          order[OTHERS];
	unsigned          others;
	unsigned          trouble;      /* of 100 callbacks, how many refuse; as many do something else besides */
	bool              interrupting; /* an interrupt does not interrupt itself */
	uint64_t          built, moved, refused, predicted;
};

static struct scene run;

static uint64_t below(uint64_t sides)
{
	return dice_below(&run.dice, sides);
}

/* ---- What users do. */

static labyrinth_gfp_t some_gfp(void)
{
	static const labyrinth_gfp_t zones[] = { 0, 0, 0, LABYRINTH_GFP_DMA, LABYRINTH_GFP_DMA32 };
	labyrinth_gfp_t kind = host_context == LABYRINTH_TASK && !run.interrupting && below(2) ? LABYRINTH_GFP_KERNEL
	                                                                                       : LABYRINTH_GFP_ATOMIC;

	return kind | zones[below(5)] | (below(8) == 0 ? LABYRINTH_GFP_ZERO : 0);
}

static void step_fill(void)
{
	struct cache *c = run.user[below(USERS)];
	unsigned at = (unsigned)below(PLACES);

	if (c->page[at] == NULL)
		cache_fill(c, at, some_gfp());
}

static void step_drop(void)
{
	struct cache *c = run.user[below(USERS)];
	unsigned at = (unsigned)below(PLACES);

	if (c->page[at] != NULL)
		cache_drop(c, at);
}

static void step_other(void)
{
	static const labyrinth_gfp_t kinds[] = { 0, 0, LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE };
	unsigned order = (unsigned)__builtin_ctzll(dice_roll(&run.dice) | 64);
	struct labyrinth_grant grant;

	if (run.others == OTHERS)
		return;
	grant = labyrinth_alloc_pages(run.lab, some_gfp() | kinds[below(4)], order);
	if (grant.page == NULL)
		return;
	run.other[run.others] = grant.page;
	run.order[run.others++] = order;
}

static void step_free(void)
{
	unsigned i = (unsigned)below(run.others + 1);

	if (i == run.others)
		return;
	must_free(run.lab, run.other[i], run.order[i]);
	run.other[i] = run.other[--run.others];
	run.order[i] = run.order[run.others];
}

/* Wherever interrupts come back on, now and then. Not while a step of the test itself is half done. */
static bool inside; /* a call that may be interrupted */

static void interrupt(void)
{
	static void (*const steps[])(void) = { step_drop, step_drop, step_fill, step_other, step_free };

	if (!inside || run.interrupting || below(200) != 0)
		return;
	run.interrupting = true;
	steps[below(5)]();
	run.interrupting = false;
}

static bool refuses(struct cache *c, unsigned at)
{
	(void)c;
	(void)at;
	return below(100) < run.trouble;
}

/* While the allocator waits for an answer: this frame is freed, or another one, or taken, or everything at once. */
static void trouble(struct cache *c, unsigned at)
{
	bool was = inside;

	inside = false;
	if (below(100) < run.trouble)
		switch (below(4)) {
		case 0:
			if (c->page[at] != NULL)
				cache_drop(c, at);
			break;
		case 1:
			step_drop();
			break;
		case 2:
			step_fill();
			break;
		default:
			step_other();
		}
	inside = was;
}

/* ---- What the whole must look like. */

struct survey {
	uint64_t free[32], movable[32]; /* by page block */
	uint64_t room[LABYRINTH_ZONES];
};

static bool count_block(const struct labyrinth_block *block, void *context)
{
	struct survey *s = context;
	const struct frames *f = run.lab->frames;
	struct page *page = labyrinth_pfn_page(run.lab, block->first);
	unsigned b = (unsigned)(page_index(f, page) / BLOCK_FRAMES);

	if (block->state == LABYRINTH_BLOCK_FREE && block->order > BLOCK_ORDER)
		for (unsigned i = 0; i < 1u << (block->order - BLOCK_ORDER); i++)
			s->free[b + i] = BLOCK_FRAMES;
	else if (block->state == LABYRINTH_BLOCK_FREE)
		s->free[b] += UINT64_C(1) << block->order;
	s->movable[b] += block->mover.generation != 0;
	return true;
}

static struct survey survey_new(void)
{
	struct survey s = { { 0 }, { 0 }, { 0 } };
	const struct frames *f = run.lab->frames;

	assert_true(f->blocks <= 32);
	assert_true(labyrinth_for_each_block(run.lab, count_block, &s));
	for (block_t b = { 0 }; b.i < f->blocks; b.i++)
		if (s.free[b.i] < BLOCK_FRAMES && block_opened(f, b) && f->note[b.i].mobility == MOBILITY_MOVABLE)
			s.room[zone_of(run.lab->zones, block_page(f, b, 0)) - run.lab->zones] += s.free[b.i];
	return s;
}

static void look(void)
{
	uint64_t movable = 0;

	assert_lawful(run.lab);
	for (unsigned u = 0; u < USERS; u++)
		for (unsigned i = 0; i < PLACES; i++)
			if (run.user[u]->page[i] != NULL) {
				assert_int_equal(*cache_bytes(run.user[u], run.user[u]->page[i]), run.user[u]->mark[i]);
				movable++;
			}
	assert_int_equal(stats_of(run.lab).movable, movable);
}

/* ---- Compactions, disturbed or predicted. */

static void note_down(struct labyrinth_compaction done, uint64_t budget)
{
	assert_true(done.status == LABYRINTH_OK || done.status == LABYRINTH_NO_MEMORY);
	assert_true(done.moved + done.refused <= budget);
	run.built += done.status == LABYRINTH_OK;
	run.moved += done.moved;
	run.refused += done.refused;
}

static void step_compact(void)
{
	uint64_t budget = below(700);

	run.trouble = (unsigned)below(30);
	inside = true;
	note_down(labyrinth_compact(run.lab, (unsigned)below(10), budget), budget);
	inside = false;
}

static void step_maintain(void)
{
	run.trouble = (unsigned)below(30);
	inside = true;
	labyrinth_maintain(run.lab, below(100));
	inside = false;
}

/* The cheapest page block of a zone; the number of blocks when there is none. */
static unsigned cheapest(const struct survey *s, const struct zone *z)
{
	unsigned best = run.lab->frames->blocks;

	for (unsigned b = z->first.i; b < z->first.i + z->blocks; b++)
		if (s->movable[b] > 0 && s->free[b] + s->movable[b] == BLOCK_FRAMES
		    && (best == run.lab->frames->blocks || s->movable[b] < s->movable[best]))
			best = b;
	return best;
}

/* In the highest zone that has a page block to empty and room for what is in it, the cheapest becomes whole. */
static void step_predict(void)
{
	struct survey s = survey_new(), after;
	const struct frames *f = run.lab->frames;
	struct labyrinth_compaction done;
	unsigned z = LABYRINTH_ZONES, b = f->blocks;

	while (z-- > 0) {
		uint64_t room;

		b = cheapest(&s, &run.lab->zones[z]);
		if (b == f->blocks)
			continue;
		room = s.room[z] - (f->note[b].mobility == MOBILITY_MOVABLE ? s.free[b] : 0);
		if (s.movable[b] > room)
			return; /* it may move what it can and look elsewhere: not predicted */
		break;
	}
	run.trouble = 0;
	done = labyrinth_compact(run.lab, BLOCK_ORDER, 512);
	if (b == f->blocks) {
		assert_status(done.status, LABYRINTH_NO_MEMORY);
		assert_int_equal(done.moved + done.refused, 0);
		return;
	}
	after = survey_new();
	assert_status(done.status, LABYRINTH_OK);
	assert_int_equal(done.built.n, labyrinth_frames_pfn(f, block_page(f, (block_t){ b }, 0)).n);
	assert_int_equal(done.moved, s.movable[b]);
	assert_int_equal(done.refused, 0);
	assert_int_equal(after.free[b], BLOCK_FRAMES);
	run.predicted++;
}

static void at_random(void **state)
{
	static void (*const takes[])(void) = { step_fill, step_fill, step_fill, step_fill, step_other };
	static void (*const gives[])(void) = { step_drop, step_drop, step_drop, step_drop, step_free };
	static void (*const others[])(void) = { step_compact, step_maintain, step_predict };
	unsigned pressure = 6;

	(void)state;
	for (unsigned step = 0; step < 200000; step++) {
		if (below(2000) == 0)
			pressure = 2 + (unsigned)below(5);
		if (below(40) == 0)
			others[below(3)]();
		else if (below(8) < pressure)
			takes[below(5)]();
		else
			gives[below(5)]();
		if (step % 32 == 0)
			look();
	}
	printf("built %" PRIu64 ", as predicted %" PRIu64 ", moved %" PRIu64 ", refused %" PRIu64 "\n", run.built,
	       run.predicted, run.moved, run.refused);
	assert_true(run.built + run.predicted > 15 && run.predicted > 5 && run.moved > 1000 && run.refused > 100);
}

/* Undisturbed, compaction goes on until no page block's worth of free frames is left among the movable ones. */
static void to_the_end(void **state)
{
	const struct frames *f = run.lab->frames;
	struct survey s;

	(void)state;
	run.trouble = 0;
	while (run.others > 0)
		step_free();
	labyrinth_maintain(run.lab, UINT64_MAX);
	while (labyrinth_compact(run.lab, BLOCK_ORDER, UINT64_MAX).status == LABYRINTH_OK)
		look();
	s = survey_new();
	for (block_t b = { 0 }; b.i < f->blocks; b.i++)
		if (s.movable[b.i] > 0 && s.movable[b.i] + s.free[b.i] == BLOCK_FRAMES)
			assert_true(s.movable[b.i] + s.free[b.i]
			            > s.room[zone_of(run.lab->zones, block_page(f, b, 0)) - run.lab->zones]);
	look();
}

static int set_up(void **state)
{
	(void)state;
	host_reset(NULL);
	run.arena = arena_new(machine, config_of(1, 20, 0));
	run.lab = run.arena.lab;
	for (unsigned u = 0; u < USERS; u++) {
		run.user[u] = cache_new(run.lab);
		run.user[u]->refuses = refuses;
		run.user[u]->before = run.user[u]->after = trouble;
	}
	host_interrupt = interrupt;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	host_interrupt = NULL;
	for (unsigned u = 0; u < USERS; u++)
		cache_end(run.user[u]);
	arena_end(&run.arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(at_random), cmocka_unit_test(to_the_end) };

	run.dice = dice_new("test_movers");
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
