/*
 * debug.h - what the debug aids do where a frame gets a user, and where it loses him.
 *
 * Idea    A bit of lab->attention leads here from where frames are handed out and taken back; with no aid on nothing of
 *         this is there, not even its memory. Whoever hands frames out by a way of his own calls _grant() first, and
 *         _return() or _release() when they come back. Red zones, which are frames too, are in fence.c.
 * Writes  Records, fences and counters. The bytes of frames that have no user.
 */
#ifndef MM_DEBUG_H
#define MM_DEBUG_H

#include <labyrinth/alloc.h>
#include <labyrinth/debug.h>
#include <labyrinth/port.h>

#include "contents.h"
#include "instance.h"
#include "trace.h"

struct debug {
	/* Constant after bring-up. */
	uint32_t aids;
	void   (*report)(const struct labyrinth_debug_report *report, void *context);
	void    *context;

	struct contents  contents;
	struct trace     trace;
	_Atomic uint64_t fenced;   /* frames in red zones */
	_Atomic uint64_t reports;
};

static inline bool debug_on(const struct labyrinth *lab)
{
	return __builtin_expect(attention(lab) & ATTEND_DEBUG, 0);
}

/* Order of the block in which one of this order lies between red zones, and where in it. */
static inline unsigned fence_order(unsigned order)
{
	return order + 2;
}

static inline size_t fence_offset(unsigned order)
{
	return (size_t)1 << order;
}

static inline uint64_t fence_frames(unsigned order)
{
	return UINT64_C(3) << order;
}

/*
 * Is there a red zone around this block? The one before it says so: that starts where no other block of its order, or
 * of one above, could.
 */
static inline bool fenced(const struct frames *f, const struct page *page, unsigned order)
{
	const struct run *r = labyrinth_frames_run(f, page_block_of(f, page));
	uint64_t word;

	if (fence_order(order) > LABYRINTH_MAX_ORDER
	    || labyrinth_frames_pfn(f, page).n % (UINT64_C(1) << fence_order(order)) != fence_offset(order))
		return false;
	if (page_index(f, page) - (uint64_t)r->first * BLOCK_FRAMES < fence_offset(order))
		return false; /* no memory before it */
	word = frames_word(f, page - fence_offset(order));
	return word_state(word) == FRAME_FENCE && word_order(word) == order;
}

/* Frames in red zones. */
static inline uint64_t debug_fenced(const struct labyrinth *lab)
{
	return lab->debug == NULL ? 0 : atomic_load_explicit(&lab->debug->fenced, memory_order_relaxed);
}

/* A shared block between red zones; NULL where they are off, or none can be had without effort. */
struct page *labyrinth_fence_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, const void *site);

/* Compares the red zones around a block. They are blocks from now on that nobody else can see. */
void labyrinth_fence_end(struct labyrinth *lab, struct page *page, unsigned order, const void *site);

/* A byte of a frame, which is seen at an address, is not what it should be: completes a report and hands it out. */
void labyrinth_debug_complain(struct labyrinth *lab, struct labyrinth_debug_report *r, const struct page *page,
                              const uint8_t *at, size_t offset);

/* A shared block as labyrinth_policy_take() gives it, looked at; between red zones if that is possible. */
struct page *labyrinth_debug_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                  enum labyrinth_context context, const void *site);

/* Takes back a shared block that nobody else can see, as labyrinth_policy_put() does; its word may read anything. */
void labyrinth_debug_put(struct labyrinth *lab, struct page *page, unsigned order, enum labyrinth_context context,
                         const void *site);

/* The same for a block with a tag: as labyrinth_policy_put_tagged() does. */
void labyrinth_debug_put_tagged(struct labyrinth *lab, struct page *page, unsigned order, const void *site);

/* Takes the red zones away from a block that is about to be divided. Task or interrupt. */
void labyrinth_debug_unfence(struct labyrinth *lab, struct page *page, unsigned order, const void *site);

/* A block gets a user: in reach, as it was left, on record. Any context. */
void labyrinth_debug_grant(struct labyrinth *lab, struct page *page, unsigned order, const void *site);

/* The same for a claim, whose frame may be hidden. */
void labyrinth_debug_claim(struct labyrinth *lab, struct page *page, const void *site);

/* It loses him: on record, poisoned, out of reach. And for a claim, whose frame is not poisoned but shredded later. */
void labyrinth_debug_return(struct labyrinth *lab, struct page *page, unsigned order, const void *site);
void labyrinth_debug_release(struct labyrinth *lab, struct page *page, const void *site);

/* A frame in hand gets the user of another one, if it moves there. */
void labyrinth_debug_offer(struct labyrinth *lab, const struct page *from, struct page *to, const void *site);

/* A frame changes hands as it is. */
void labyrinth_debug_pass(struct labyrinth *lab, struct page *page, const void *site);

#endif
