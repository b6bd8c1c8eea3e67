/*
 * audit.h - one walk over everything: what it has counted, and the first law that it found broken.
 *
 * Idea    audit_blocks.c walks all page blocks frame by frame and counts what each frame says it is; audit_owners.c
 *         and check.c hold the counts against owners, stacks, magazines and lists. Every law is a sentence;
 *         docs/laws.md explains them.
 * Needs   Nobody else in the allocator. Only reads.
 */
#ifndef MM_AUDIT_H
#define MM_AUDIT_H

#include <labyrinth/inspect.h>

#include "instance.h"
#include "mover.h"
#include "reserve.h"

struct audit {
	const struct labyrinth   *lab;
	struct labyrinth_finding  finding;
	uint64_t                  count[FRAME_HOLE + 1]; /* frames by state; FREE only inside free blocks */
	uint64_t                  fences;                /* frames of red zones, by the blocks between them */
	uint64_t                  pending;               /* frames that are to go offline */
	uint64_t                  listed;                /* bits that the trees of a zone should have */
	uint64_t                  moves[LABYRINTH_MAX_MOVERS]; /* frames that name each mover */
	uint64_t                  movable;               /* such frames in the page block at hand         */
};

/* Records a broken law. Always false, so that a check can end with it. */
static inline bool broken(struct audit *a, const char *law, pfn_t pfn, uint64_t found, uint64_t expected)
{
	a->finding = (struct labyrinth_finding){ law, pfn, found, expected };
	return false;
}

static inline bool agree(struct audit *a, const char *law, uint64_t found, uint64_t expected)
{
	return found == expected || broken(a, law, (pfn_t){ 0 }, found, expected);
}

/* Frames counted so far, in whatever state; holes are none. */
static inline uint64_t audit_counted(const struct audit *a)
{
	uint64_t frames = 0;

	for (unsigned state = 0; state < FRAME_HOLE; state++)
		frames += a->count[state];
	return frames;
}

/* Counts the frames of a zone: its page blocks, free blocks, trees and words agree. */
bool labyrinth_audit_zone(struct audit *a, const struct zone *z);

/* Frames from one of ours on: exclusive ones are hidden, and no others. Without an isolation port true. */
bool labyrinth_audit_reach(struct audit *a, const struct page *page, size_t frames, bool exclusive);

/* A stack that should hold `expected` frames in one state. */
bool labyrinth_audit_stack(struct audit *a, const char *law, const struct stack *s, enum frame_state state,
                           uint64_t expected);

/* Owners and what they claim, windows, and what the vault owes; after the zones, and what is to go offline. */
bool labyrinth_audit_owners(struct audit *a);
bool labyrinth_audit_windows(struct audit *a);
bool labyrinth_audit_ledger(struct audit *a);

#endif
