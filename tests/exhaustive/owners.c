/*
 * owners.c - all states of an arena with two owners; every call in each.
 *
 * Idea    A state is what each frame is, whose it is, the order of frames on stacks, and the two budgets. In each
 *         state every claim that anybody can present is made up and presented: each frame, a hole, and no frame;
 *         each live owner, one that has been retired, and a slot that does not exist; the frame's generation, the one
 *         before, and the next. So all stale copies are tried without keeping any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exhaustive/explore.h"
#include "exhaustive/outcomes.h"
#include "exhaustive/owners.h"
#include "exhaustive/packed.h"

/* 0 and 1 are the slots' present owners; SLOTS - 1 is a slot that does not exist. */
enum { RETIRED = WORLD_OWNERS, UNBORN, NO_SLOT, HANDLES };

static struct explorer          e;
static const struct owners_row *row;
static bool                     one_of_twins; /* one state is visited for all that differ by twins */
static struct world             here; /* the state that is visited                */
static struct world             then; /* what the model makes of it after a call  */

/* The numbers are the arguments of the try_... function, for the path that a failure prints. */
static void begin(enum call call, int a, int b, int c, int d)
{
	memcpy(&then, &here, sizeof(then));
	then.shredded = 0;
	then.claimed = BLOCKS_NONE;
	then.born = EXPLORE_NOBODY;
	e.step = (struct step){ (int)call, a, b, c, d };
}

/* Where the row says so, maintenance follows at once, and nothing waits for it. */
static void maintain_promptly(enum labyrinth_status released)
{
	if ((row->how & PROMPT) && released == LABYRINTH_OK
	    && labyrinth_maintain(e.arena.lab, WORLD_FRAMES) != world_maintain(&then, &row->rules, WORLD_FRAMES))
		explore_fail(&e, "frames moved", "another number", "the model's");
}

/* The key of a state of the world, and its form: which twins have changed places. */
static unsigned key_of(const struct world *w, uint64_t *key)
{
	struct world same = *w;
	unsigned form = one_of_twins ? world_represent(&same) : 0;

	*key = world_pack(&same);
	return form;
}

static void world_of(uint64_t key, unsigned form, struct world *w)
{
	world_unpack(key, row->frames, w);
	for (unsigned pair = 0; pair < PACKED_PAIRS; pair++)
		if (form >> pair & 1)
			world_swap(w, pair);
}

static void moved(void)
{
	uint64_t key;
	unsigned form = key_of(&then, &key);
	struct world copy;

	world_of(key, form, &copy);
	assert_memory_equal(&copy, &then, WORLD_KEY);
	explore_moved(&e, (struct place){ &key, form }, then.claimed, then.born);
}

static void end(enum call call, enum labyrinth_status found, enum labyrinth_status wanted)
{
	outcome_met(call, found);
	if (found != wanted)
		explore_fail(&e, "status", labyrinth_status_name(found), labyrinth_status_name(wanted));
	if (canon_get(&e.arena.lab->shredder->serial) != then.shredded)
		explore_fail(&e, "frames shredded", "another number", "the model's");
	if (found == LABYRINTH_OK)
		moved();
	else
		explore_refused(&e);
}

static void expect_page(const struct page *found, unsigned wanted)
{
	if (found != (wanted == BLOCKS_NONE ? NULL : e.page + wanted))
		explore_fail(&e, "the frame that was granted", "another", "the model's");
}

/* ---- Owners. */

static labyrinth_owner_t handle(unsigned h)
{
	uint16_t live = row->canon.owner;

	switch (h) {
	case RETIRED:
		return (labyrinth_owner_t){ 0, (live - 2u) & CANON_OWNER_MASK };
	case UNBORN:
		return (labyrinth_owner_t){ 0, canon_retired(row->canon) };
	case NO_SLOT:
		return (labyrinth_owner_t){ WORLD_OWNERS, live };
	default:
		return (labyrinth_owner_t){ (uint16_t)h, live };
	}
}

static bool alive(unsigned h)
{
	return h < WORLD_OWNERS && here.budget[h] > 0;
}

static void try_register(unsigned which)
{
	labyrinth_owner_t got = LABYRINTH_NOBODY;
	enum labyrinth_status found, wanted;

	begin(REGISTER, (int)which, 0, 0, 0);
	wanted = world_register(&then, &row->rules, which);
	found = labyrinth_owner_register(e.arena.lab, &row->rules.budgets[which], &got);
	if (wanted == LABYRINTH_OK
	    && (got.slot != then.born || got.generation != ((canon_retired(row->canon) + 1u) & CANON_OWNER_MASK)))
		explore_fail(&e, "the handle", "another", "the lowest free slot's next");
	end(REGISTER, found, wanted);
}

static void try_retire(unsigned h)
{
	enum labyrinth_status found, wanted;

	begin(RETIRE, (int)h, 0, 0, 0);
	wanted = alive(h) ? world_retire(&then, h) : LABYRINTH_BAD_OWNER;
	found = labyrinth_owner_retire(e.arena.lab, handle(h));
	maintain_promptly(wanted);
	end(RETIRE, found, wanted);
}

/* ---- Claims. */

static void try_claim(unsigned h)
{
	struct labyrinth_claim claim = { .lab = e.arena.lab, .owner = handle(h) };
	enum labyrinth_status wanted;

	begin(CLAIM, (int)h, 0, 0, 0);
	wanted = alive(h) ? world_claim(&then, &row->rules, h) : LABYRINTH_BAD_OWNER;
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	expect_page(claim.page, then.claimed);
	if (wanted == LABYRINTH_OK && claim.generation != ((row->canon.frame + 1) & CANON_FRAME_MASK))
		explore_fail(&e, "the claim's generation", "another", "the next");
	end(CLAIM, claim.status, wanted);
}

/* Frame f, or none; `ahead` is how far its generation is from the frame's. */
static struct labyrinth_claim made_up(unsigned h, unsigned f, int ahead)
{
	return (struct labyrinth_claim){
		.lab        = e.arena.lab,
		.owner      = handle(h),
		.generation = (row->canon.frame + (uint32_t)ahead) & CANON_FRAME_MASK,
		.page       = f == BLOCKS_NONE ? NULL : e.page + f,
		.status     = LABYRINTH_OK,
	};
}

/* A refused call leaves the claim alone as well. */
static void expect_claim(const struct labyrinth_claim *claim, unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim before = made_up(h, f, ahead);

	if (claim->owner.slot != before.owner.slot || claim->owner.generation != before.owner.generation
	    || claim->generation != before.generation || claim->page != before.page)
		explore_fail(&e, "the claim", "another", "as before");
}

static void try_release(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status found, wanted;

	begin(RELEASE, (int)h, (int)f, ahead, 0);
	wanted = alive(h) ? world_release(&then, &row->rules, h, f, ahead == 0) : LABYRINTH_BAD_OWNER;
	found = labyrinth_claim_release(&claim);
	if (wanted == LABYRINTH_OK)
		expect_page(claim.page, BLOCKS_NONE);
	else
		expect_claim(&claim, h, f, ahead);
	maintain_promptly(wanted);
	end(RELEASE, found, wanted);
}

static void try_transfer(unsigned h, unsigned f, int ahead, unsigned to)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status found, wanted;

	begin(TRANSFER, (int)h, (int)f, ahead, (int)to);
	wanted = alive(h) ? world_transfer(&then, &row->rules, h, f, ahead == 0, alive(to) ? to : WORLD_OWNERS)
	                  : LABYRINTH_BAD_OWNER;
	found = labyrinth_claim_transfer(&claim, handle(to));
	expect_claim(&claim, wanted == LABYRINTH_OK ? to : h, f, wanted == LABYRINTH_OK ? 1 : ahead);
	end(TRANSFER, found, wanted);
}

static void try_lend(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status wanted;

	begin(LEND, (int)h, (int)f, ahead, 0);
	wanted = alive(h) ? world_relabel(&then, h, f, ahead == 0, OWNED, LENT) : LABYRINTH_BAD_OWNER;
	end(LEND, labyrinth_claim_lend(&claim), wanted);
	expect_claim(&claim, h, f, ahead);
}

static void try_take_back(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status wanted;

	begin(TAKE_BACK, (int)h, (int)f, ahead, 0);
	wanted = alive(h) ? world_relabel(&then, h, f, ahead == 0, LENT, OWNED) : LABYRINTH_BAD_OWNER;
	end(TAKE_BACK, labyrinth_claim_take_back(&claim), wanted);
	expect_claim(&claim, h, f, ahead);
}

static void try_map(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status wanted;
	void *at;

	begin(MAP, (int)h, (int)f, ahead, 0);
	wanted = alive(h) ? world_map(&then, h, f, ahead == 0) : LABYRINTH_BAD_OWNER;
	at = labyrinth_claim_map(&claim);
	if (at != (wanted == LABYRINTH_OK ? labyrinth_page_address(e.arena.lab, claim.page) : NULL))
		explore_fail(&e, "the address", "another", "the frame's");
	end(MAP, claim.status, wanted);
	expect_claim(&claim, h, f, ahead);
}

static void try_unmap(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status wanted;

	begin(UNMAP, (int)h, (int)f, ahead, 0);
	wanted = alive(h) ? world_unmap(&then, h, f, ahead == 0) : LABYRINTH_BAD_OWNER;
	end(UNMAP, labyrinth_claim_unmap(&claim), wanted);
	expect_claim(&claim, h, f, ahead);
}

/* To whom a claim would go matters only when there is something to give. */
static void try_with(unsigned h, unsigned f, int ahead)
{
	unsigned receivers = alive(h) && ahead == 0 ? HANDLES : 1;

	try_release(h, f, ahead);
	try_lend(h, f, ahead);
	try_take_back(h, f, ahead);
	if (row->how & MAPS) {
		try_map(h, f, ahead);
		try_unmap(h, f, ahead);
	}
	for (unsigned to = 0; to < receivers; to++)
		try_transfer(h, f, ahead, to);
}

/* ---- Shared blocks, and what fills the stacks up. */

static void try_alloc(labyrinth_gfp_t gfp, unsigned order)
{
	struct labyrinth_grant grant;
	enum labyrinth_status wanted;
	unsigned first;

	begin(ALLOC, gfp == LABYRINTH_GFP_ATOMIC, (int)order, 0, 0);
	wanted = world_alloc(&then, &row->rules, gfp == LABYRINTH_GFP_ATOMIC, order, &first);
	grant = labyrinth_alloc_pages(e.arena.lab, gfp, order);
	expect_page(grant.page, first);
	end(ALLOC, grant.status, wanted);
}

static void try_free(unsigned f, unsigned order)
{
	enum labyrinth_status wanted;

	begin(FREE_PAGES, (int)f, (int)order, 0, 0);
	wanted = world_free(&then, &row->rules, f, order);
	end(FREE_PAGES, labyrinth_free_pages(e.arena.lab, e.page + f, order), wanted);
}

static void try_maintain(unsigned budget)
{
	unsigned wanted;

	begin(MAINTAIN, (int)budget, 0, 0, 0);
	wanted = world_maintain(&then, &row->rules, budget);
	if (labyrinth_maintain(e.arena.lab, budget) != wanted)
		explore_fail(&e, "frames moved", "another number", "the model's");
	end(MAINTAIN, LABYRINTH_OK, LABYRINTH_OK);
}

/* ---- All of them. */

static void try_all_claims(void)
{
	for (unsigned h = 0; h < HANDLES; h++) {
		try_retire(h);
		try_claim(h);
		try_with(h, BLOCKS_NONE, 0);
		for (unsigned f = 0; f <= row->frames; f++)
			try_with(h, f, 0);
	}
	for (unsigned h = 0; h < WORLD_OWNERS; h++)
		for (unsigned f = 0; f < row->frames; f++) {
			try_with(h, f, -1);
			try_with(h, f, 1);
		}
}

static void try_all_shared(void)
{
	for (unsigned order = 0; order < row->orders; order++) {
		try_alloc(LABYRINTH_GFP_KERNEL, order);
		try_alloc(LABYRINTH_GFP_ATOMIC, order);
	}
	for (unsigned f = 0; f <= row->frames; f++)
		for (unsigned order = 0; order <= row->orders; order++)
			try_free(f, order);
}

static void try_all(void)
{
	for (unsigned i = 0; i < row->rules.count; i++)
		try_register(i);
	try_all_claims();
	try_all_shared();
	try_maintain(1);
	try_maintain(WORLD_FRAMES);
}

/* What is left of the states that are known if those that differ by twins are one. */
static uint64_t representatives(void)
{
	struct known known;
	uint64_t key, count;

	known_begin(&known, sizeof(key));
	for (size_t i = 0; i < e.known.states; i++) {
		struct world w;

		memcpy(&key, known_key(&e.known, i), sizeof(key));
		world_unpack(key, row->frames, &w);
		world_represent(&w);
		key = world_pack(&w);
		if (known_find(&known, &key) == known.states)
			known_add(&known, (struct state){ 0 });
	}
	count = known.states;
	known_end(&known);
	return count;
}

void explore_owners(const struct owners_row *r, bool twins)
{
	const struct labyrinth_config config = { .owners = WORLD_OWNERS, .reserve_frames = r->rules.reserve,
	                                         .vault_frames = r->rules.vault };
	uint64_t key;
	unsigned form;

	row = r;
	one_of_twins = twins;
	here = world_new(r->frames, &r->rules);
	form = key_of(&here, &key);
	explore_begin(&e, r->frames, config, r->canon, call_name, (struct place){ &key, form }, sizeof(key));
	while (explore_next(&e, &key, &form)) {
		world_of(key, form, &here);
		try_all();
	}
	print_message("%u frames, %s%s: %llu states, %llu transitions, %llu calls refused\n", e.frames, r->name,
	              twins ? ", one of twins" : "", (unsigned long long)e.known.states,
	              (unsigned long long)e.calls_made.done, (unsigned long long)e.calls_made.refused);
	assert_int_equal(representatives(), r->representatives);
	assert_int_equal(e.known.states, twins ? r->representatives : r->states);
	explore_end(&e);
}

void owners_met_every_outcome(void)
{
	outcomes_all_met();
}
