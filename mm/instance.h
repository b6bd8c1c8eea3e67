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
	uint64_t         usable;   /* frames managed at bring-up */
	struct later     *later;   /* NULL when no more can come */
	size_t           metadata_bytes;
	size_t           metadata_check; /* ~metadata_bytes: tells that neither was overwritten */

	/* Away from what is constant: a cache line that is written seldom, and read by every shared call. */
	_Alignas(64) _Atomic uint32_t attention;
	_Atomic uint64_t joined;   /* frames, since bring-up    */

	/* The front ends of magazine.h follow: instance_front(). */
};

/*
 * What the short way through a call must stop for; all in one word, so that looking costs one comparison.
 *
 *	 31        23 22            10 9   8 7         0
 *	+------------+----------------+-----+-----------+
 *	| stops      | 2^13 - CPUs    | 0   | notes     |
 *	+------------+----------------+-----+-----------+
 *
 * The place of a front end, CPU * 1024 + context * 256, is added to it: a sum of 2^23 or more has a stop in it, or a
 * CPU that is too high.
 */
enum attention {
	ATTEND_INJECTION = 1 << 23, /* an injection is in force                   */
	ATTEND_RESERVE   = 1 << 24, /* the reserve is short: who frees refills it */
	ATTEND_ABSENCE   = 1 << 25, /* there are no magazines                     */
	ATTEND_DEBUG     = 1 << 26, /* a debug aid is on                          */
	ATTEND_WAITERS   = 1 << 27, /* tasks sleep: who frees wakes them          */
	ATTEND_DUG       = 1 << 28, /* a zone is below what it protects: what is freed there goes back there */
	ATTEND_BAD       = 1 << 29, /* frames in use are to go offline: nobody gets one meanwhile */

	/* Notes: the short way goes on in spite of these. */
	ATTEND_KICKED    = 1 << 0, /* maintenance was asked for, and has not come yet */
	ATTEND_LOW       = 1 << 1, /* the lowest zone has been below its low watermark; shifted by n: the n-th */
	ATTEND_CLOCK     = 1 << 4, /* claims are timed                                */

	/* What a claim stops for. */
	ATTEND_CLAIM     = ATTEND_INJECTION | ATTEND_DEBUG | ATTEND_BAD,

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

#define ATTENTION_STOPS    23 /* the bit at which they begin */
#define ATTENTION_CPUS     13 /* bits for those              */
#define INSTANCE_CONTEXT   8  /* log2 of the bytes of a front end, and of those of a CPU's */
#define INSTANCE_CPU       10

/* The word while nothing is the matter. */
static inline uint32_t attention_to_cpus(uint32_t cpus)
{
	return ((1u << ATTENTION_CPUS) - cpus) << INSTANCE_CPU;
}

/* What stops the short way through a call; 0 for nothing. */
static inline uint32_t attention_stops(const struct labyrinth *lab)
{
	return attention(lab) >> ATTENTION_STOPS;
}

/* Where the front end of a CPU and a context is. Any number may be asked about. */
static inline uint64_t instance_place(unsigned cpu, unsigned context)
{
	return (((uint64_t)cpu << (INSTANCE_CPU - INSTANCE_CONTEXT)) + context) << INSTANCE_CONTEXT;
}

/* What stops the short way there; 0 for nothing: there is one. */
static inline uint32_t attention_stops_at(const struct labyrinth *lab, uint64_t place)
{
	return (uint32_t)((attention(lab) + place) >> ATTENTION_STOPS); /* below 2^20: any CPU number has 32 bits */
}

static inline void *instance_front(const struct labyrinth *lab, uint64_t place)
{
	return (void *)((uintptr_t)lab + sizeof(*lab) + (uintptr_t)place);
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

/*
 * Takes it back; whoever does looks once more afterwards whether it is so. Acquire: if it was said anew before this
 * step, that look finds what it was said for.
 */
static inline void unattend(struct labyrinth *lab, enum attention what)
{
	atomic_fetch_and_explicit(&lab->attention, ~(uint32_t)what, memory_order_acq_rel);
}

#endif
