/*
 * instance.h - where each stage of one allocator keeps its state.
 *
 * Idea    One pointer a stage, in the order in which frames flow. A stage's .c file knows its own structure and those
 *         before it; the others stay incomplete types to it, so the compiler keeps the line too.
 * Needs   Set by labyrinth_init(), constant afterwards, but for `attention`.
 */
#ifndef MM_INSTANCE_H
#define MM_INSTANCE_H

#include <labyrinth/types.h>

#include "atomic.h"

struct labyrinth {
	struct isolation *isolation; /* where a CPU sees what is hidden */
	struct shredder *shredder;
	struct frames   *frames;
	struct zone     *zones;    /* LABYRINTH_ZONES of them   */
	struct magazines *magazines; /* single frames at hand on each CPU */
	struct reserve  *reserve;  /* for shared GFP_ATOMIC     */
	struct vault    *vault;    /* for exclusive claims      */
	struct injector *injector; /* refusals on demand        */
	struct quarantine *quarantine; /* NULL when it is off   */
	struct debug    *debug;    /* NULL when no aid is on    */
	struct hooks    *hooks;    /* how to call the kernel     */
	struct reclaimer *reclaimer; /* who can free on demand   */
	struct waiters  *waiters;  /* who sleeps until others do */
	struct owners   *owners;
	struct movers   *movers;
	struct compactor *compactor;
	struct magazine *front;    /* the array of those, for the short way */
	uint32_t         cpus;     /* that it is for            */
	uint64_t         usable;   /* frames managed at bring-up */
	struct later     *later;   /* NULL when no more can come */
	size_t           metadata_bytes;
	size_t           metadata_check; /* ~metadata_bytes: tells that neither was overwritten */

	/* Away from what is constant: a cache line that is written seldom, and read by every shared call. */
	_Alignas(64) _Atomic uint32_t attention;
	_Atomic uint64_t joined;   /* frames, since bring-up    */
};

/* What the short way through a call must stop for; all in one word, so that looking costs one comparison. */
enum attention {
	ATTEND_INJECTION = 1, /* an injection is in force                  */
	ATTEND_RESERVE   = 2, /* the reserve is short: who frees refills it */
	ATTEND_ABSENCE   = 4, /* there are no magazines                     */
	ATTEND_DEBUG     = 8, /* a debug aid is on                          */
	ATTEND_WAITERS   = 16, /* tasks sleep: who frees wakes them         */
	ATTEND_DUG       = 32, /* a zone is below what it protects: what is freed there goes back there */
	ATTEND_BAD       = 64, /* frames in use are to go offline: nobody gets one meanwhile */

	/* The short way goes on in spite of these: attention_stops(). */
	ATTEND_CLOCK     = 1 << 20, /* claims are timed                                */
	ATTEND_KICKED    = 1 << 16, /* maintenance was asked for, and has not come yet */
	ATTEND_LOW       = 2 << 16, /* the lowest zone has been below its low watermark; shifted by n: the n-th */

	/* What a claim stops for. */
	ATTEND_CLAIM     = ATTEND_INJECTION | ATTEND_DEBUG | ATTEND_BAD | ATTEND_CLOCK,

	/* What is looked at when frames have come back to a zone. */
	ATTEND_GIVEN     = ATTEND_WAITERS | ATTEND_DUG | 7 * ATTEND_LOW,
};

/* Frames managed. */
static inline uint64_t instance_usable(const struct labyrinth *lab)
{
	return lab->usable + atomic_load_explicit(&lab->joined, memory_order_relaxed);
}

static inline uint32_t attention(const struct labyrinth *lab)
{
	return atomic_load_explicit(&lab->attention, memory_order_relaxed);
}

/* What stops the short way through a call; 0 for nothing. */
static inline uint16_t attention_stops(const struct labyrinth *lab)
{
	return (uint16_t)attention(lab);
}

static inline void attend(struct labyrinth *lab, enum attention what)
{
	atomic_fetch_or_explicit(&lab->attention, (uint32_t)what, memory_order_acq_rel);
}

/* Says it; false if somebody has said so already, at the cost of a look. */
static inline bool attend_first(struct labyrinth *lab, enum attention what)
{
	if (attention(lab) & (uint32_t)what)
		return false;
	return !(atomic_fetch_or_explicit(&lab->attention, (uint32_t)what, memory_order_relaxed) & (uint32_t)what);
}

/* Looks, and what was done before is seen by whoever says something after. */
static inline uint32_t attention_in_turn(struct labyrinth *lab)
{
	return atomic_fetch_or_explicit(&lab->attention, 0, memory_order_acq_rel);
}

static inline void unattend(struct labyrinth *lab, enum attention what)
{
	atomic_fetch_and_explicit(&lab->attention, ~(uint32_t)what, memory_order_relaxed);
}

#endif
