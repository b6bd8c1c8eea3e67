/*
 * bad.c - the list of frames that go offline.
 */
#include "bad.h"

void labyrinth_bad_init(struct bad *bad)
{
	atomic_store_explicit(&bad->busy, 0, memory_order_relaxed);
	atomic_store_explicit(&bad->marked, 0, memory_order_relaxed);
	atomic_store_explicit(&bad->offline, 0, memory_order_relaxed);
	atomic_store_explicit(&bad->spares, 0, memory_order_relaxed);
	for (unsigned i = 0; i < LABYRINTH_MAX_PENDING; i++)
		atomic_store_explicit(&bad->at[i], 0, memory_order_relaxed);
}

bool labyrinth_bad_mark(const struct frames *f, const struct page *page)
{
	struct bad *bad = f->bad;

	for (unsigned i = 0; i < LABYRINTH_MAX_PENDING; i++) {
		if (atomic_load_explicit(&bad->at[i], memory_order_acquire) != 0)
			continue;
		/* Counted first: who sees the entry sees that there is one. */
		atomic_fetch_add_explicit(&bad->marked, 1, memory_order_acq_rel);
		atomic_store_explicit(&bad->at[i], page_index(f, page) + 1, memory_order_release);
		return true;
	}
	return false;
}

uint64_t labyrinth_bad_next(const struct bad *bad, uint64_t begin, uint64_t end)
{
	for (unsigned i = 0; i < LABYRINTH_MAX_PENDING; i++) {
		uint64_t entry = atomic_load_explicit(&bad->at[i], memory_order_acquire);

		if (entry > begin && entry <= end)
			end = entry - 1;
	}
	return end;
}

static void unmark(struct bad *bad, uint64_t index)
{
	for (unsigned i = 0; i < LABYRINTH_MAX_PENDING; i++) {
		uint64_t entry = index + 1;

		if (atomic_compare_exchange_strong_explicit(&bad->at[i], &entry, 0, memory_order_acq_rel,
		                                            memory_order_acquire))
			atomic_fetch_sub_explicit(&bad->marked, 1, memory_order_acq_rel);
	}
}

void labyrinth_bad_bury(const struct frames *f, struct page *page)
{
	word_store(page, word_make(FRAME_OFFLINE, word_generation(word_load(page)), 0, 0));
	atomic_fetch_add_explicit(&f->bad->offline, 1, memory_order_relaxed);
	unmark(f->bad, page_index(f, page));
}

bool labyrinth_bad_replace(const struct frames *f, struct page *page)
{
	if (!bad_marked(f, page))
		return false;
	labyrinth_bad_bury(f, page);
	return true;
}

bool labyrinth_bad_leave(const struct frames *f, struct page *page)
{
	if (!bad_marked(f, page))
		return false;
	labyrinth_bad_bury(f, page);
	atomic_fetch_add_explicit(&f->bad->spares, 1, memory_order_acq_rel);
	return true;
}

uint64_t labyrinth_bad_take_spares(struct bad *bad)
{
	uint64_t spares = atomic_load_explicit(&bad->spares, memory_order_acquire);

	while (spares != 0 && !atomic_compare_exchange_weak_explicit(&bad->spares, &spares, 0, memory_order_acq_rel,
	                                                             memory_order_acquire))
		;
	return spares;
}
