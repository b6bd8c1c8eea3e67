/*
 * trial.h - one call in one state of an arena with two owners: the model's outcome against the allocator's.
 *
 * Idea    trial_begin(), the model's call on trial.then, the allocator's call, trial_end(), which compares and notes
 *         the state that this leads to.
 * Needs   cmocka included before.
 */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include "exhaustive/explore.h"
#include "exhaustive/outcomes.h"
#include "exhaustive/owners.h"

/* 0 and 1 are the slots' present owners; SLOTS - 1 is a slot that does not exist. */
enum { RETIRED = WORLD_OWNERS, UNBORN, NO_SLOT, HANDLES };

struct trial {
	struct explorer          e;
	const struct owners_row *row;
	bool                     one_of_twins; /* one state is visited for all that differ by twins */
	struct world             here;         /* the state that is visited                         */
	struct world             then;         /* what the model makes of it after a call           */
};

extern struct trial trial;

/* The first state of an arena; then each other, into trial.here: false after the last. */
void trial_first(const struct owners_row *row, bool one_of_twins);
bool trial_next(void);

/* What is left of the states that are known if those that differ by twins are one. */
uint64_t trial_representatives(void);

/* The numbers are the arguments of the try_... function, for the path that a failure prints. */
void trial_begin(enum call call, int a, int b, int c, int d);
void trial_end(enum call call, enum labyrinth_status found, enum labyrinth_status wanted);

/* Where the row says so, maintenance follows at once, and nothing waits for it. */
void trial_maintain_promptly(enum labyrinth_status released);

/* The frame that the allocator granted; the model's, or BLOCKS_NONE. */
void trial_page(const struct page *found, unsigned wanted);

/* The owner that a number names, and whether it lives. */
labyrinth_owner_t trial_handle(unsigned h);
bool trial_alive(unsigned h);

/* Every claim that anybody can present, in this state: try_claims.c. */
void try_all_claims(void);

#endif
