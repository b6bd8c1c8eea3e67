/*
 * test_come_and_go.c - threads take ranges, bring memory into use, send frames offline, and claim for owners with a
 * pace and a watch.
 *
 * Idea    Who is granted a frame takes its flag, and lets go of it before giving back: so a frame with two holders
 *         shows. At pauses, with all laws: what the threads hold against what is counted; no claim beyond what the pace
 *         allowed since the start; a watch whose mark was passed has been told; a frame that was to go offline and has
 *         no holder is granted to nobody from then on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "threads/crew.h"
#include "unit/dice.h"

#define ROUNDS 6
#define STEPS  (INTERRUPTS_POLLED ? 250 : 3000) /* a thread and round */
#define HANDS  6u
#define FIRST  0x8000u
#define LATER  0x8300u
#define LAST   0x8900u
#define PART   32u  /* frames that come at once */
#define BADS   40u  /* frames that go, at most  */
#define RATE   2u
#define BURST  5u
#define LIMIT  5u
#define LOW    3u

struct worker {
	struct dice dice[LEVELS];
	struct { struct page *page; uint32_t frames; } range[HANDS]; /* task only */
	struct labyrinth_claim claim[LEVELS];                        /* page NULL: none */
};

enum { PACED, WATCHED, OWNERS };

static struct {
	struct labyrinth *lab;
	unsigned          threads;
	labyrinth_owner_t owner[OWNERS];
	_Atomic bool      held[LAST - FIRST], bad[LAST - FIRST];
	bool              gone[LAST - FIRST]; /* written at pauses */
	_Atomic uint64_t  ticks, paced, told;
	_Atomic unsigned  bads;
	_Atomic uint64_t  ranges, parts;
	struct worker     worker[CREW_MAX];
} yard;

static uint64_t roll(struct worker *w, enum level level, uint64_t sides)
{
	return dice_below(&w->dice[level], sides);
}

static void expect(bool holds, const char *what, uint64_t number)
{
	if (!holds)
		crew_wrong(what, number);
}

static void hold(const struct page *page, uint32_t frames)
{
	uint64_t first = labyrinth_page_pfn(yard.lab, page).n - FIRST;

	for (uint64_t f = first; f < first + frames; f++) {
		expect(!atomic_exchange(&yard.held[f], true), "a frame has two holders", f);
		expect(!yard.gone[f], "a frame was granted that has gone", f);
	}
}

static void let_go(const struct page *page, uint32_t frames)
{
	uint64_t first = labyrinth_page_pfn(yard.lab, page).n - FIRST;

	for (uint64_t f = first; f < first + frames; f++)
		expect(atomic_exchange(&yard.held[f], false), "a frame that I hold has no holder", f);
}

/* ---- Steps of a task. */

static void give_range(struct worker *w, unsigned hand)
{
	let_go(w->range[hand].page, w->range[hand].frames);
	expect(labyrinth_free_contiguous(yard.lab, w->range[hand].page, w->range[hand].frames) == LABYRINTH_OK,
	       "a range that I hold cannot be freed", hand);
	w->range[hand].page = NULL;
}

static void swap_range(struct worker *w)
{
	struct labyrinth_contiguous want = { 1 + (uint32_t)roll(w, LEVEL_TASK, 150), { UINT64_MAX },
		                             UINT64_C(1) << roll(w, LEVEL_TASK, 6), 0 };
	unsigned hand = (unsigned)roll(w, LEVEL_TASK, HANDS);
	struct labyrinth_grant grant;

	if (w->range[hand].page != NULL) {
		give_range(w, hand);
		return;
	}
	if (roll(w, LEVEL_TASK, 3) == 0)
		want.boundary = 256;
	grant = labyrinth_alloc_contiguous(yard.lab, LABYRINTH_GFP_NOWAIT, &want);
	expect(grant.status == LABYRINTH_OK || grant.status == LABYRINTH_NO_MEMORY, "range: unexpected status",
	       grant.status);
	if (grant.page == NULL)
		return;
	expect(labyrinth_page_pfn(yard.lab, grant.page).n % want.alignment == 0, "a range is not aligned", 0);
	hold(grant.page, want.frames);
	w->range[hand].page = grant.page;
	w->range[hand].frames = want.frames;
	atomic_fetch_add(&yard.ranges, 1);
}

static void bring(struct worker *w)
{
	uint64_t first = LATER + roll(w, LEVEL_TASK, (LAST - LATER) / PART) * PART;
	enum labyrinth_status status =
		labyrinth_online(yard.lab, (struct labyrinth_range){ { first }, { first + PART } });

	expect(status == LABYRINTH_OK || status == LABYRINTH_ALREADY_ONLINE || status == LABYRINTH_BUSY,
	       "online: unexpected status", status);
	atomic_fetch_add(&yard.parts, status == LABYRINTH_OK);
}

static void send(struct worker *w)
{
	uint64_t f = roll(w, LEVEL_TASK, LAST - FIRST);
	enum labyrinth_status status;

	if (atomic_load(&yard.bads) >= BADS || roll(w, LEVEL_TASK, 5) != 0)
		return;
	status = labyrinth_offline(yard.lab, (pfn_t){ FIRST + f });
	expect(status == LABYRINTH_OK || status == LABYRINTH_PENDING || status == LABYRINTH_BUSY
	       || status == LABYRINTH_NO_MEMORY || status == LABYRINTH_TOO_MANY_PENDING
	       || status == LABYRINTH_ALREADY_OFFLINE || status == LABYRINTH_FOREIGN_PAGE,
	       "offline: unexpected status", status);
	if ((status == LABYRINTH_OK || status == LABYRINTH_PENDING) && !atomic_exchange(&yard.bad[f], true))
		atomic_fetch_add(&yard.bads, 1);
}

static void tick(void)
{
	atomic_fetch_add(&yard.ticks, 1); /* first: nobody may find a token that is not counted */
	labyrinth_tick(yard.lab);
}

/* ---- Steps at any level. */

static void release(struct labyrinth_claim *claim)
{
	let_go(claim->page, 1);
	expect(labyrinth_claim_release(claim) == LABYRINTH_OK, "a claim that I hold cannot be released", 0);
	claim->page = NULL;
}

static void swap_claim(struct worker *w, enum level level)
{
	struct labyrinth_claim *claim = &w->claim[level];
	unsigned who = (unsigned)roll(w, level, OWNERS);

	if (claim->page != NULL) {
		release(claim);
		return;
	}
	*claim = (struct labyrinth_claim){ .lab = yard.lab, .owner = yard.owner[who] };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
	expect(claim->status == LABYRINTH_OK || claim->status == LABYRINTH_OVER_LIMIT
	       || claim->status == LABYRINTH_NO_MEMORY || (who == PACED && claim->status == LABYRINTH_OVER_RATE),
	       "claim: unexpected status", claim->status);
	if (claim->page == NULL)
		return;
	hold(claim->page, 1);
	atomic_fetch_add(&yard.paced, who == PACED);
}

static void low(void *context, labyrinth_owner_t owner, uint32_t left)
{
	expect(context == &yard && owner.slot == yard.owner[WATCHED].slot && left == LOW,
	       "the watch is told nonsense", left);
	atomic_fetch_add(&yard.told, 1);
}

static void step(struct worker *w)
{
	uint64_t what = roll(w, LEVEL_TASK, 100);

	if (what < 40)
		swap_range(w);
	else if (what < 70)
		swap_claim(w, LEVEL_TASK);
	else if (what < 74)
		tick();
	else if (what < 78)
		bring(w);
	else if (what < 84)
		send(w);
	else
		labyrinth_maintain(yard.lab, 1 + roll(w, LEVEL_TASK, 30));
}

static void interrupted(enum level level)
{
	for (unsigned i = 0; i < yard.threads; i++)
		if (pthread_equal(crew_cpu[i].thread, pthread_self()) && !crew_stopped())
			if (roll(&yard.worker[i], level, 8) == 0)
				swap_claim(&yard.worker[i], level);
}

/* ---- */

static bool note(const struct labyrinth_block *block, void *context)
{
	(void)context;
	for (uint64_t f = block->first.n - FIRST; f < block->first.n - FIRST + (UINT64_C(1) << block->order); f++)
		expect(block->state != LABYRINTH_BLOCK_FREE || (!yard.held[f] && !yard.bad[f]),
		       "a frame is free that is held, or was to go", f);
	return true;
}

static uint64_t held_of(unsigned who)
{
	uint64_t held = 0;

	for (unsigned i = 0; i < yard.threads; i++)
		for (unsigned level = 0; level < LEVELS; level++)
			held += yard.worker[i].claim[level].page != NULL
			        && yard.worker[i].claim[level].owner.slot == yard.owner[who].slot;
	return held;
}

static void audit(void)
{
	struct labyrinth_owner_stats o[OWNERS];
	struct labyrinth_finding finding;

	if (labyrinth_check(yard.lab, &finding) != NULL)
		crew_wrong(finding.law, finding.found);
	labyrinth_for_each_block(yard.lab, note, NULL);
	for (unsigned f = 0; f < LAST - FIRST; f++)
		yard.gone[f] = yard.bad[f] && !yard.held[f];
	for (unsigned who = 0; who < OWNERS; who++)
		expect(labyrinth_owner_stats(yard.lab, yard.owner[who], &o[who]) == LABYRINTH_OK
		       && o[who].held == held_of(who), "the threads hold another number of claims", who);
	expect(yard.paced <= BURST + RATE * yard.ticks, "more was claimed than the pace allows", yard.paced);
	expect(o[WATCHED].high_water < LIMIT - LOW || yard.told > 0, "the watch was not told", o[WATCHED].high_water);
}

static void work(unsigned number)
{
	struct worker *w = &yard.worker[number];

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < STEPS && !crew_stopped(); i++) {
			if (roll(w, LEVEL_TASK, 4) == 0)
				cpu_raise(&crew_cpu[roll(w, LEVEL_TASK, yard.threads)],
				          roll(w, LEVEL_TASK, 3) ? LEVEL_IRQ : LEVEL_NMI);
			step(w);
		}
		crew_pause(audit);
	}
}

static struct arena machine_new(void)
{
	static const uint64_t now[][2] = { { FIRST, LATER }, { 0, 0 } };
	struct labyrinth_range at[1];
	struct labyrinth_ranges later = { at, 0, 1 };
	struct labyrinth_config config = config_with(OWNERS, 4, 12, CREW_MAX, 8);

	assert_int_equal(labyrinth_ranges_add(&later, (struct labyrinth_range){ { LATER }, { LAST } }), LABYRINTH_OK);
	config.later = &later;
	return arena_new(now, config);
}

static void set_up(const struct arena *arena, unsigned threads)
{
	struct dice dice = dice_new("come and go");

	memset(&yard, 0, sizeof(yard));
	yard.lab = arena->lab;
	yard.threads = threads;
	for (unsigned who = 0; who < OWNERS; who++) {
		const struct labyrinth_budget budget = { "owner", who == WATCHED ? 2 : 0, LIMIT, 0 };

		assert_int_equal(labyrinth_owner_register(yard.lab, &budget, &yard.owner[who]), LABYRINTH_OK);
	}
	assert_int_equal(labyrinth_owner_pace(yard.lab, yard.owner[PACED], RATE, BURST), LABYRINTH_OK);
	assert_int_equal(labyrinth_owner_watch(yard.lab, yard.owner[WATCHED], LOW, low, &yard), LABYRINTH_OK);
	for (unsigned i = 0; i < threads; i++)
		for (unsigned level = 0; level < LEVELS; level++)
			yard.worker[i].dice[level].state = dice_roll(&dice);
}

static void give_all_back(void)
{
	for (unsigned i = 0; i < yard.threads; i++) {
		for (unsigned hand = 0; hand < HANDS; hand++)
			if (yard.worker[i].range[hand].page != NULL)
				give_range(&yard.worker[i], hand);
		for (unsigned level = 0; level < LEVELS; level++)
			if (yard.worker[i].claim[level].page != NULL)
				release(&yard.worker[i].claim[level]);
	}
}

static void assert_nothing_wrong(void)
{
	uint64_t number;
	const char *what = crew_verdict(&number);

	if (what != NULL)
		fail_msg("%s (%llu)", what, (unsigned long long)number);
}

static void test_come_and_go(void **state)
{
	struct labyrinth_stats stats;
	struct arena arena;

	port_open();
	arena = machine_new();
	set_up(&arena, *(unsigned *)*state);
	crew_run(yard.threads, work, interrupted);
	assert_nothing_wrong();
	give_all_back();
	audit();
	assert_nothing_wrong();
	labyrinth_stats(yard.lab, &stats);
	assert_int_equal(stats.owned + stats.shared, 0);
	assert_int_equal(stats.offline + stats.pending, yard.bads);
	printf("%u threads: %llu ranges, %llu parts came, %u frames went, watch told %llu times\n", yard.threads,
	       (unsigned long long)yard.ranges, (unsigned long long)yard.parts, yard.bads,
	       (unsigned long long)yard.told);
	assert_true(yard.ranges > 0 && yard.parts > 0 && yard.bads > 0);
	arena_end(&arena);
}

int main(void)
{
	static unsigned two = 2, four = 4;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_come_and_go, &two),
		cmocka_unit_test_prestate(test_come_and_go, &four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
