/*
 * isolated.h - machines with an isolation port.
 *
 * Needs   kit.h before it.
 */
#ifndef TESTS_ISOLATED_H
#define TESTS_ISOLATED_H

#include "port/mmu.h"
#include "window.h"

#define VAULT   700u
#define BLOCKS  20u
#define CPUS    2u
#define CLAIMED (MMU_SLOTS - LABYRINTH_KEPT_WINDOWS) /* windows that claims may have */

/* Large enough for the vault to have a page block of slack, also behind many that nobody has used; and too small. */
static const uint64_t large[][2] = { { GIB4, GIB4 + BLOCKS * BLOCK_FRAMES }, { 0, 0 } };
static const uint64_t apart[][2] = { { GIB4 - 61 * BLOCK_FRAMES, GIB4 + BLOCKS * BLOCK_FRAMES }, { 0, 0 } };
static const uint64_t small[][2] = { { GIB4, GIB4 + 4 * BLOCK_FRAMES }, { 0, 0 } };

static struct labyrinth_isolation port;

static inline struct arena bare(const uint64_t (*ranges)[2], uint64_t vault)
{
	struct labyrinth_config config = config_of(4, 8, vault);
	struct arena a;

	config.cpus = CPUS;
	a = arena_new(ranges, config);
	port = mmu_start(ranges[0][0], ranges[0][1] - ranges[0][0]);
	mmu.lab = a.lab;
	return a;
}

static inline struct arena isolated(const uint64_t (*ranges)[2], uint64_t vault)
{
	struct arena a = bare(ranges, vault);

	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	assert_lawful(a.lab);
	return a;
}

static inline void end(struct arena *a)
{
	machine_end(a);
	mmu_end();
}

static inline uint8_t *must_map(struct labyrinth_claim *claim)
{
	uint8_t *at = labyrinth_claim_map(claim);

	assert_status(claim->status, LABYRINTH_OK);
	return at;
}

static inline void must_unmap(struct labyrinth_claim *claim)
{
	assert_status(labyrinth_claim_unmap(claim), LABYRINTH_OK);
}

#endif
