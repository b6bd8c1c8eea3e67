/*
 * pairs.h - every pair of a call that is interrupted and one that interrupts: what such tests have in common.
 *
 * Needs   cmocka and arena.h before it.
 */
#ifndef TESTS_PAIRS_H
#define TESTS_PAIRS_H

#include <stdio.h>

#include "interrupt/step.h"

static bool pairs_failed; /* the last run */

/* What a judge returns; fault: what is wrong after a run, or NULL. */
static inline bool pairs_judged(uint64_t at, const char *fault)
{
	if (fault != NULL)
		printf("after %llu instructions: %s\n", (unsigned long long)at, fault);
	pairs_failed = fault != NULL;
	return !pairs_failed;
}

/* Interrupts step.body everywhere. Between runs the scene and the arena are put back. How often; 0 when it failed. */
static inline uint64_t pairs_step(struct step step, const struct arena *arena, void *scene, size_t bytes)
{
	const struct step_memory memory[] = { { scene, bytes }, { arena->metadata, arena->bytes }, { NULL, 0 } };
	uint64_t interruptions;

	step.memory = memory;
	interruptions = step_through(&step);
	return pairs_failed ? 0 : interruptions;
}

/* Goes through all pairs, or those of which the second may come in an NMI; how many interruptions that were. */
static uint64_t (*pairs_all)(bool nmi);

static inline void pairs_interrupts(void **state)
{
	(void)state;
	printf("%llu interrupts\n", (unsigned long long)pairs_all(false));
}

static inline void pairs_nmis(void **state)
{
	(void)state;
	printf("%llu NMIs\n", (unsigned long long)pairs_all(true));
}

/* What main() returns. */
static inline int pairs_run(uint64_t (*all)(bool nmi))
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_interrupts),
		cmocka_unit_test(pairs_nmis),
	};

	pairs_all = all;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
