/*
 * test_model.c - long random sequences of calls, legal and illegal, on the allocator and on the naive model side by
 * side.
 *
 * Idea    After every step: the same status, the same frame, the same counts, every law, and the right bytes in the
 *         frames. What goes wrong prints the seed and the step; LABYRINTH_SEED replays it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "model/model.h"
#include "port/host.h"
#include "port/mmu.h"
#include "unit/dice.h"

#define SHARED_MOST 600
#define CLAIMS_MOST 400
#define STALE_MOST  64

struct shared {
	uint32_t frame;
	unsigned order;
	bool     shred;
	uint64_t mark; /* written at the start of its last frame */
};

struct held {
	struct labyrinth_claim claim;
	uint32_t frame;
};

struct run {
	struct arena  arena;
	struct model  model;
	struct dice   dice;
	struct shared shared[SHARED_MOST];
	unsigned      shared_count;
	struct held   claims[CLAIMS_MOST];
	unsigned      claim_count;
	struct held   stale[STALE_MOST]; /* copies of claims from some time ago */
	unsigned      stale_count;
	labyrinth_owner_t owners[32];    /* handles, most of them of owners long retired */
	unsigned      owner_count;
	uint64_t      mark[MODEL_FRAMES]; /* what the claimant wrote at the start of the frame */
	uint64_t      marks, step;
	unsigned      pressure;          /* of 8 steps, how many allocate */
	uint32_t      generosity;        /* guarantees are below this     */
	bool          poisoned;          /* what is freed is written over */
	unsigned      sloth;             /* of so many chances to maintain, one is taken */
};

static struct run run;

static uint64_t below(uint64_t sides)
{
	return dice_below(&run.dice, sides);
}

static struct page *page_of(uint32_t frame)
{
	return labyrinth_pfn_page(run.arena.lab, (pfn_t){ model_pfn(&run.model, frame) });
}

static uint64_t *bytes_of(uint32_t frame)
{
	phys_addr_t at = { model_pfn(&run.model, frame) << LABYRINTH_PAGE_SHIFT };

	/* The test may look at what is hidden: as a device would. */
	return (uint64_t *)(void *)(run.model.isolated ? mmu_device(at) : host_bytes(at));
}

/* Outcomes that the random sequences must have met, or they have tested less than they seem to. */
static struct {
	const char *call;
	enum labyrinth_status status;
	uint64_t times;
} outcomes[] = {
	{ "alloc", LABYRINTH_OK, 0 },
	{ "alloc", LABYRINTH_BAD_ORDER, 0 },
	{ "alloc", LABYRINTH_BAD_FLAGS, 0 },
	{ "alloc", LABYRINTH_NO_MEMORY, 0 },
	{ "free", LABYRINTH_OK, 0 },
	{ "free", LABYRINTH_BAD_ORDER, 0 },
	{ "free", LABYRINTH_NOT_ALLOCATED, 0 },
	{ "free", LABYRINTH_WRONG_ORDER, 0 },
	{ "free", LABYRINTH_NOT_SHARED, 0 },
	{ "claim", LABYRINTH_OK, 0 },
	{ "claim", LABYRINTH_BAD_OWNER, 0 },
	{ "claim", LABYRINTH_OVER_LIMIT, 0 },
	{ "claim", LABYRINTH_NO_MEMORY, 0 },
	{ "release", LABYRINTH_OK, 0 },
	{ "release", LABYRINTH_BAD_OWNER, 0 },
	{ "release", LABYRINTH_STALE_CLAIM, 0 },
	{ "release", LABYRINTH_FRAME_LENT, 0 },
	{ "transfer", LABYRINTH_OK, 0 },
	{ "transfer", LABYRINTH_BAD_OWNER, 0 },
	{ "transfer", LABYRINTH_STALE_CLAIM, 0 },
	{ "transfer", LABYRINTH_FRAME_LENT, 0 },
	{ "transfer", LABYRINTH_OVER_LIMIT, 0 },
	{ "transfer", LABYRINTH_NO_MEMORY, 0 },
	{ "lend", LABYRINTH_OK, 0 },
	{ "lend", LABYRINTH_FRAME_LENT, 0 },
	{ "lend", LABYRINTH_STALE_CLAIM, 0 },
	{ "take back", LABYRINTH_OK, 0 },
	{ "take back", LABYRINTH_NOT_LENT, 0 },
	{ "take back", LABYRINTH_STALE_CLAIM, 0 },
	{ "release", LABYRINTH_FRAME_MAPPED, 0 },
	{ "transfer", LABYRINTH_FRAME_MAPPED, 0 },
	{ "lend", LABYRINTH_FRAME_MAPPED, 0 },
	{ "map", LABYRINTH_OK, 0 },
	{ "map", LABYRINTH_FRAME_LENT, 0 },
	{ "map", LABYRINTH_FRAME_MAPPED, 0 },
	{ "map", LABYRINTH_STALE_CLAIM, 0 },
	{ "map", LABYRINTH_TOO_DEEP, 0 },
	{ "unmap", LABYRINTH_OK, 0 },
	{ "unmap", LABYRINTH_NOT_MAPPED, 0 },
	{ "unmap", LABYRINTH_NOT_INNERMOST, 0 },
	{ "unmap", LABYRINTH_STALE_CLAIM, 0 },
	{ "register", LABYRINTH_OK, 0 },
	{ "register", LABYRINTH_BAD_BUDGET, 0 },
	{ "register", LABYRINTH_NOT_COVERED, 0 },
	{ "register", LABYRINTH_TOO_MANY_OWNERS, 0 },
	{ "retire", LABYRINTH_OK, 0 },
	{ "retire", LABYRINTH_BUSY, 0 },
	{ "retire", LABYRINTH_BAD_OWNER, 0 },
	{ "alloc that shreds", LABYRINTH_OK, 0 },
	{ "claim that shreds", LABYRINTH_OK, 0 },
	{ "maintain that shreds", LABYRINTH_OK, 0 },
};

static void test_every_outcome_was_met(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (outcomes[i].times == 0)
			fail_msg("no step of any sequence met %s: %s", outcomes[i].call,
			         labyrinth_status_name(outcomes[i].status));
}

static void expect(const char *call, enum labyrinth_status found, enum labyrinth_status wanted)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		outcomes[i].times += outcomes[i].status == found && strcmp(outcomes[i].call, call) == 0;
	if (found != wanted)
		fail_msg("step %llu, %s: %s, but the model says %s", (unsigned long long)run.step, call,
		         labyrinth_status_name(found), labyrinth_status_name(wanted));
}

static void expect_frame(const char *call, struct page *page, uint32_t wanted)
{
	uint64_t found = page == NULL ? 0 : labyrinth_page_pfn(run.arena.lab, page).n;
	uint64_t pfn = wanted == MODEL_NONE ? 0 : model_pfn(&run.model, wanted);

	if (found != pfn)
		fail_msg("step %llu, %s: frame %llx, but the model says %llx", (unsigned long long)run.step, call,
		         (unsigned long long)found, (unsigned long long)pfn);
}

/* What a claimant wrote is nowhere to be seen in a block. */
static void expect_no_marks(uint32_t first, unsigned order)
{
	for (uint32_t f = first; f < first + (1u << order); f++)
		if (run.mark[f] != 0 && *bytes_of(f) == run.mark[f])
			fail_msg("step %llu: frame %u holds what its last owner left", (unsigned long long)run.step, f);
}

/* ---- Shared frames. */

static labyrinth_gfp_t some_gfp(void)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_NOWAIT, LABYRINTH_GFP_ATOMIC,
		                                 LABYRINTH_GFP_ATOMIC };
	static const labyrinth_gfp_t zones[] = { 0, 0, 0, 0, LABYRINTH_GFP_DMA, LABYRINTH_GFP_DMA32 };
	static const labyrinth_gfp_t mobilities[] = { 0, 0, LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE };

	if (below(40) == 0)
		return (labyrinth_gfp_t)below(2048);
	return kinds[below(4)] | zones[below(6)] | mobilities[below(4)] | (below(8) == 0 ? LABYRINTH_GFP_ZERO : 0)
	       | (below(32) == 0 ? LABYRINTH_GFP_SHRED : 0) | (below(8) == 0 ? LABYRINTH_GFP_NOWARN : 0);
}

static unsigned some_order(void)
{
	if (below(60) == 0)
		return (unsigned)below(40);
	return (unsigned)__builtin_ctzll(dice_roll(&run.dice) | 1 << 12);
}

static void step_alloc(void)
{
	labyrinth_gfp_t gfp = some_gfp();
	unsigned order = some_order();
	uint64_t shredded = run.model.shredded;
	struct labyrinth_grant grant;
	struct model_grant wanted;

	if (run.shared_count == SHARED_MOST)
		return;
	grant = labyrinth_alloc_pages(run.arena.lab, gfp, order);
	wanted = model_alloc(&run.model, gfp, order);
	expect("alloc", grant.status, wanted.status);
	expect_frame("alloc", grant.page, wanted.frame);
	if (grant.status != LABYRINTH_OK)
		return;
	if (gfp & LABYRINTH_GFP_ZERO)
		for (size_t i = 0; i < 512u << order; i++)
			if (bytes_of(wanted.frame)[i] != 0)
				fail_msg("step %llu: a ZERO block is not cleared", (unsigned long long)run.step);
	if (run.model.shredded > shredded)
		expect("alloc that shreds", LABYRINTH_OK, LABYRINTH_OK);
	expect_no_marks(wanted.frame, order);
	*bytes_of(wanted.frame + (1u << order) - 1) = ++run.marks;
	run.shared[run.shared_count++] = (struct shared){ wanted.frame, order, (gfp & LABYRINTH_GFP_SHRED) != 0,
	                                                  run.marks };
}

static void step_free(void)
{
	unsigned i = (unsigned)below(run.shared_count + 1);
	struct shared s = i < run.shared_count
	                          ? run.shared[i]
	                          : (struct shared){ .frame = (uint32_t)below(run.model.blocks * 512),
	                                            .order = some_order() };
	struct page *page;
	enum labyrinth_status status, wanted;

	if (below(12) == 0)
		s.frame ^= (uint32_t)below(512); /* any page of the same page block */
	if (below(12) == 0)
		s.order = some_order();
	page = page_of(s.frame);
	if (page == NULL)
		return; /* a hole has no page */
	wanted = model_free(&run.model, s.frame, s.order);
	status = labyrinth_free_pages(run.arena.lab, page, s.order);
	expect("free", status, wanted);
	for (i = 0; status == LABYRINTH_OK && i < run.shared_count; i++)
		if (run.shared[i].frame == s.frame) {
			s = run.shared[i];
			if ((*bytes_of(s.frame + (1u << s.order) - 1) == s.mark) == (s.shred || run.poisoned))
				fail_msg("step %llu: a SHRED block must be written over, and no other",
				         (unsigned long long)run.step);
			run.model.shredded += s.shred ? UINT64_C(1) << s.order : 0;
			run.shared[i] = run.shared[--run.shared_count];
			return;
		}
}

/* ---- Claims. */

static labyrinth_owner_t some_owner(void)
{
	if (run.owner_count == 0 || below(50) == 0)
		return (labyrinth_owner_t){ (uint16_t)below(9), (uint16_t)below(5) };
	/* Mostly the recent ones, which may be alive. */
	return run.owners[(run.owner_count - 1 - below(run.owner_count < 4 || below(10) == 0 ? run.owner_count : 4))
	                  % 32];
}

static void remember(const struct held *h)
{
	run.stale[run.stale_count++ % STALE_MOST] = *h;
}

static void step_claim(void)
{
	struct labyrinth_claim claim = { .lab = run.arena.lab, .owner = some_owner() };
	const struct model_owner *o = model_owner(&run.model, claim.owner);
	bool recycled = o != NULL && o->recycled.count > 0;
	uint64_t shredded = run.model.shredded;
	struct model_grant wanted;

	if (run.claim_count == CLAIMS_MOST)
		return;
	wanted = model_claim(&run.model, claim.owner);
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	expect("claim", claim.status, wanted.status);
	expect_frame("claim", claim.page, wanted.frame);
	if (claim.status != LABYRINTH_OK)
		return;
	assert_int_equal(claim.generation, run.model.frame[wanted.frame].generation);
	if (run.model.shredded > shredded)
		expect("claim that shreds", LABYRINTH_OK, LABYRINTH_OK);
	if (recycled)
		assert_true(*bytes_of(wanted.frame) == run.mark[wanted.frame]);
	else
		expect_no_marks(wanted.frame, 0);
	*bytes_of(wanted.frame) = run.mark[wanted.frame] = ++run.marks;
	run.claims[run.claim_count++] = (struct held){ claim, wanted.frame };
	remember(&run.claims[run.claim_count - 1]);
}

/* A claim that is held, or, now and then, one of old. `index` is CLAIMS_MOST for the latter. */
static struct held some_claim(unsigned *index)
{
	*index = CLAIMS_MOST;
	if (run.claim_count > 0 && below(8) != 0) {
		*index = (unsigned)below(run.claim_count);
		return run.claims[*index];
	}
	if (run.stale_count > 0) {
		struct held h = run.stale[below(run.stale_count < STALE_MOST ? run.stale_count : STALE_MOST)];

		if (below(16) == 0)
			h.claim.generation++;
		return h;
	}
	return (struct held){ { .lab = run.arena.lab, .owner = some_owner() }, MODEL_NONE };
}

/* The claims that the model no longer finds held: after a release, a transfer or the end of an owner. */
static void forget_lost(void)
{
	for (unsigned i = 0; i < run.claim_count;) {
		struct held *h = &run.claims[i];
		enum labyrinth_status owned = model_holds(&run.model, &h->claim, h->frame, M_OWNED);

		if (owned == LABYRINTH_OK || owned == LABYRINTH_FRAME_LENT || owned == LABYRINTH_FRAME_MAPPED)
			i++;
		else
			*h = run.claims[--run.claim_count];
	}
}

static void step_release(void)
{
	unsigned i;
	struct held h = some_claim(&i);
	enum labyrinth_status wanted = model_release(&run.model, &h.claim, h.frame);
	uint64_t mark = h.frame == MODEL_NONE ? 0 : *bytes_of(h.frame);

	expect("release", labyrinth_claim_release(&h.claim), wanted);
	if (wanted != LABYRINTH_OK)
		return;
	assert_null(h.claim.page);
	if (mark != run.mark[h.frame])
		fail_msg("step %llu: a claimed frame was written by somebody else", (unsigned long long)run.step);
	assert_true(*bytes_of(h.frame) == mark); /* shredding is left to maintenance */
	forget_lost();
}

static void step_transfer(void)
{
	unsigned i;
	struct held h = some_claim(&i);
	labyrinth_owner_t to = some_owner();
	enum labyrinth_status wanted = model_transfer(&run.model, &h.claim, h.frame, to);

	expect("transfer", labyrinth_claim_transfer(&h.claim, to), wanted);
	if (wanted != LABYRINTH_OK)
		return;
	assert_int_equal(h.claim.generation, run.model.frame[h.frame].generation);
	assert_true(*bytes_of(h.frame) == run.mark[h.frame]);
	forget_lost();
	run.claims[run.claim_count++] = h;
	remember(&h);
}

static void step_lend(void)
{
	unsigned i;
	struct held h = some_claim(&i);

	expect("lend", labyrinth_claim_lend(&h.claim), model_lend(&run.model, &h.claim, h.frame));
}

static void step_take_back(void)
{
	unsigned i;
	struct held h = some_claim(&i);

	expect("take back", labyrinth_claim_take_back(&h.claim), model_take_back(&run.model, &h.claim, h.frame));
}

/* Windows that claims may have open on a CPU. */
static uint32_t windows_most(void)
{
	return (run.model.isolated ? MMU_SLOTS : LABYRINTH_MAX_WINDOWS) - LABYRINTH_KEPT_WINDOWS;
}

static void step_map(void)
{
	unsigned i;
	struct held h = some_claim(&i);
	enum labyrinth_status wanted = model_map(&run.model, &h.claim, h.frame, windows_most());
	uint64_t *at = labyrinth_claim_map(&h.claim);

	expect("map", h.claim.status, wanted);
	if (wanted != LABYRINTH_OK) {
		assert_null(at);
		return;
	}
	assert_true(*at == run.mark[h.frame]);
	assert_true(run.model.isolated || at == bytes_of(h.frame));
}

/* The claim whose window was opened last; any other when there is none. */
static struct held innermost(unsigned *index)
{
	const struct model_stack *windows = &run.model.windows;

	for (*index = 0; *index < run.claim_count; ++*index)
		if (windows->count > 0 && run.claims[*index].frame == windows->at[windows->count - 1])
			return run.claims[*index];
	return some_claim(index);
}

static void step_unmap(void)
{
	unsigned i;
	struct held h = below(3) == 0 ? some_claim(&i) : innermost(&i);
	enum labyrinth_status wanted = model_unmap(&run.model, &h.claim, h.frame);

	expect("unmap", labyrinth_claim_unmap(&h.claim), wanted);
}

/* ---- Owners. */

static void step_register(void)
{
	struct labyrinth_budget budget = { "owner", (uint32_t)below(run.generosity), (uint32_t)below(90),
		                           (uint32_t)below(6) };
	labyrinth_owner_t found = LABYRINTH_NOBODY, wanted = LABYRINTH_NOBODY;

	if (below(20) == 0)
		budget.limit = UINT32_C(1) << below(32);
	if (below(20) == 0)
		budget.recycle = UINT32_C(1) << below(32);
	expect("register", labyrinth_owner_register(run.arena.lab, &budget, &found),
	       model_register(&run.model, &budget, &wanted));
	assert_int_equal(found.slot, wanted.slot);
	assert_int_equal(found.generation, wanted.generation);
	if (found.generation != 0)
		run.owners[run.owner_count++ % 32] = found;
}

static void step_retire(void)
{
	labyrinth_owner_t who = some_owner();

	expect("retire", labyrinth_owner_retire(run.arena.lab, who), model_retire(&run.model, who));
	forget_lost();
}

static void step_maintain(void)
{
	const struct model *m = &run.model;
	uint64_t budget = below(run.sloth) == 0 ? below(20) : 0, shredded = m->shredded;

	assert_int_equal(labyrinth_maintain(run.arena.lab, budget), model_maintain(&run.model, budget));
	if (m->shredded > shredded)
		expect("maintain that shreds", LABYRINTH_OK, LABYRINTH_OK);
}

/* ---- The run. */

/* Only its owner, or nobody, can get at what a claimant wrote. */
static void expect_marks_hidden(void)
{
	for (uint32_t f = 0; f < run.model.blocks * 512; f++)
		switch (run.model.frame[f].state) {
		case M_OWNED:
		case M_LENT:
		case M_MAPPED:
		case M_RECYCLED:
		case M_DIRTY:
		case M_ABSENT:
			break;
		default:
			expect_no_marks(f, 0);
		}
}

static void compare(void)
{
	struct labyrinth_stats stats;

	assert_lawful(run.arena.lab);
	labyrinth_stats(run.arena.lab, &stats);
	assert_int_equal(stats.free, model_count(&run.model, M_FREE));
	assert_int_equal(stats.shared, model_count(&run.model, M_SHARED) + model_count(&run.model, M_TAIL));
	assert_int_equal(stats.owned, model_count(&run.model, M_OWNED));
	assert_int_equal(stats.lent, model_count(&run.model, M_LENT));
	assert_int_equal(stats.mapped, model_count(&run.model, M_MAPPED));
	assert_int_equal(stats.recycled, model_count(&run.model, M_RECYCLED));
	assert_int_equal(stats.dirty, model_count(&run.model, M_DIRTY));
	assert_int_equal(stats.shredded, run.model.shredded);
	assert_int_equal(stats.vault, run.model.vault.count);
	assert_int_equal(stats.reserve, run.model.reserve.count);
	assert_int_equal(stats.guaranteed, model_guaranteed(&run.model));
	expect_marks_hidden();
}

static void one_step(void)
{
	static void (*const takes[])(void) = { step_alloc, step_alloc, step_claim, step_claim };
	static void (*const gives[])(void) = { step_free, step_free, step_release };
	static void (*const others[])(void) = { step_transfer, step_lend, step_take_back, step_map, step_unmap,
	                                         step_maintain };

	if (below(300) == 0)
		run.pressure = 1 + (unsigned)below(7);
	if (below(25) == 0)
		step_register();
	else if (below(30) == 0)
		step_retire();
	else if (below(3) == 0)
		others[below(6)]();
	else if (below(8) < run.pressure)
		takes[below(4)]();
	else
		gives[below(3)]();
}

/* From now on a stray access of the allocator to what is hidden is a SIGSEGV. */
static void isolate(const uint64_t (*ranges)[2])
{
	uint64_t end = 0;
	struct labyrinth_isolation port;

	for (unsigned i = 0; ranges[i][1] != 0; i++)
		end = ranges[i][1];
	port = mmu_start(ranges[0][0], end - ranges[0][0]);
	mmu.lab = run.arena.lab;
	assert_int_equal(labyrinth_isolate(run.arena.lab, &port), LABYRINTH_OK);
	run.model.isolated = true;
}

static void run_any_sequence(const uint64_t (*ranges)[2], struct labyrinth_config config, uint32_t generosity,
                             unsigned sloth, uint64_t steps, bool isolated)
{
	struct dice dice = run.dice;

	run = (struct run){ .dice = dice, .pressure = 5, .generosity = generosity, .sloth = sloth,
	                    .poisoned = config.debug.aids & LABYRINTH_DEBUG_POISON };
	run.arena = arena_new(ranges, config);
	model_init(&run.model, ranges, config);
	if (isolated)
		isolate(ranges);
	compare();
	for (run.step = 1; run.step <= steps; run.step++) {
		one_step();
		compare();
	}
	arena_end(&run.arena);
	if (isolated)
		mmu_end();
}

static void run_sequence(const uint64_t (*ranges)[2], struct labyrinth_config config, uint32_t generosity,
                         unsigned sloth, uint64_t steps)
{
	run_any_sequence(ranges, config, generosity, sloth, steps, false);
}

static void test_one_small_zone(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1001, 0x1003 }, { 0x1008, 0x10b5 }, { 0, 0 } };

	(void)state;
	run_sequence(ranges, config_with(4, 5, 30, 0, 0), 40, 1, 20000);
}

static void test_hardly_any_memory(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1101, 0x1141 }, { 0, 0 } };

	(void)state;
	run_sequence(ranges, config_with(6, 2, 30, 0, 0), 12, 1, 30000);
}

/* Nothing clean is left, most of the time. */
static void test_a_small_vault(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1101, 0x1131 }, { 0, 0 } };

	(void)state;
	run_sequence(ranges, config_with(6, 1, 4, 0, 0), 4, 8, 30000);
}

static void test_all_zones_ragged(void **state)
{
	static const uint64_t ranges[][2] = { { 1, 0x9f }, { 0x103, 0x5ff }, { 0x1000, 0x1400 }, { 0x17ff, 0x1802 },
	                                      { 0x100000, 0x100777 }, { 0, 0 } };

	(void)state;
	run_sequence(ranges, config_with(6, 40, 120, 0, 0), 40, 1, 12000);
}

static void test_whole_page_blocks(void **state)
{
	static const uint64_t ranges[][2] = { { 0x200, 0x600 }, { 0x1000, 0x1a00 }, { 0x100200, 0x100800 }, { 0, 0 } };

	(void)state;
	run_sequence(ranges, config_with(5, 64, 600, 0, 0), 80, 1, 8000);
}

static void false_alarm(const struct labyrinth_debug_report *report, void *context)
{
	(void)context;
	fail_msg("step %llu: %s, frame %llx, says a debug aid", (unsigned long long)run.step,
	         labyrinth_debug_kind_text(report->kind), (unsigned long long)report->pfn.n);
}

/* The aids that move no frame: the model still predicts everything, and nobody writes where he should not. */
static void test_with_debug_aids(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1001, 0x1003 }, { 0x1008, 0x10b5 }, { 0x100000, 0x100055 },
	                                      { 0, 0 } };
	struct labyrinth_config config = { .owners = 4, .reserve_frames = 5, .vault_frames = 30 };

	(void)state;
	config.debug.aids = LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_TRACE;
	config.debug.report = false_alarm;
	run_sequence(ranges, config, 40, 1, 10000);
}

/* Blocks of order 10 to 12, which end at 16 MiB and at 4 GiB whatever lies behind. */
static void test_across_both_borders(void **state)
{
	static const uint64_t ranges[][2] = { { 0xc00, 0x2000 }, { 0xff800, 0x100a00 }, { 0, 0 } };

	(void)state;
	run_sequence(ranges, config_with(5, 64, 600, 0, 0), 80, 1, 8000);
}

/* The same with what low zones protect. */
static void test_protected_zones(void **state)
{
	static const uint64_t ranges[][2] = { { 0x200, 0x480 }, { 0x1003, 0x1400 }, { 0x100000, 0x1004f7 }, { 0, 0 } };
	struct labyrinth_config config = config_with(6, 40, 60, 0, 0);

	(void)state;
	config.protect_shift = 3;
	run_sequence(ranges, config, 40, 1, 12000);
}

/* Reserve and vault grow and shrink with what is guaranteed. */
static void test_shares(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1001, 0x1003 }, { 0x1008, 0x10b5 }, { 0, 0 } };
	struct labyrinth_config config = config_with(6, 4, 24, 0, 0);

	(void)state;
	config.vault_share = 85;
	config.reserve_share = 50;
	run_sequence(ranges, config, 12, 2, 20000);
}

/* What is exclusive is hidden; strays fault. */
static void test_isolated(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1001, 0x1003 }, { 0x1008, 0x10b5 }, { 0, 0 } };

	(void)state;
	run_any_sequence(ranges, config_with(4, 5, 30, 0, 0), 20, 1, 12000, true);
	run_any_sequence(ranges, config_with(6, 1, 4, 0, 0), 4, 8, 8000, true); /* nothing clean, most of the time */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_small_zone),
		cmocka_unit_test(test_hardly_any_memory),
		cmocka_unit_test(test_a_small_vault),
		cmocka_unit_test(test_all_zones_ragged),
		cmocka_unit_test(test_whole_page_blocks),
		cmocka_unit_test(test_with_debug_aids),
		cmocka_unit_test(test_across_both_borders),
		cmocka_unit_test(test_protected_zones),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_isolated),
		cmocka_unit_test(test_every_outcome_was_met),
	};

	run.dice = dice_new("test_model");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
