/*
 * injected.h - a machine that refuses on demand.
 *
 * Needs   kit.h before it.
 */
#ifndef TESTS_INJECTED_H
#define TESTS_INJECTED_H

#include "inject.h"

#define VAULT 16u

static inline struct arena machine_new(void)
{
	return arena_new(three_zones, config_of(6, 8, VAULT));
}

static inline void must_inject(struct labyrinth *lab, struct labyrinth_injection injection)
{
	assert_status(labyrinth_inject(lab, &injection), LABYRINTH_OK);
}

static inline struct labyrinth_injection_stats counts_of(const struct labyrinth *lab)
{
	struct labyrinth_injection_stats stats;

	labyrinth_injection_stats(lab, &stats);
	return stats;
}

#endif
