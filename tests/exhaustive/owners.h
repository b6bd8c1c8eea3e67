/*
 * owners.h - all states of an arena with two owners; every call in each.
 */
#ifndef TESTS_OWNERS_H
#define TESTS_OWNERS_H

#include "exhaustive/canon.h"
#include "exhaustive/world.h"

struct owners_row {
	const char        *name;
	unsigned           frames;  /* 1 to WORLD_FRAMES                     */
	unsigned           orders;  /* shared blocks of order 0 .. orders - 1 */
	struct world_rules rules;
	struct canon       canon;
	uint64_t           states;  /* how many there are                    */
	bool               prompt;  /* maintenance follows each release      */
	bool               maps;    /* claims are mapped and unmapped        */
};

/* Explores one arena. Fails on the first call whose outcome is not the model's. */
void explore_owners(const struct owners_row *row);

/* Fails when some outcome that the interface documents was never met, in all rows so far. */
void owners_met_every_outcome(void);

#endif
