/*
 * pace.h - how fast an owner may go beyond its guarantee: a bucket of tokens in one word.
 *
 *	 63                              24 23             0
 *	+----------------------------------+----------------+
 *	| tick of the last change          | tokens         |
 *	+----------------------------------+----------------+
 *
 * Idea    Nobody fills buckets: who takes a token works out what has flowed in since the last change. A tick is read
 *         after the word, so it is never before the word's.
 * Limits  The tick has 40 bits. A bucket that was left alone for a multiple of 2^40 ticks may look as if it had been
 *         for less: then it holds too few tokens until the next tick, never too many.
 */
#ifndef MM_PACE_H
#define MM_PACE_H

#include <labyrinth/types.h>

#include "atomic.h"

#define PACE_TOKENS ((UINT64_C(1) << 24) - 1)
#define PACE_TICKS  ((UINT64_C(1) << 40) - 1)

struct pace {
	_Atomic uint64_t rule;   /* rate and, above 32 bits, burst; 0: there is none */
	_Atomic uint64_t bucket;
};

static inline bool pace_on(const struct pace *p)
{
	return atomic_load_explicit(&p->rule, memory_order_relaxed) != 0;
}

static inline uint64_t pace_bucket(uint64_t tick, uint64_t tokens)
{
	return (tick & PACE_TICKS) << 24 | tokens;
}

/* Sets the rule, with the bucket full; rate and burst both 0: none. */
static inline void pace_set(struct pace *p, uint32_t rate, uint32_t burst, const _Atomic uint64_t *ticks)
{
	uint64_t now = atomic_load_explicit(ticks, memory_order_relaxed);

	atomic_store_explicit(&p->bucket, pace_bucket(now, burst), memory_order_release);
	atomic_store_explicit(&p->rule, rate | (uint64_t)burst << 32, memory_order_release);
}

/* What a bucket holds `elapsed` ticks later. At least one token a tick flows in, so no product gets large. */
static inline uint64_t pace_filled(uint64_t tokens, uint64_t elapsed, uint32_t rate, uint32_t burst)
{
	tokens += (elapsed < burst ? elapsed : burst) * rate;
	return tokens < burst ? tokens : burst;
}

/* What it holds now, under a rule that there is. */
static inline uint64_t pace_tokens(uint64_t rule, uint64_t bucket, uint64_t now)
{
	return pace_filled(bucket & PACE_TOKENS, (now - (bucket >> 24)) & PACE_TICKS, (uint32_t)rule,
	                   (uint32_t)(rule >> 32));
}

/* Is there one to take? */
static inline bool pace_ready(const struct pace *p, const _Atomic uint64_t *ticks)
{
	uint64_t rule = atomic_load_explicit(&p->rule, memory_order_acquire);
	uint64_t bucket = atomic_load_explicit(&p->bucket, memory_order_acquire);

	return rule == 0 || pace_tokens(rule, bucket, atomic_load_explicit(ticks, memory_order_acquire)) > 0;
}

/* Takes a token; false when there is none. */
static inline bool pace_take(struct pace *p, const _Atomic uint64_t *ticks)
{
	uint64_t rule = atomic_load_explicit(&p->rule, memory_order_acquire);
	uint64_t bucket = atomic_load_explicit(&p->bucket, memory_order_acquire), now, tokens;

	if (rule == 0)
		return true;
	do {
		now = atomic_load_explicit(ticks, memory_order_acquire);
		tokens = pace_tokens(rule, bucket, now);
		if (tokens == 0)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&p->bucket, &bucket, pace_bucket(now, tokens - 1),
	                                                memory_order_acq_rel, memory_order_acquire));
	return true;
}

/* Gives one back that was not needed. */
static inline void pace_give(struct pace *p)
{
	uint64_t rule = atomic_load_explicit(&p->rule, memory_order_acquire);
	uint64_t bucket = atomic_load_explicit(&p->bucket, memory_order_acquire);

	while ((bucket & PACE_TOKENS) < rule >> 32
	       && !atomic_compare_exchange_weak_explicit(&p->bucket, &bucket, bucket + 1, memory_order_acq_rel,
	                                                 memory_order_acquire))
		;
}

#endif
