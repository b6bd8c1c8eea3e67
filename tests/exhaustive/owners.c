/*
 * owners.c - all states of an arena with two owners; every call in each.
 *
 * Idea    A state is what each frame is, whose it is, the order of frames on stacks, and the two budgets. Claims are
 *         try_claims.c's; here are the calls on owners and on shared blocks, and all of them in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exhaustive/trial.h"

/* ---- Owners. */

static void try_register(unsigned which)
{
	uint16_t generation = (canon_retired(trial.row->canon) + 1u) & CANON_OWNER_MASK;
	labyrinth_owner_t got = LABYRINTH_NOBODY;
	enum labyrinth_status found, wanted;

	trial_begin(REGISTER, (int)which, 0, 0, 0);
	wanted = world_register(&trial.then, &trial.row->rules, which);
	found = labyrinth_owner_register(trial.e.arena.lab, &trial.row->rules.budgets[which], &got);
	if (wanted == LABYRINTH_OK && (got.slot != trial.then.born || got.generation != generation))
		explore_fail(&trial.e, "the handle", "another", "the lowest free slot's next");
	trial_end(REGISTER, found, wanted);
}

static void try_retire(unsigned h)
{
	enum labyrinth_status found, wanted;

	trial_begin(RETIRE, (int)h, 0, 0, 0);
	wanted = trial_alive(h) ? world_retire(&trial.then, h) : LABYRINTH_BAD_OWNER;
	found = labyrinth_owner_retire(trial.e.arena.lab, trial_handle(h));
	trial_maintain_promptly(wanted);
	trial_end(RETIRE, found, wanted);
}

/* ---- Shared blocks, and what fills the stacks up. */

static void try_alloc(labyrinth_gfp_t gfp, unsigned order)
{
	struct labyrinth_grant grant;
	enum labyrinth_status wanted;
	unsigned first;

	trial_begin(ALLOC, gfp == LABYRINTH_GFP_ATOMIC, (int)order, 0, 0);
	wanted = world_alloc(&trial.then, &trial.row->rules, gfp == LABYRINTH_GFP_ATOMIC, order, &first);
	grant = labyrinth_alloc_pages(trial.e.arena.lab, gfp, order);
	trial_page(grant.page, first);
	trial_end(ALLOC, grant.status, wanted);
}

static void try_free(unsigned f, unsigned order)
{
	enum labyrinth_status wanted;

	trial_begin(FREE_PAGES, (int)f, (int)order, 0, 0);
	wanted = world_free(&trial.then, &trial.row->rules, f, order);
	trial_end(FREE_PAGES, labyrinth_free_pages(trial.e.arena.lab, trial.e.page + f, order), wanted);
}

static void try_maintain(unsigned budget)
{
	unsigned wanted;

	trial_begin(MAINTAIN, (int)budget, 0, 0, 0);
	wanted = world_maintain(&trial.then, &trial.row->rules, budget);
	if (labyrinth_maintain(trial.e.arena.lab, budget) != wanted)
		explore_fail(&trial.e, "frames moved", "another number", "the model's");
	trial_end(MAINTAIN, LABYRINTH_OK, LABYRINTH_OK);
}

/* ---- All of them. */

static void try_all_shared(void)
{
	for (unsigned order = 0; order < trial.row->orders; order++) {
		try_alloc(LABYRINTH_GFP_KERNEL, order);
		try_alloc(LABYRINTH_GFP_ATOMIC, order);
	}
	for (unsigned f = 0; f <= trial.row->frames; f++)
		for (unsigned order = 0; order <= trial.row->orders; order++)
			try_free(f, order);
}

static void try_all(void)
{
	for (unsigned i = 0; i < trial.row->rules.count; i++)
		try_register(i);
	for (unsigned h = 0; h < HANDLES; h++)
		try_retire(h);
	try_all_claims();
	try_all_shared();
	try_maintain(1);
	try_maintain(WORLD_FRAMES);
}

void explore_owners(const struct owners_row *row, bool one_of_twins)
{
	trial_first(row, one_of_twins);
	while (trial_next())
		try_all();
	print_message("%u frames, %s%s: %llu states, %llu transitions, %llu calls refused\n", row->frames, row->name,
	              one_of_twins ? ", one of twins" : "", (unsigned long long)trial.e.known.states,
	              (unsigned long long)trial.e.calls_made.done, (unsigned long long)trial.e.calls_made.refused);
	assert_int_equal(trial_representatives(), row->representatives);
	assert_int_equal(trial.e.known.states, one_of_twins ? row->representatives : row->states);
	explore_end(&trial.e);
}
