/*
 * try_claims.c - every claim that anybody can present, presented to every call.
 *
 * Idea    Each frame, a hole, and no frame; each live owner, one that has been retired, and a slot that does not exist;
 *         the frame's generation, the one before, and the next. So all stale copies are tried without keeping any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exhaustive/trial.h"

static void try_claim(unsigned h)
{
	struct labyrinth_claim claim = { .lab = trial.e.arena.lab, .owner = trial_handle(h) };
	enum labyrinth_status wanted;

	trial_begin(CLAIM, (int)h, 0, 0, 0);
	wanted = trial_alive(h) ? world_claim(&trial.then, &trial.row->rules, h) : LABYRINTH_BAD_OWNER;
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	trial_page(claim.page, trial.then.claimed);
	if (wanted == LABYRINTH_OK && claim.generation != ((trial.row->canon.frame + 1) & CANON_FRAME_MASK))
		explore_fail(&trial.e, "the claim's generation", "another", "the next");
	trial_end(CLAIM, claim.status, wanted);
}

/* Frame f, or none; `ahead` is how far its generation is from the frame's. */
static struct labyrinth_claim made_up(unsigned h, unsigned f, int ahead)
{
	return (struct labyrinth_claim){
		.lab        = trial.e.arena.lab,
		.owner      = trial_handle(h),
		.generation = (trial.row->canon.frame + (uint32_t)ahead) & CANON_FRAME_MASK,
		.page       = f == BLOCKS_NONE ? NULL : trial.e.page + f,
		.status     = LABYRINTH_OK,
	};
}

/* A refused call leaves the claim alone as well. */
static void expect_claim(const struct labyrinth_claim *claim, unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim before = made_up(h, f, ahead);

	if (claim->owner.slot != before.owner.slot || claim->owner.generation != before.owner.generation
	    || claim->generation != before.generation || claim->page != before.page)
		explore_fail(&trial.e, "the claim", "another", "as before");
}

static void try_release(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status found, wanted;

	trial_begin(RELEASE, (int)h, (int)f, ahead, 0);
	wanted = trial_alive(h) ? world_release(&trial.then, &trial.row->rules, h, f, ahead == 0) : LABYRINTH_BAD_OWNER;
	found = labyrinth_claim_release(&claim);
	if (wanted == LABYRINTH_OK)
		trial_page(claim.page, BLOCKS_NONE);
	else
		expect_claim(&claim, h, f, ahead);
	trial_maintain_promptly(wanted);
	trial_end(RELEASE, found, wanted);
}

static void try_transfer(unsigned h, unsigned f, int ahead, unsigned to)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status found, wanted = LABYRINTH_BAD_OWNER;
	unsigned taker = trial_alive(to) ? to : WORLD_OWNERS;

	trial_begin(TRANSFER, (int)h, (int)f, ahead, (int)to);
	if (trial_alive(h))
		wanted = world_transfer(&trial.then, &trial.row->rules, h, f, ahead == 0, taker);
	found = labyrinth_claim_transfer(&claim, trial_handle(to));
	expect_claim(&claim, wanted == LABYRINTH_OK ? to : h, f, wanted == LABYRINTH_OK ? 1 : ahead);
	trial_end(TRANSFER, found, wanted);
}

/* Lends a frame, or takes it back. */
static void try_relabel(enum call call, unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status wanted = LABYRINTH_BAD_OWNER;
	bool lend = call == LEND;

	trial_begin(call, (int)h, (int)f, ahead, 0);
	if (trial_alive(h))
		wanted = world_relabel(&trial.then, h, f, ahead == 0, lend ? OWNED : LENT, lend ? LENT : OWNED);
	trial_end(call, lend ? labyrinth_claim_lend(&claim) : labyrinth_claim_take_back(&claim), wanted);
	expect_claim(&claim, h, f, ahead);
}

static void try_map(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status wanted;
	void *at;

	trial_begin(MAP, (int)h, (int)f, ahead, 0);
	wanted = trial_alive(h) ? world_map(&trial.then, h, f, ahead == 0) : LABYRINTH_BAD_OWNER;
	at = labyrinth_claim_map(&claim);
	if (at != (wanted == LABYRINTH_OK ? labyrinth_page_address(trial.e.arena.lab, claim.page) : NULL))
		explore_fail(&trial.e, "the address", "another", "the frame's");
	trial_end(MAP, claim.status, wanted);
	expect_claim(&claim, h, f, ahead);
}

static void try_unmap(unsigned h, unsigned f, int ahead)
{
	struct labyrinth_claim claim = made_up(h, f, ahead);
	enum labyrinth_status wanted;

	trial_begin(UNMAP, (int)h, (int)f, ahead, 0);
	wanted = trial_alive(h) ? world_unmap(&trial.then, h, f, ahead == 0) : LABYRINTH_BAD_OWNER;
	trial_end(UNMAP, labyrinth_claim_unmap(&claim), wanted);
	expect_claim(&claim, h, f, ahead);
}

/* To whom a claim would go matters only when there is something to give. */
static void try_with(unsigned h, unsigned f, int ahead)
{
	unsigned receivers = trial_alive(h) && ahead == 0 ? HANDLES : 1;

	try_release(h, f, ahead);
	try_relabel(LEND, h, f, ahead);
	try_relabel(TAKE_BACK, h, f, ahead);
	if (trial.row->how & MAPS) {
		try_map(h, f, ahead);
		try_unmap(h, f, ahead);
	}
	for (unsigned to = 0; to < receivers; to++)
		try_transfer(h, f, ahead, to);
}

void try_all_claims(void)
{
	for (unsigned h = 0; h < HANDLES; h++) {
		try_claim(h);
		try_with(h, BLOCKS_NONE, 0);
		for (unsigned f = 0; f <= trial.row->frames; f++)
			try_with(h, f, 0);
	}
	for (unsigned h = 0; h < WORLD_OWNERS; h++)
		for (unsigned f = 0; f < trial.row->frames; f++) {
			try_with(h, f, -1);
			try_with(h, f, 1);
		}
}
