/*
 * reserve.h - frames set aside ahead of time: an exact number, not a watermark.
 *
 * Idea    A lock-free stack and a count that is raised before a push and lowered after a pop, so it never says less
 *         than there is.
 * Writes  Its own words and the words of the frames in it.
 */
#ifndef MM_RESERVE_H
#define MM_RESERVE_H

#include "stack.h"

struct reserve {
	struct frames    *frames; /* constant after bring-up          */
	uint64_t          target; /* frames; constant                 */
	uint32_t          share;  /* percent of `*guaranteed` beyond that; constant */
	const _Atomic uint64_t *guaranteed; /* frames, counted by a later stage; NULL without a share */
	enum frame_state  state;  /* of its frames: RESERVED or DIRTY */
	struct stack      stack;
	_Atomic uint64_t  count;  /* frames on the stack              */
};

void labyrinth_reserve_init(struct reserve *r, struct frames *frames, uint64_t target, enum frame_state state);

/* One frame, reading FREE; NULL when there is none. Any context. */
struct page *labyrinth_reserve_pop(struct reserve *r);

/* Adds a frame, whatever the target. Any context. */
void labyrinth_reserve_push(struct reserve *r, struct page *page);

/* Adds so many frames in a row, the lowest on top. Any context. */
void labyrinth_reserve_push_row(struct reserve *r, struct page *row, uint32_t count);

/* Adds a frame if the target is not reached; false, and nothing done, if it is. Any context. */
bool labyrinth_reserve_refill(struct reserve *r, struct page *page);

static inline uint64_t reserve_count(const struct reserve *r)
{
	return atomic_load_explicit(&r->count, memory_order_relaxed);
}

/*
 * So many percent of it, rounded down. Neither is large enough for the product to overflow: config.c. Divided sixteen
 * bits at a time, because a CPU of 32 bits would need a library for more.
 */
static inline uint64_t share_of(uint64_t frames, uint32_t percent)
{
	uint64_t left = frames * percent, share = 0;
	uint32_t part = 0;

	for (unsigned shift = 64; shift > 0; left = left & ((UINT64_C(1) << shift) - 1)) {
		shift -= 16;
		part = part % 100 << 16 | (uint32_t)(left >> shift);
		share = share << 16 | part / 100;
	}
	return share;
}

/* From now on, and for good, the target is larger by a share of a number that moves. */
static inline void reserve_follow(struct reserve *r, const _Atomic uint64_t *guaranteed, uint32_t percent)
{
	r->share = percent;
	r->guaranteed = percent > 0 ? guaranteed : NULL;
}

/* Frames that it is to hold now. */
static inline uint64_t reserve_target(const struct reserve *r)
{
	if (r->guaranteed == NULL)
		return r->target;
	return r->target + share_of(atomic_load_explicit(r->guaranteed, memory_order_relaxed), r->share);
}

static inline bool reserve_short(const struct reserve *r)
{
	return reserve_count(r) < reserve_target(r);
}

static inline bool reserve_over(const struct reserve *r)
{
	return reserve_count(r) > reserve_target(r);
}

#endif
