/*
 * owners.h - all states of an arena with two owners; every call in each.
 */
#ifndef TESTS_OWNERS_H
#define TESTS_OWNERS_H

#include "exhaustive/canon.h"
#include "exhaustive/world.h"

enum {
	PROMPT = 1, /* maintenance follows each release */
	MAPS   = 2, /* claims are mapped and unmapped   */
};

struct owners_row {
	const char        *name;
	unsigned           frames;          /* 1 to WORLD_FRAMES                      */
	unsigned           orders;          /* shared blocks of order 0 .. orders - 1 */
	struct world_rules rules;
	struct canon       canon;
	unsigned           how;
	uint64_t           states;          /* how many there are; 0: nobody asks      */
	uint64_t           representatives; /* if those that differ by twins are one: packed.h */
};

/* Explores one arena, whole or `one_of_twins`. Fails on the first call whose outcome is not the model's. */
void explore_owners(const struct owners_row *row, bool one_of_twins);

/* Fails when some outcome that the interface documents was never met, in all rows so far. */
void owners_met_every_outcome(void);

#endif
