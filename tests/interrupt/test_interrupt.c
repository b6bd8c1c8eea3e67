/*
 * test_interrupt.c - every call, interrupted after every instruction by every call that an interrupt or an NMI may
 * make.
 *
 * Idea    For each pair (interrupted call, interrupting call): a small arena, the first call single-stepped, and the
 *         second one on top of it after each instruction, each time from the same start. Afterwards every law holds,
 *         calls within a guarantee were granted, no frame was granted twice, and when all is released every frame is
 *         free again. Shredding is replaced: see quick_shred.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/pairs.h"
#include "port/host.h"

/* All that the calls write, so that a run can be put back to where it was interrupted. */
static struct scene {
	labyrinth_owner_t nic, stack;
	struct labyrinth_claim held[4];     /* the nic's, from before; [3] is lent                */
	struct labyrinth_claim body, inner; /* made by the interrupted and by the interrupting call */
	struct labyrinth_grant shared, pair; /* from before: a frame, a block of order 1          */
	struct labyrinth_grant block, inner_shared, inner_block;
	enum labyrinth_status outcome, inner_outcome;
	labyrinth_owner_t newcomer;
	pfn_t owned_at, shared_at;          /* of held[2] and shared, whatever has become of them  */
	bool guaranteed;                    /* two more claims of the nic cannot be refused        */
	bool received;                      /* the interrupt has released what held[3] still names */
} s;

static struct arena arena;

/* ---- The arena: one page block, a few frames outside vault and reserve, so that every source runs dry soon. */

static struct labyrinth_claim claim_for(labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = { .lab = arena.lab, .owner = owner };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	return claim;
}

static void register_owner(const char *name, uint32_t guarantee, uint32_t limit, uint32_t recycle,
                           labyrinth_owner_t *out)
{
	struct labyrinth_budget budget = { name, guarantee, limit, recycle };

	assert_int_equal(labyrinth_owner_register(arena.lab, &budget, out), LABYRINTH_OK);
}

enum scenario {
	PLENTY, /* free frames, surplus in the vault                                   */
	CACHED, /* the same, and magazines, of both contexts, with frames at hand      */
	DRY,    /* neither; the nic may claim two frames more within its guarantee     */
	OVER,   /* neither; the nic holds more than its guarantee                      */
	AIDED,  /* as DRY, but that two frames wait in the quarantine                  */
	DIRTY,  /* neither; what the nic may claim is dirty, all of it promised        */
	EXCESS, /* the same, with surplus, more than the vault wants; nothing in reserve */
	BAD,    /* as DRY, with frames in use that are to go offline: owned, lent, shared */
};

static const char *const scenario_name[] = {
	"plenty", "magazines", "no free frame", "no free frame, over the guarantee", "debug aids", "nothing clean",
	"nothing clean, dirty excess", "no free frame, bad ones in use", NULL,
};

static struct labyrinth_claim hoard[30]; /* while the arena is set up */

static void take_shared(labyrinth_gfp_t gfp)
{
	while (labyrinth_alloc_pages(arena.lab, gfp, 0).status == LABYRINTH_OK)
		;
}

static void release_all(struct labyrinth_claim *claims, unsigned count)
{
	while (count-- > 0)
		assert_int_equal(labyrinth_claim_release(&claims[count]), LABYRINTH_OK);
}

/* No free frame is left, and no surplus in the vault: from here on only promises are kept. */
static void dry_up(void)
{
	labyrinth_owner_t hoarder;
	unsigned n = 0;

	register_owner("hoarder", 0, 30, 0, &hoarder);
	while (n < 6)
		hoard[n++] = claim_for(hoarder);
	take_shared(LABYRINTH_GFP_NOWAIT);
	while ((hoard[n] = claim_for(hoarder)).status == LABYRINTH_OK)
		n++;
}

/* The frames that the vault keeps for nic and stack, and for maintenance, go through their hands. */
static void soil(void)
{
	struct labyrinth_stats stats;

	for (unsigned round = 0; round < 2; round++) {
		struct labyrinth_claim claims[4] = { claim_for(s.nic), claim_for(s.nic), claim_for(s.stack),
			                             claim_for(s.stack) };

		release_all(claims, 4);
	}
	labyrinth_stats(arena.lab, &stats);
	assert_int_equal(stats.free + stats.vault, 0);
	assert_true(stats.dirty >= 3);
}

/* A block of order 1 at hand in this context. */
static void keep_block(void)
{
	struct labyrinth_grant block = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 1);

	assert_int_equal(labyrinth_free_pages(arena.lab, block.page, 1), LABYRINTH_OK);
}

/* A frame and a block at hand in each context, and a frame on its way back to the buddy. */
static void warm_up(void)
{
	struct labyrinth_grant a = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 0);
	struct labyrinth_grant b = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 0);

	assert_int_equal(labyrinth_free_pages(arena.lab, a.page, 0), LABYRINTH_OK);
	host_context = LABYRINTH_INTERRUPT;
	a = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 0);
	assert_int_equal(labyrinth_free_pages(arena.lab, a.page, 0), LABYRINTH_OK);
	assert_int_equal(labyrinth_free_pages(arena.lab, b.page, 0), LABYRINTH_OK);
	keep_block();
	host_context = LABYRINTH_TASK;
	keep_block();
}

static void fill_quarantine(void)
{
	struct labyrinth_grant two[2];

	for (unsigned i = 0; i < 2; i++)
		two[i] = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 0);
	dry_up();
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(labyrinth_free_pages(arena.lab, two[i].page, 0), LABYRINTH_OK);
}

static void mark(const struct page *page)
{
	assert_int_equal(labyrinth_offline(arena.lab, labyrinth_page_pfn(arena.lab, page)), LABYRINTH_PENDING);
}

static void set_up(unsigned scenario)
{
	static const uint64_t ranges[][2] = { { 0x1100, 0x1120 }, { 0, 0 } };
	static struct labyrinth_range more[] = { { { 0x1120 }, { 0x1130 } } };
	static const struct labyrinth_ranges later = { more, 1, 1 };

	struct labyrinth_config config = config_with(4, 2, 12, 1, scenario == CACHED ? 8 : 0);

	if (scenario == AIDED) /* those that write no frame: that would be a thousand instructions of no interest */
		config.debug = (struct labyrinth_debug_config){
			.aids = LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_QUARANTINE, .quarantine = 2 };
	config.later = &later;
	arena = arena_new(ranges, config);
	register_owner("nic", scenario == OVER ? 1 : 6, 9, 1, &s.nic);
	register_owner("stack", 2, 6, 0, &s.stack);
	for (unsigned i = 0; i < 4; i++)
		s.held[i] = claim_for(s.nic);
	assert_int_equal(labyrinth_claim_lend(&s.held[3]), LABYRINTH_OK);
	s.shared = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 0);
	assert_int_equal(s.shared.status, LABYRINTH_OK);
	s.pair = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 1);
	assert_int_equal(s.pair.status, LABYRINTH_OK);
	s.block = (struct labyrinth_grant){ NULL, LABYRINTH_NO_MEMORY };
	s.body = s.inner = (struct labyrinth_claim){ .lab = arena.lab };
	s.inner_shared = s.inner_block = s.block;
	s.outcome = s.inner_outcome = LABYRINTH_OK;
	s.newcomer = LABYRINTH_NOBODY;
	s.received = false;
	s.owned_at = labyrinth_page_pfn(arena.lab, s.held[2].page);
	s.shared_at = labyrinth_page_pfn(arena.lab, s.shared.page);
	if (scenario == BAD) {
		mark(s.held[0].page);
		mark(s.held[2].page);
		mark(s.held[3].page);
		mark(s.shared.page);
	}
	if (scenario == CACHED)
		warm_up();
	else if (scenario == AIDED)
		fill_quarantine();
	else if (scenario != PLENTY)
		dry_up();
	if (scenario == DIRTY || scenario == EXCESS)
		soil();
	if (scenario == EXCESS) {
		take_shared(LABYRINTH_GFP_ATOMIC);
		release_all(hoard, 6);
	}
	s.guaranteed = scenario != OVER;
}

/* ---- Calls that are interrupted. */

static void body_alloc_kernel(void) { s.block = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 1); }
static void body_alloc_atomic(void) { s.block = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 0); }
static void body_free(void)         { s.outcome = labyrinth_free_pages(arena.lab, s.shared.page, 0); }
static void body_free_block(void)   { s.outcome = labyrinth_free_pages(arena.lab, s.pair.page, 1); }
static void body_claim(void)        { s.body = claim_for(s.nic); }
static void body_release(void)      { s.outcome = labyrinth_claim_release(&s.held[0]); }
static void body_transfer(void)     { s.outcome = labyrinth_claim_transfer(&s.held[0], s.stack); }
static void body_lend(void)         { s.outcome = labyrinth_claim_lend(&s.held[0]); }
static void body_take_back(void)    { s.outcome = labyrinth_claim_take_back(&s.held[3]); }
static void body_maintain(void)     { labyrinth_maintain(arena.lab, 4); }

static void body_register(void)
{
	struct labyrinth_budget budget = { "newcomer", 3, 4, 0 };

	s.outcome = labyrinth_owner_register(arena.lab, &budget, &s.newcomer);
}

static void body_claim_recycled(void)
{
	s.outcome = labyrinth_claim_release(&s.held[0]);
	s.body = claim_for(s.nic);
}

static void body_release_two(void)
{
	s.outcome = labyrinth_claim_release(&s.held[0]); /* is recycled: the second one is shredded */
	if (s.outcome == LABYRINTH_OK)
		s.outcome = labyrinth_claim_release(&s.held[1]);
}

static void body_retire_stack(void)
{
	s.outcome = labyrinth_owner_retire(arena.lab, s.stack);
}

static void body_offline_owned(void)  { s.outcome = labyrinth_offline(arena.lab, s.owned_at); }
static void body_offline_shared(void) { s.outcome = labyrinth_offline(arena.lab, s.shared_at); }

static void body_online(void)
{
	s.outcome = labyrinth_online(arena.lab, (struct labyrinth_range){ { 0x1120 }, { 0x1127 } });
}

/* One of those set aside, or free. */
static void body_offline_other(void)
{
	s.outcome = labyrinth_offline(arena.lab, (pfn_t){ 0x1109 });
}

static const struct pairs_call bodies[] = {
	{ "alloc KERNEL", body_alloc_kernel }, { "alloc ATOMIC", body_alloc_atomic },   { "free", body_free },
	{ "claim", body_claim },               { "claim recycled", body_claim_recycled }, { "release", body_release },
	{ "release two", body_release_two },   { "transfer", body_transfer },           { "lend", body_lend },
	{ "take back", body_take_back },       { "maintain", body_maintain },           { "register", body_register },
	{ "retire", body_retire_stack },       { "offline owned", body_offline_owned },
	{ "offline shared", body_offline_shared }, { "offline other", body_offline_other },
	{ "online", body_online },             { "free a block", body_free_block },
	{ NULL, NULL },
};

/* ---- Calls that interrupt. */

static void inner_claim(void)  { s.inner = claim_for(s.nic); }
static void inner_stack_claim(void) { s.inner = claim_for(s.stack); }
static void inner_alloc(void)  { s.inner_shared = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 0); }
static void inner_block(void)  { s.inner_block = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 1); }
static void inner_release(void) { s.inner_outcome = labyrinth_claim_release(&s.held[2]); }
static void inner_free(void)   { s.inner_outcome = labyrinth_free_pages(arena.lab, s.shared.page, 0); }

/* What a receive handler does: the replacement first, then the filled frame goes on. */
static void inner_receive(void)
{
	struct labyrinth_claim filled = s.held[3]; /* a copy: the body may be using the original */

	s.inner = claim_for(s.nic);
	if (s.inner.status != LABYRINTH_OK)
		return;
	s.inner_outcome = labyrinth_claim_take_back(&filled);
	if (s.inner_outcome == LABYRINTH_OK && labyrinth_claim_transfer(&filled, s.stack) == LABYRINTH_OK)
		s.received = labyrinth_claim_release(&filled) == LABYRINTH_OK;
}

/* Grabs all that both owners can get, and gives everything back. */
static void inner_greedy(void)
{
	struct labyrinth_claim all[20];
	unsigned n = 0;

	while (n < 10 && (all[n] = claim_for(s.nic)).status == LABYRINTH_OK)
		n++;
	while (n < 20 && (all[n] = claim_for(s.stack)).status == LABYRINTH_OK)
		n++;
	while (n-- > 0)
		if (labyrinth_claim_release(&all[n]) != LABYRINTH_OK)
			s.inner_outcome = LABYRINTH_STATUS_COUNT;
}

static const struct pairs_call inners[] = {
	{ "claim", inner_claim },
	{ "claim for stack", inner_stack_claim },
	{ "alloc ATOMIC", inner_alloc },
	{ "alloc a block", inner_block },
	{ "release", inner_release },
	{ "receive", inner_receive },
	{ "two greedy owners", inner_greedy },
	{ NULL, NULL },
};

/* In an NMI a free is refused. */
static const struct pairs_call handlers[] = {
	{ "free", inner_free },
	{ NULL, NULL },
};

/* ---- What must be true afterwards. */

static bool same_frame_twice(void)
{
	const struct page *pages[] = { s.held[0].page, s.held[1].page, s.held[2].page, s.body.page, s.inner.page,
	                               s.block.page, s.inner_shared.page, s.inner_block.page,
	                               s.received ? NULL : s.held[3].page };

	for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		for (unsigned j = 0; j < i; j++)
			if (pages[i] != NULL && pages[i] == pages[j])
				return true;
	return false;
}

static const char *wrong(void)
{
	if (s.inner_outcome == LABYRINTH_STATUS_COUNT)
		return "a frame just claimed could not be released";
	if (same_frame_twice())
		return "one frame was granted twice";
	/*
	 * The nic has four frames and may claim two more, whatever happens: in the body, in the interrupt, or one in
	 * each.
	 */
	if (s.guaranteed
	    && (s.body.status != LABYRINTH_OK || (s.inner.status != LABYRINTH_OK && s.inner.owner.slot == s.nic.slot)))
		return "a claim within its guarantee was refused";
	return NULL;
}

static void release_if_held(struct labyrinth_claim *claim)
{
	if (claim->page != NULL) {
		enum labyrinth_status ignored = labyrinth_claim_take_back(claim);

		(void)ignored; /* only lent ones come back */
		labyrinth_claim_release(claim); /* refused for those that the interrupt has released */
	}
}

/* Ends all owners, frees what is shared: then nobody holds anything. */
static const char *left_over(void)
{
	labyrinth_owner_t owner = LABYRINTH_NOBODY;
	struct labyrinth_stats stats;

	for (unsigned i = 0; i < 4; i++)
		release_if_held(&s.held[i]);
	release_if_held(&s.body);
	release_if_held(&s.inner);
	while (labyrinth_owner_next(arena.lab, &owner))
		if (labyrinth_owner_retire(arena.lab, owner) != LABYRINTH_OK)
			return "an owner could not be retired";
	labyrinth_maintain(arena.lab, 100);
	labyrinth_stats(arena.lab, &stats);
	if (stats.owned + stats.lent + stats.recycled + stats.dirty != 0)
		return "a frame stayed with an owner";
	return NULL;
}

int main(void)
{
	const struct pairs all = {
		.bodies = bodies, .inners = inners, .handlers = handlers, .scenarios = scenario_name, .set_up = set_up,
		.wrong = wrong, .left_over = left_over, .arena = &arena, .scene = { &s, sizeof(s) },
	};

	return pairs_run(&all);
}
