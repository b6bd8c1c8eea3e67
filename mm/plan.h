/*
 * plan.h - what lies where in the memory for metadata.
 *
 * Idea    The plan says how many page blocks there are in each zone and where each array lies; the size that a caller
 *         is told and the building follow the same plan. A walk over all ranges, those for now and those for later,
 *         gives the runs of page blocks: of the plan, and of the table of runs.
 */
#ifndef MM_PLAN_H
#define MM_PLAN_H

#include "compact.h"
#include "config.h"
#include "debug.h"
#include "hooks.h"
#include "inject.h"
#include "later.h"
#include "magazine.h"
#include "owner.h"
#include "quarantine.h"
#include "reclaim.h"
#include "shred.h"
#include "vault.h"
#include "wait.h"
#include "window.h"

/* Where the arrays lie, as offsets from the start of the memory, which is aligned to a page. */
struct plan {
	uint64_t frames;
	uint32_t shelf; /* blocks of an order that a front end keeps */
	uint64_t runs, sections, blocks;
	uint64_t zone_sections[LABYRINTH_ZONES], zone_blocks[LABYRINTH_ZONES];
	uint64_t zone_bits[LABYRINTH_ZONES]; /* numbers of those in trees, up to the last */
	/* Offsets of the arrays. */
	uint64_t lab, magazines, fixed, windows;
	uint64_t places, owners, shrinkers, run, behind, opened, notes, trees, page_blocks, pages;
	uint64_t later, absent; /* nothing of them when no more memory may come */
	uint64_t debug, waiting, contents, traces; /* nothing of them when no aid is on */
	uint64_t bytes;
};

/* What there is whatever the memory looks like, but for the instance: it is at the start, its front ends follow. */
struct fixed {
	struct isolation isolation;
	struct shredder  shredder;
	struct frames    frames;
	struct bad       bad;
	struct zone      zones[LABYRINTH_ZONES];
	struct magazines magazines;
	struct reserve   reserve;
	struct vault     vault;
	struct injector  injector;
	struct hooks     hooks;
	struct reclaimer reclaimer;
	struct waiters   waiters;
	struct owners    owners;
	struct movers    movers;
	struct compactor compactor;
};

/* What lies there when more memory may come. */
struct later_fixed {
	struct later           later;
	struct labyrinth_range at[];
};

/* What lies there when a debug aid is on. */
struct debug_fixed {
	struct debug      debug;
	struct quarantine quarantine;
};

/* Judges ranges and configuration, and lays out what they need. */
enum labyrinth_status labyrinth_plan(struct plan *p, const struct labyrinth_ranges *ranges,
                                     const struct labyrinth_config *config);

/* What may come into use after bring-up; no ranges when nothing may. */
const struct labyrinth_ranges *labyrinth_plan_later(const struct labyrinth_config *config);

/* Where the walk over all ranges is, those for now and those for later, in ascending order. */
struct cursor {
	const struct labyrinth_ranges *ranges[2];
	size_t   next[2]; /* of each list         */
	uint64_t at;      /* first physical page block not walked yet */
};

static inline struct cursor plan_walk(const struct labyrinth_ranges *ranges, const struct labyrinth_config *config)
{
	return (struct cursor){ .ranges = { ranges, labyrinth_plan_later(config) } };
}

/* The next physical page blocks in a row that hold memory of one zone; false at the end. */
bool labyrinth_plan_next(struct cursor *c, uint64_t *begin, uint64_t *end);

/* The physical page blocks that a range has frames in. */
static inline uint64_t plan_first_block(const struct labyrinth_range *r)
{
	return r->begin.n / BLOCK_FRAMES;
}

static inline uint64_t plan_end_block(const struct labyrinth_range *r)
{
	return (r->end.n + BLOCK_FRAMES - 1) / BLOCK_FRAMES;
}

#endif
