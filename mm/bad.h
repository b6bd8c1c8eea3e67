/*
 * bad.h - frames that go offline, and those that are there.
 *
 * Idea    A frame that is offline says so in its word, and nothing else knows it. One that is in use cannot say so: it
 *         is marked in a short list that is empty but for rare hours, and whoever has such a frame in hand, on its way
 *         from one place to the next, buries it instead. For every mark the vault keeps a spare frame that its ledger
 *         does not count: a marked frame that turns up there, or was to go there, is buried and the spare stands in for
 *         it. So no guarantee is ever short of a frame, and no context has to find one.
 * Writes  The list and the counts. Any context, but for setting a mark: one call at a time does that.
 */
#ifndef MM_BAD_H
#define MM_BAD_H

#include <labyrinth/offline.h>

#include "page.h"

struct bad {
	_Atomic uint32_t busy;                      /* frames come or go: one call at a time   */
	_Atomic uint32_t marked;                    /* entries in use: what everybody looks at */
	_Atomic uint64_t at[LABYRINTH_MAX_PENDING]; /* index of the frame + 1; 0 for none      */
	_Atomic uint64_t offline;                   /* frames                                  */
	_Atomic uint64_t spares;                    /* in the vault, of no mark any more       */
};

void labyrinth_bad_init(struct bad *bad);

/* Marks a frame; false when the list is full. One at a time. */
bool labyrinth_bad_mark(const struct frames *f, const struct page *page);

/* The lowest marked frame of begin .. end - 1, by index; end when there is none. */
uint64_t labyrinth_bad_next(const struct bad *bad, uint64_t begin, uint64_t end);

/* The caller has a frame to himself whose word is valid: from now on it is offline, and its mark, if any, is gone. */
void labyrinth_bad_bury(const struct frames *f, struct page *page);

/* The same if it is marked. Its spare stands in for it, where the vault would have had it; else false. */
bool labyrinth_bad_replace(const struct frames *f, struct page *page);

/* The same if it is marked, elsewhere: its spare is left over. */
bool labyrinth_bad_leave(const struct frames *f, struct page *page);

/* Takes the spares that are left over: how many. */
uint64_t labyrinth_bad_take_spares(struct bad *bad);

/*
 * Frames come into use, or go out of it, from here on; false while others do. So a frame that has come only half is not
 * marked.
 */
static inline bool bad_begin(struct bad *bad)
{
	uint32_t idle = 0;

	return atomic_compare_exchange_strong_explicit(&bad->busy, &idle, 1, memory_order_acquire,
	                                               memory_order_relaxed);
}

static inline void bad_end(struct bad *bad)
{
	atomic_store_explicit(&bad->busy, 0, memory_order_release);
}

static inline bool bad_any(const struct frames *f)
{
	return __builtin_expect(atomic_load_explicit(&f->bad->marked, memory_order_acquire) != 0, 0);
}

static inline bool bad_marked(const struct frames *f, const struct page *page)
{
	uint64_t i = page_index(f, page);

	return bad_any(f) && labyrinth_bad_next(f->bad, i, i + 1) == i;
}

static inline uint64_t bad_count(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
