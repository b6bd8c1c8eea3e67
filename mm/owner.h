/*
 * owner.h - the owners of one instance, and the word that counts for each.
 *
 *	 63       54 53      34 33      24 23         0
 *	+-----------+----------+----------+-----------+
 *	| generation| lent     | recycled | out       |
 *	+-----------+----------+----------+-----------+
 *
 * Idea    A generation that is odd is a live owner. out = claims outstanding, lent ones included, and the frame in
 *         kept.h; lent = those of them that cannot be taken back now, lent to a device or mapped in a window; recycled
 *         = frames that the owner has released and keeps on its stack, below that one; held = out + recycled is what
 *         guarantee and limit are compared with.
 *         One compare-and-swap decides whether a claim is granted, and what it costs the vault's ledger.
 *         A seat is one frame of `held`. Taking one below the guarantee frees a unit of the vault (the promise
 *         shrinks), leaving one at or below it costs a unit (the promise grows).
 */
#ifndef MM_OWNER_H
#define MM_OWNER_H

#include <labyrinth/owner.h>

#include "kept.h"
#include "lock.h"
#include "pace.h"
#include "stack.h"
#include "watch.h"

#define OWNER_OUT      UINT64_C(1)
#define OWNER_RECYCLED (UINT64_C(1) << 24)
#define OWNER_LENT     (UINT64_C(1) << 34)
#define OWNER_BORN     (UINT64_C(1) << 54) /* one step of the generation */

#define OWNER_MAX_OUT  (LABYRINTH_MAX_BUDGET + 1) /* a seat more than claims: of a retirement */
#define OWNER_MAX_LENT ((UINT32_C(1) << 20) - 1)

/* On cache lines of its own: owners on different CPUs claim without a word to each other. */
struct owner {
	_Alignas(64) _Atomic uint64_t word;
	struct kept      kept;
	_Atomic uintptr_t seen; /* a page block all of whose words are valid: that of the last release; or none */
	struct stack     recycled;
	struct pace      pace;
	struct watch     watch;

	/*
	 * Set at registration, constant while the owner lives; atomic, because old handles may still be read through.
	 */
	_Atomic uint32_t guarantee;
	_Atomic uint32_t limit;
	_Atomic uint32_t recycle; /* frames at most that it keeps, on the stack and above */
	_Atomic uint64_t name[LABYRINTH_NAME_BYTES / 8]; /* bytes, as they lie in memory; zeros at the end */

	_Atomic uint64_t from_recycled; /* less those of kept.h: owner_from_recycled() */
	_Atomic uint64_t from_zone, from_vault, received;
	_Atomic uint64_t over_limit, over_rate, no_memory, misused;
	_Atomic uint64_t worst_ticks;
	_Atomic uint32_t high_water;
	_Atomic uint32_t mapped; /* of those that the word counts as lent: in windows */
};

struct owners {
	struct owner *at;
	uint32_t      slots;
	struct lock   lock; /* held while a slot is given to a new owner */
	_Atomic uint64_t ticks;
};

static inline uint32_t owner_out(uint64_t word)
{
	return (uint32_t)word & ((1u << 24) - 1);
}

static inline uint32_t owner_recycled(uint64_t word)
{
	return (uint32_t)(word >> 24) & ((1u << 10) - 1);
}

static inline uint32_t owner_lent(uint64_t word)
{
	return (uint32_t)(word >> 34) & OWNER_MAX_LENT;
}

static inline uint16_t owner_generation(uint64_t word)
{
	return (uint16_t)(word >> 54);
}

static inline uint32_t owner_held(uint64_t word)
{
	return owner_out(word) + owner_recycled(word);
}

static inline bool owner_alive(uint64_t word)
{
	return owner_generation(word) & 1;
}

/* Does the word belong to the owner that this handle names, and is it live? */
static inline bool owner_is(uint64_t word, labyrinth_owner_t handle)
{
	return (handle.generation & 1) && owner_generation(word) == handle.generation;
}

/* Or to that owner after its end, while frames that it claimed are still on their way back? */
static inline bool owner_was(uint64_t word, labyrinth_owner_t handle)
{
	return !owner_alive(word) && owner_held(word) > 0 && owner_generation(word - OWNER_BORN) == handle.generation;
}

/* Frames in windows, of those that a word of this owner counts as lent. */
static inline uint32_t owner_mapped(const struct owner *o, uint64_t word)
{
	uint32_t mapped = atomic_load_explicit(&o->mapped, memory_order_relaxed);

	return mapped < owner_lent(word) ? mapped : owner_lent(word);
}

/* What the vault promises: nothing any more to an owner that has been retired. */
static inline uint32_t owner_guarantee(const struct owner *o, uint64_t word)
{
	return owner_alive(word) ? o->guarantee : 0;
}

static inline uint64_t owner_load(const struct owner *o)
{
	return atomic_load_explicit(&o->word, memory_order_seq_cst); /* see kept.h */
}

/* On failure *word is what is there now. */
static inline bool owner_swap(struct owner *o, uint64_t *word, uint64_t desired)
{
	return atomic_compare_exchange_strong_explicit(&o->word, word, desired, memory_order_seq_cst,
	                                               memory_order_seq_cst);
}

/* The same word, with the frame in kept.h among the recycled ones: for those who report. Of one moment. */
static inline uint64_t owner_view(const struct owner *o)
{
	uint64_t word = owner_load(o), seen;
	bool any;

	do {
		seen = word;
		any = kept_any(kept_load(&o->kept));
		word = owner_load(o);
	} while (word != seen);
	any = any && owner_out(word) > 0 && owner_recycled(word) < LABYRINTH_MAX_RECYCLE; /* it may be overwritten */
	return any ? word - OWNER_OUT + OWNER_RECYCLED : word;
}

static inline void owner_count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Claims that got one of the owner's own frames. */
static inline uint64_t owner_from_recycled(const struct owner *o)
{
	return atomic_load_explicit(&o->from_recycled, memory_order_relaxed) + kept_gone(kept_load(&o->kept));
}

/* A frame has gone from kept.h, which says this now: whether a claim got it or not, the tag has counted it. */
static inline void owner_gone(struct owner *o, uint64_t kept, bool claimed)
{
	uint64_t more = (kept_gone(kept) == 0 ? KEPT_TURN : 0) - !claimed;

	if (__builtin_expect(more != 0, 0))
		atomic_fetch_add_explicit(&o->from_recycled, more, memory_order_relaxed);
}

/* The slot that a handle names, live or not; NULL when there is no such slot. */
static inline struct owner *owner_slot(const struct owners *owners, labyrinth_owner_t handle)
{
	return handle.slot < owners->slots ? &owners->at[handle.slot] : NULL;
}

void labyrinth_owners_init(struct owners *owners, struct owner *at, uint32_t slots);

/* The name, as it is in the slot at this moment; it ends with a zero. */
void labyrinth_owner_name(const struct owner *o, char name[LABYRINTH_NAME_BYTES]);

/* Remembers that a claim took this long. */
static inline void owner_clocked(struct owner *o, uint64_t ticks)
{
	uint64_t most = atomic_load_explicit(&o->worst_ticks, memory_order_relaxed);

	while (ticks > most
	       && !atomic_compare_exchange_weak_explicit(&o->worst_ticks, &most, ticks, memory_order_relaxed,
	                                                 memory_order_relaxed))
		;
}

/* Remembers that the owner has held this many frames. */
static inline void owner_mark(struct owner *o, uint32_t held)
{
	uint32_t most = atomic_load_explicit(&o->high_water, memory_order_relaxed);

	while (held > most && !atomic_compare_exchange_weak_explicit(&o->high_water, &most, held, memory_order_relaxed,
	                                                             memory_order_relaxed))
		;
}

/* Claims outstanding when one was granted: anything between two numbers if a kept frame came or went meanwhile. */
struct outstanding {
	uint32_t least, most;
};

/* Tells the owner that its limit is near, if this is the claim or transfer that has come to the mark. */
static inline void owner_tell(const struct owner *o, labyrinth_owner_t who, struct outstanding out)
{
	uint32_t changes, at = watch_within(&o->watch, out.least, out.most);
	void *context;
	watch_low *low;

	if (__builtin_expect(at == 0, 1))
		return;
	low = watch_read(&o->watch, at, &context, &changes);
	if (low != NULL && owner_is(owner_load(o), who) && watch_same(&o->watch, changes))
		low(context, who, o->limit - at);
}

#endif
