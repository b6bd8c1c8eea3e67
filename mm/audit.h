/*
 * audit.h - one walk over everything: what it has counted, and the first law that it found broken.
 *
 * Idea    audit_zones.c walks all page blocks, audit_blocks.c each frame by frame, and counts what each frame says it
 *         is; audit_owners.c and check.c hold the counts against owners, stacks, magazines and lists. Every law is a
 *         sentence; docs/laws.md explains them.
 * Needs   Nobody else in the allocator. Only reads.
 */
#ifndef MM_AUDIT_H
#define MM_AUDIT_H

#include <labyrinth/inspect.h>

#include "instance.h"
#include "mover.h"
#include "reserve.h"
#include "zone.h"

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

static inline pfn_t audit_pfn(const struct audit *a, block_t b, unsigned offset)
{
	return labyrinth_frames_pfn(a->lab->frames, block_page(a->lab->frames, b, offset));
}

/* Can a frame in this state be the first of a block? */
static inline bool audit_has_order(enum frame_state state)
{
	return state == FRAME_SHARED || state == FRAME_CACHED || state == FRAME_FENCE || state == FRAME_WAITING;
}

/* Counts the frames of a zone: its page blocks, free blocks, trees and words agree. */
bool labyrinth_audit_zone(struct audit *a, const struct zone *z);

/* Frames from one of ours on: exclusive ones are hidden, and no others. Without an isolation port true. */
bool labyrinth_audit_reach(struct audit *a, const struct page *page, size_t frames, bool exclusive);

static inline bool audit_reach_in(struct audit *a, block_t b, unsigned offset, size_t frames, bool exclusive)
{
	return labyrinth_audit_reach(a, block_page(a->lab->frames, b, offset), frames, exclusive);
}

/* Counts the frames of a page block that smaller blocks are in. */
bool labyrinth_audit_block(struct audit *a, block_t b);

/* Frames of a block in a page block, but not its first: they read FREE, and no free block starts among them. */
bool labyrinth_audit_interior(struct audit *a, block_t b, unsigned begin, unsigned end);

/* A red zone before a block comes with one behind it. */
bool labyrinth_audit_fence(struct audit *a, block_t b, unsigned offset, unsigned order);

/* A stack that should hold `expected` frames in one state. */
bool labyrinth_audit_stack(struct audit *a, const char *law, const struct stack *s, enum frame_state state,
                           uint64_t expected);

/* Owners and what they claim, windows, and what the vault owes; after the zones, and what is to go offline. */
bool labyrinth_audit_owners(struct audit *a);
bool labyrinth_audit_windows(struct audit *a);
bool labyrinth_audit_ledger(struct audit *a);

#endif
