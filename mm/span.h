/*
 * span.h - frames in a row, as the blocks that they are allocated as.
 *
 * Idea    Where a span begins and how long it is says which blocks it consists of: each is the largest that can begin
 *         there and ends within the span. So a span needs no record: whoever frees it names the same blocks, and every
 *         one of them has its own tag, which is checked before the first is touched.
 * Writes  The words of the blocks, which nobody else can see, until they are given back.
 */
#ifndef MM_SPAN_H
#define MM_SPAN_H

#include <labyrinth/types.h>

#include "page.h"

struct labyrinth;

#define SPAN_MOST (UINT32_C(1) << LABYRINTH_MAX_ORDER)

/* The order of the smallest block that holds so many frames, SPAN_MOST at most. */
static inline unsigned span_order(uint32_t frames)
{
	unsigned order = 0;

	while (UINT32_C(1) << order < frames)
		order++;
	return order;
}

/* With a debug aid on: its blocks get a user. */
void labyrinth_span_grant(struct labyrinth *lab, struct page *page, uint32_t frames, const void *site);

/* Tags a span that nobody else can see as shared blocks; `kept` is what else their words say. */
void labyrinth_span_tag(struct labyrinth *lab, struct page *page, uint32_t frames, uint64_t kept);

/* Gives a span that nobody else can see, and that nobody had, to its zone. Task or interrupt. */
void labyrinth_span_give(struct labyrinth *lab, struct page *page, uint32_t frames, const void *site);

/* Likewise what a block of this kind, which nobody else can see, has more than so many frames. */
void labyrinth_span_trim(struct labyrinth *lab, struct page *block, unsigned order, uint32_t frames,
                         enum mobility mobility, const void *site);

/* Fills a span with zeros. */
void labyrinth_span_zero(struct labyrinth *lab, const struct page *page, uint32_t frames);

/* What is wrong with a request to free so many frames, before the frames are looked at. */
enum labyrinth_status labyrinth_span_judge(const struct labyrinth *lab, const struct page *page, uint32_t frames);

/*
 * Frees a span if all its blocks are shared ones. If another CPU frees parts of it in the middle, what has been freed
 * before stays free. Task or interrupt. site: who called, for the debug aids.
 */
enum labyrinth_status labyrinth_span_free(struct labyrinth *lab, struct page *page, uint32_t frames, const void *site);

#endif
