/*
 * pairs.h - every pair of a call that is interrupted and one that interrupts: what such tests have in common.
 *
 * Needs   cmocka and arena.h before it.
 */
#ifndef TESTS_PAIRS_H
#define TESTS_PAIRS_H

#include <stdio.h>

#include "interrupt/step.h"

/* A call that is interrupted, or one that interrupts. */
struct pairs_call {
	const char *name; /* NULL: the end of a table */
	void      (*call)(void);
};

struct pairs {
	const struct pairs_call *bodies;
	const struct pairs_call *inners;             /* what interrupts and NMIs may call         */
	const struct pairs_call *handlers;           /* what interrupts alone may call; or NULL   */
	const char *const       *scenarios;          /* up to a NULL                              */
	void                   (*set_up)(unsigned scenario);
	const char            *(*wrong)(void);       /* what else is wrong after a run, or NULL   */
	const char            *(*left_over)(void);   /* then, when nobody holds anything; or NULL */
	void                   (*alone)(void);       /* asserts what a body alone does; or NULL   */
	struct arena            *arena;
	struct step_memory       scene;              /* all else that the calls write             */
};

static const struct pairs *pairs;
static bool pairs_failed; /* the last run */

/* All laws hold, before and after what the test itself looks at. */
static inline const char *pairs_fault(void)
{
	const char *fault = labyrinth_check(pairs->arena->lab, NULL);

	if (fault == NULL)
		fault = pairs->wrong();
	if (fault == NULL && pairs->left_over != NULL)
		fault = pairs->left_over();
	return fault != NULL ? fault : labyrinth_check(pairs->arena->lab, NULL);
}

static inline bool pairs_judge(uint64_t at)
{
	const char *fault = pairs_fault();

	if (fault != NULL)
		printf("after %llu instructions: %s\n", (unsigned long long)at, fault);
	pairs_failed = fault != NULL;
	return !pairs_failed;
}

/* Interrupts a body everywhere; between runs the scene and the arena are put back. How often that was. */
static inline uint64_t pairs_step(const struct pairs_call *body, const struct pairs_call *inner, bool nmi,
                                  unsigned scenario)
{
	struct step_memory memory[] = { pairs->scene, { NULL, 0 }, { NULL, 0 } };
	const struct step step = { body->call, inner->call, nmi, memory, pairs_judge };
	uint64_t interruptions;

	pairs->set_up(scenario);
	memory[1] = (struct step_memory){ pairs->arena->metadata, pairs->arena->bytes };
	interruptions = step_through(&step);
	if (interruptions == 0 || pairs_failed)
		fail_msg("%s, interrupted by %s%s; %s", body->name, inner->name, nmi ? " in an NMI" : "",
		         pairs->scenarios[scenario]);
	if (pairs->alone != NULL)
		pairs->alone();
	arena_end(pairs->arena);
	return interruptions;
}

/* Goes through all bodies, interrupted by each of these; how many interruptions that were. */
static inline uint64_t pairs_with(const struct pairs_call *inners, bool nmi)
{
	uint64_t interruptions = 0;

	for (unsigned scenario = 0; pairs->scenarios[scenario] != NULL; scenario++)
		for (const struct pairs_call *body = pairs->bodies; body->name != NULL; body++)
			for (const struct pairs_call *inner = inners; inner->name != NULL; inner++)
				interruptions += pairs_step(body, inner, nmi, scenario);
	return interruptions;
}

static inline void pairs_interrupts(void **state)
{
	uint64_t interruptions = pairs_with(pairs->inners, false);

	(void)state;
	if (pairs->handlers != NULL)
		interruptions += pairs_with(pairs->handlers, false);
	printf("%llu interrupts\n", (unsigned long long)interruptions);
}

static inline void pairs_nmis(void **state)
{
	(void)state;
	printf("%llu NMIs\n", (unsigned long long)pairs_with(pairs->inners, true));
}

/* What main() returns. */
static inline int pairs_run(const struct pairs *which)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_interrupts),
		cmocka_unit_test(pairs_nmis),
	};

	pairs = which;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
