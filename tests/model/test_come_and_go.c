/*
 * test_come_and_go.c - long random sequences of what the other models leave out: contiguous ranges, memory that comes
 * after bring-up, frames that go offline, and owners with a pace and a watch.
 *
 * Idea    What stays true whatever was done before: a range lies where it was asked for, in frames that are there and
 *         nobody's; it is refused only when no such place is free; a frame that is to go offline is granted to nobody
 *         ever again; a claim is granted exactly if limit and pace allow it and there is a frame; and the watch is
 *         told exactly when a claim comes to its mark. Every law after every step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "port/host.h"
#include "unit/dice.h"

#define STEPS  12000
#define FIRST  0xe00u
#define LAST   0x1a00u
#define MOST   64u /* ranges; claims; frames that go offline */
#define OWNERS 3u

/* On both sides of 16 MiB, where a zone ends. */
static const uint64_t now[][2]   = { { 0xe10, 0x1040 }, { 0x1200, 0x1500 }, { 0, 0 } };
static const uint64_t later[][2] = { { 0x1040, 0x1100 }, { 0x1500, 0x19f3 }, { 0, 0 } };

struct owner_model {
	labyrinth_owner_t handle;
	uint32_t guarantee, limit, held;
	uint32_t rate, burst, tokens; /* the pace; no burst: none  */
	uint32_t low_water;           /* of the watch; 0: none     */
};

static struct {
	struct arena arena;
	struct dice  dice;
	bool there[LAST], held[LAST], bad[LAST], free[LAST]; /* by frame number; free: as of the last look */
	struct { struct page *page; uint64_t pfn; uint32_t frames; } range[MOST];
	struct { struct labyrinth_claim claim; unsigned owner; } claim[MOST];
	unsigned ranges, claims, bads;
	struct owner_model owner[OWNERS];
	unsigned told; /* calls of the watch in this step, and what it was told last */
	uint32_t left;
	uint64_t step, refused, granted, slowed, tellings, onlined;
} run;

static uint64_t below(uint64_t sides)
{
	return dice_below(&run.dice, sides);
}

static void check(bool holds, const char *what, uint64_t number)
{
	if (!holds)
		fail_msg("step %llu: %s (%llx)", (unsigned long long)run.step, what, (unsigned long long)number);
}

static uint64_t pfn_of(const struct page *page)
{
	return labyrinth_page_pfn(run.arena.lab, page).n;
}

/* ---- Frames that are granted and given back. */

static void hold(uint64_t pfn, uint64_t frames)
{
	for (uint64_t f = pfn; f < pfn + frames; f++) {
		check(f < LAST && run.there[f], "a frame was granted that is not there", f);
		check(!run.held[f], "a frame was granted to a second holder", f);
		check(!run.bad[f], "a frame was granted that is to go offline", f);
		run.held[f] = true;
	}
}

static void drop(uint64_t pfn, uint64_t frames)
{
	for (uint64_t f = pfn; f < pfn + frames; f++)
		run.held[f] = false;
}

static bool note_free(const struct labyrinth_block *block, void *context)
{
	(void)context;
	for (uint64_t f = block->first.n; f < block->first.n + (UINT64_C(1) << block->order); f++) {
		check(run.there[f], "a block is shown where nothing is", f);
		run.free[f] = block->state == LABYRINTH_BLOCK_FREE;
		check(!run.free[f] || (!run.held[f] && !run.bad[f]), "a frame is free that should not be", f);
	}
	return true;
}

static void look_around(void)
{
	memset(run.free, 0, sizeof(run.free));
	assert_true(labyrinth_for_each_block(run.arena.lab, note_free, NULL));
}

/* ---- Ranges. */

static bool lies_well(const struct labyrinth_contiguous *w, uint64_t at, bool dma)
{
	uint64_t last = at + w->frames - 1;

	return at % w->alignment == 0 && last <= w->limit.n && (!dma || last < 0x1000)
	       && (at < 0x1000) == (last < 0x1000) && (w->boundary == 0 || at / w->boundary == last / w->boundary);
}

static bool place_left(const struct labyrinth_contiguous *w, bool dma)
{
	uint64_t row = 0;

	look_around();
	for (uint64_t f = FIRST; f < LAST; f++) {
		row = run.free[f] ? row + 1 : 0;
		for (uint64_t at = f + 1 - w->frames; row >= w->frames && lies_well(w, at, dma);)
			return true;
	}
	return false;
}

static void step_range(void)
{
	struct labyrinth_contiguous w = { 1 + (uint32_t)below(below(4) ? 40 : 700), { UINT64_MAX }, 1, 0 };
	bool dma = below(4) == 0;
	struct labyrinth_grant grant;

	if (run.ranges == MOST)
		return;
	if (below(3) == 0)
		w.limit.n = FIRST + below(LAST - FIRST);
	if (below(3) == 0)
		w.alignment = UINT64_C(1) << below(11);
	while (below(3) == 0)
		w.boundary = UINT64_C(1) << (32 - (unsigned)__builtin_clz(w.frames) + (unsigned)below(4));
	grant = labyrinth_alloc_contiguous(run.arena.lab, (below(2) ? LABYRINTH_GFP_KERNEL : LABYRINTH_GFP_NOWAIT)
	                                   | (dma ? LABYRINTH_GFP_DMA : 0), &w);
	if (grant.status != LABYRINTH_OK) {
		check(grant.status == LABYRINTH_NO_MEMORY, "a range was refused for another reason", grant.status);
		check(!place_left(&w, dma), "a range was refused although there is a place", w.frames);
		run.refused++;
		return;
	}
	run.granted++;
	run.range[run.ranges].page = grant.page;
	run.range[run.ranges].frames = w.frames;
	run.range[run.ranges].pfn = pfn_of(grant.page);
	check(lies_well(&w, run.range[run.ranges].pfn, dma), "a range does not lie where it was asked for",
	      run.range[run.ranges].pfn);
	hold(run.range[run.ranges++].pfn, w.frames);
}

static void step_free(void)
{
	unsigned i = (unsigned)below(MOST);

	if (i >= run.ranges)
		return;
	check(labyrinth_free_contiguous(run.arena.lab, run.range[i].page, run.range[i].frames) == LABYRINTH_OK,
	      "a range that is held could not be freed", run.range[i].pfn);
	drop(run.range[i].pfn, run.range[i].frames);
	run.range[i] = run.range[--run.ranges];
}

/* ---- Owners. */

static void low(void *context, labyrinth_owner_t owner, uint32_t left)
{
	check(context == &run && owner.generation != 0, "the watch was told nonsense", left);
	run.told++;
	run.left = left;
}

/* One claim more is outstanding. */
static void one_more(struct owner_model *o)
{
	bool due = o->low_water > 0 && ++o->held == o->limit - o->low_water;

	o->held += o->low_water == 0;
	check(run.told == due, "the watch was not told exactly when it is due", o->held);
	check(!due || run.left == o->low_water, "the watch was told another number", run.left);
	run.tellings += due;
}

static enum labyrinth_status predicted(const struct owner_model *o, uint64_t free)
{
	if (o->held >= o->limit)
		return LABYRINTH_OVER_LIMIT;
	if (o->held < o->guarantee || (free > 0 && o->burst == 0))
		return LABYRINTH_OK;
	if (o->burst > 0 && o->tokens == 0)
		return LABYRINTH_OVER_RATE;
	return free > 0 ? LABYRINTH_OK : LABYRINTH_NO_MEMORY;
}

static void step_claim(void)
{
	unsigned i = (unsigned)below(OWNERS);
	struct owner_model *o = &run.owner[i];
	struct labyrinth_claim claim = { .lab = run.arena.lab, .owner = o->handle };
	struct labyrinth_stats stats;
	enum labyrinth_status wanted;

	if (run.claims == MOST)
		return;
	labyrinth_stats(run.arena.lab, &stats);
	wanted = predicted(o, stats.free);
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	check(claim.status == wanted || (claim.status == LABYRINTH_OK && wanted == LABYRINTH_NO_MEMORY),
	      "a claim has another outcome", claim.status); /* without a free frame the vault may have had one */
	run.slowed += claim.status == LABYRINTH_OVER_RATE;
	if (claim.status != LABYRINTH_OK)
		return;
	o->tokens -= o->held >= o->guarantee && o->burst > 0;
	one_more(o);
	hold(pfn_of(claim.page), 1);
	run.claim[run.claims].claim = claim;
	run.claim[run.claims++].owner = i;
}

static void step_release(void)
{
	unsigned i = (unsigned)below(MOST);

	if (i >= run.claims)
		return;
	drop(pfn_of(run.claim[i].claim.page), 1);
	check(labyrinth_claim_release(&run.claim[i].claim) == LABYRINTH_OK, "a claim could not be released", i);
	run.owner[run.claim[i].owner].held--;
	run.claim[i] = run.claim[--run.claims];
}

static void step_transfer(void)
{
	unsigned i = (unsigned)below(MOST), to = (unsigned)below(OWNERS);
	enum labyrinth_status status;

	if (i >= run.claims || to == run.claim[i].owner)
		return;
	status = labyrinth_claim_transfer(&run.claim[i].claim, run.owner[to].handle);
	check((status == LABYRINTH_OVER_LIMIT) == (run.owner[to].held >= run.owner[to].limit),
	      "a transfer does not go by the limit", status);
	if (status != LABYRINTH_OK)
		return;
	one_more(&run.owner[to]);
	run.owner[run.claim[i].owner].held--;
	run.claim[i].owner = to;
}

static void step_pace(void)
{
	struct owner_model *o = &run.owner[below(OWNERS)];
	uint32_t rate = (uint32_t)below(4), burst = (uint32_t)below(8);
	bool good = rate <= burst && (rate > 0 || burst == 0);

	check(labyrinth_owner_pace(run.arena.lab, o->handle, rate, burst)
	      == (good ? LABYRINTH_OK : LABYRINTH_BAD_BUDGET), "a pace is not judged as it should be", burst);
	if (!good)
		return;
	o->rate = rate;
	o->burst = o->tokens = burst;
}

static void step_tick(void)
{
	labyrinth_tick(run.arena.lab);
	for (struct owner_model *o = run.owner; o < run.owner + OWNERS; o++)
		o->tokens = o->tokens + o->rate < o->burst ? o->tokens + o->rate : o->burst;
}

static void step_watch(void)
{
	struct owner_model *o = &run.owner[below(OWNERS)];
	uint32_t low_water = (uint32_t)below(o->limit + 1);
	bool ends = below(8) == 0, good = ends || (low_water > 0 && low_water < o->limit);

	check(labyrinth_owner_watch(run.arena.lab, o->handle, low_water, ends ? NULL : low, &run)
	      == (good ? LABYRINTH_OK : LABYRINTH_BAD_BUDGET), "a watch is not judged as it should be", low_water);
	if (good)
		o->low_water = ends ? 0 : low_water;
}

/* ---- Memory that comes, and frames that go. */

static enum labyrinth_status may_come(uint64_t begin, uint64_t end)
{
	bool declared = false;

	if (begin >= end)
		return LABYRINTH_BAD_RANGES;
	for (unsigned i = 0; later[i][1] != 0; i++)
		declared |= begin >= later[i][0] && end <= later[i][1];
	for (uint64_t f = begin; f < end && f < LAST; f++)
		if (run.there[f])
			return LABYRINTH_ALREADY_ONLINE;
	return declared ? LABYRINTH_OK : LABYRINTH_NOT_DECLARED;
}

static void step_online(void)
{
	uint64_t begin = 0x1030 + below(LAST - 0x1030), end = begin + below(200);
	enum labyrinth_status wanted = may_come(begin, end);

	check(labyrinth_online(run.arena.lab, (struct labyrinth_range){ { begin }, { end } }) == wanted,
	      "memory that comes is not judged as it should be", begin);
	for (uint64_t f = begin; wanted == LABYRINTH_OK && f < end; f++)
		run.there[f] = true;
	run.onlined += wanted == LABYRINTH_OK;
}

static void step_offline(void)
{
	uint64_t f = FIRST + below(LAST - FIRST);
	enum labyrinth_status status;

	look_around();
	if (run.bads == MOST || below(8) != 0)
		return;
	status = labyrinth_offline(run.arena.lab, (pfn_t){ f });
	if (!run.there[f])
		check(status == LABYRINTH_FOREIGN_PAGE, "a frame goes that is not there", f);
	else if (run.free[f])
		check(status == LABYRINTH_OK, "a free frame does not go", f);
	else if (run.held[f])
		check(status == LABYRINTH_PENDING || status == LABYRINTH_TOO_MANY_PENDING
		      || status == LABYRINTH_NO_MEMORY, "a frame goes that somebody holds", f);
	if (status == LABYRINTH_ALREADY_OFFLINE)
		check(run.bad[f], "a frame has gone that nobody sent", f);
	if ((status == LABYRINTH_OK || status == LABYRINTH_PENDING) && !run.bad[f]) {
		run.bad[f] = true;
		run.bads++;
	}
}

static void step_maintain(void)
{
	labyrinth_maintain(run.arena.lab, below(20));
}

/* ---- The run. */

static void one_step(void)
{
	static void (*const steps[])(void) = {
		step_range, step_range, step_range, step_free, step_free, step_claim, step_claim, step_claim,
		step_release, step_release, step_transfer, step_tick, step_maintain, step_offline, step_maintain,
	};
	static void (*const seldom[])(void) = { step_pace, step_watch, step_online };

	run.told = 0;
	if (below(12) == 0)
		seldom[below(3)]();
	else
		steps[below(sizeof(steps) / sizeof(steps[0]))]();
	assert_lawful(run.arena.lab);
}

static void set_up(void)
{
	static const struct labyrinth_budget budgets[OWNERS] = {
		{ "guaranteed", 8, 20, 0 }, { "partly", 3, 30, 0 }, { "best effort", 0, 12, 0 },
	};
	struct labyrinth_range at[4];
	struct labyrinth_ranges ranges = { at, 0, 4 };
	struct labyrinth_config config = config_with(OWNERS, 6, 16, 1, 0);

	for (unsigned i = 0; later[i][1] != 0; i++) {
		struct labyrinth_range range = { { later[i][0] }, { later[i][1] } };

		assert_int_equal(labyrinth_ranges_add(&ranges, range), LABYRINTH_OK);
	}
	config.later = &ranges;
	memset(&run.there, 0, sizeof(run) - offsetof(__typeof__(run), there));
	run.arena = arena_new(now, config);
	for (unsigned i = 0; now[i][1] != 0; i++)
		memset(run.there + now[i][0], true, now[i][1] - now[i][0]);
	for (unsigned i = 0; i < OWNERS; i++) {
		run.owner[i].guarantee = budgets[i].guarantee;
		run.owner[i].limit = budgets[i].limit;
		assert_int_equal(labyrinth_owner_register(run.arena.lab, &budgets[i], &run.owner[i].handle),
		                 LABYRINTH_OK);
	}
}

/* All is given back; then every frame that was to go has gone, or goes now, and the others are there. */
static void settle(void)
{
	struct labyrinth_stats stats;
	enum labyrinth_status status;

	while (run.ranges > 0)
		step_free();
	while (run.claims > 0)
		step_release();
	while (labyrinth_maintain(run.arena.lab, 1000) > 0)
		;
	for (uint64_t f = FIRST; f < LAST; f++) {
		if (!run.bad[f])
			continue;
		status = labyrinth_offline(run.arena.lab, (pfn_t){ f });
		check(status == LABYRINTH_OK || status == LABYRINTH_PENDING || status == LABYRINTH_ALREADY_OFFLINE,
		      "a frame that was to go does not", status);
	}
	assert_lawful(run.arena.lab);
	labyrinth_stats(run.arena.lab, &stats);
	assert_int_equal(stats.offline + stats.pending, run.bads);
	assert_int_equal(stats.shared + stats.owned, 0);
}

static void test_come_and_go(void **state)
{
	(void)state;
	set_up();
	for (run.step = 1; run.step <= STEPS; run.step++)
		one_step();
	settle();
	printf("%llu ranges granted, %llu refused; %llu claims too fast; watch told %llu times; %llu parts came, %u "
	       "frames went\n", (unsigned long long)run.granted, (unsigned long long)run.refused,
	       (unsigned long long)run.slowed, (unsigned long long)run.tellings, (unsigned long long)run.onlined,
	       run.bads);
	assert_true(run.granted > 0 && run.refused > 0 && run.slowed > 0 && run.tellings > 0 && run.onlined > 0
	            && run.bads > 0);
	arena_end(&run.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_come_and_go) };

	run.dice = dice_new("come and go");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
