/*
 * watch.h - whom an owner tells that its limit is near.
 *
 * Idea    A claim moves `out` by one, in one compare-and-swap: the one that makes it `at` is the crossing, so nothing
 *         remembers whether somebody has been told, and a release arms it again by itself. Who is told lies between two
 *         looks at `changes`; a claim that comes in the middle of a change tells nobody, as it may not wait for it.
 */
#ifndef MM_WATCH_H
#define MM_WATCH_H

#include <labyrinth/owner.h>

#include "atomic.h"

typedef void watch_low(void *context, labyrinth_owner_t owner, uint32_t left);

struct watch {
	_Atomic uint32_t     at;      /* claims outstanding, when it is due; 0: never */
	_Atomic uint32_t     changes; /* odd in the middle of one                     */
	watch_low *_Atomic   low;
	void *_Atomic        context;
};

/* Is it due with so many claims outstanding? */
static inline bool watch_due(const struct watch *w, uint32_t out)
{
	return atomic_load_explicit(&w->at, memory_order_relaxed) == out;
}

/* The mark, if it is one of these numbers of claims outstanding; else 0. */
static inline uint32_t watch_within(const struct watch *w, uint32_t least, uint32_t most)
{
	uint32_t at = atomic_load_explicit(&w->at, memory_order_relaxed);

	return at >= least && at <= most ? at : 0;
}

/*
 * One caller at a time. at 0: it ends. Release: whoever reads a part of the new watch sees `changes` changed, too.
 */
static inline void watch_set(struct watch *w, uint32_t at, watch_low *low, void *context)
{
	uint32_t changes = atomic_load_explicit(&w->changes, memory_order_relaxed);

	atomic_store_explicit(&w->changes, changes + 1, memory_order_relaxed);
	w->low = low; /* pointers: not what mm/atomic.h takes */
	w->context = context;
	atomic_store_explicit(&w->at, at, memory_order_release);
	atomic_store_explicit(&w->changes, changes + 2, memory_order_release);
}

/*
 * Whom to tell of so many claims outstanding; NULL: nobody. *changes is for watch_same(). Acquire: it is looked at
 * again only after all of this.
 */
static inline watch_low *watch_read(const struct watch *w, uint32_t out, void **context, uint32_t *changes)
{
	watch_low *low;

	*changes = atomic_load_explicit(&w->changes, memory_order_acquire);
	low = atomic_load_explicit(&w->low, memory_order_acquire);
	*context = atomic_load_explicit(&w->context, memory_order_acquire);
	return atomic_load_explicit(&w->at, memory_order_acquire) == out ? low : NULL;
}

/* Was what has been read one watch, and is it still in force? */
static inline bool watch_same(const struct watch *w, uint32_t changes)
{
	return changes % 2 == 0 && atomic_load_explicit(&w->changes, memory_order_relaxed) == changes;
}

#endif
