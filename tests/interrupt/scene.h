/*
 * scene.h - a small machine and a scene on it: what tests have in common that interrupt a few calls of their own.
 *
 * Needs   cmocka and arena.h before it.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include "interrupt/step.h"
#include "port/host.h"

static const uint64_t machine[][2] = { { 0x2001, 0x2010 }, { 0, 0 } }; /* 15 frames, one page block */

static struct arena arena;

static inline labyrinth_owner_t must_register(uint32_t guarantee, uint32_t limit, uint32_t recycle)
{
	const struct labyrinth_budget budget = { "owner", guarantee, limit, recycle };
	labyrinth_owner_t owner;

	assert_int_equal(labyrinth_owner_register(arena.lab, &budget, &owner), LABYRINTH_OK);
	return owner;
}

/* Whatever comes of it. */
static inline struct labyrinth_claim claim_for(labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = { .lab = arena.lab, .owner = owner };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	return claim;
}

static inline struct labyrinth_claim must_claim(labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = claim_for(owner);

	assert_int_equal(claim.status, LABYRINTH_OK);
	return claim;
}

/* `step`, with the memory that it writes: the scene, and the arena's metadata. How many interruptions that were. */
static inline uint64_t scene_step(struct step step, void *scene, size_t bytes)
{
	const struct step_memory memory[] = { { scene, bytes }, { arena.metadata, arena.bytes }, { NULL, 0 } };

	step.memory = memory;
	return step_through(&step);
}

#endif
