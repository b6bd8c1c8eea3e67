/*
 * span.c - tag, give back and free block by block.
 */
#include "span.h"

#include <labyrinth/alloc.h>
#include <labyrinth/port.h>

#include "debug.h"
#include "particular.h"
#include "policy.h"
#include "shared_slow.h"

/* What is left of a span. */
struct rest {
	struct page *page;
	pfn_t        pfn;
	uint32_t     frames;
};

static struct rest all_of(const struct labyrinth *lab, struct page *page, uint32_t frames)
{
	return (struct rest){ page, labyrinth_frames_pfn(lab->frames, page), frames };
}

/* The next block: its first page and its order. False at the end. */
static bool next(struct rest *r, struct page **page, unsigned *order)
{
	if (r->frames == 0)
		return false;
	*page = r->page;
	*order = pfn_fit(r->pfn, r->frames);
	r->page += UINT32_C(1) << *order;
	r->pfn.n += UINT32_C(1) << *order;
	r->frames -= UINT32_C(1) << *order;
	return true;
}

void labyrinth_span_grant(struct labyrinth *lab, struct page *page, uint32_t frames, const void *site)
{
	struct rest rest = all_of(lab, page, frames);
	unsigned order;

	while (next(&rest, &page, &order))
		labyrinth_debug_grant(lab, page, order, site);
}

void labyrinth_span_tag(struct labyrinth *lab, struct page *page, uint32_t frames, uint64_t kept)
{
	struct zone *zone = zone_of(lab->zones, page);
	struct rest rest = all_of(lab, page, frames);
	unsigned order;

	while (next(&rest, &page, &order)) {
		labyrinth_zone_settle(zone, page);
		word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0) | kept);
	}
}

void labyrinth_span_give(struct labyrinth *lab, struct page *page, uint32_t frames, const void *site)
{
	struct zone *zone = zone_of(lab->zones, page);
	struct rest rest = all_of(lab, page, frames);
	unsigned order;

	while (next(&rest, &page, &order)) {
		if (debug_on(lab))
			labyrinth_debug_return(lab, page, order, site);
		labyrinth_zone_settle(zone, page);
		labyrinth_zone_put(zone, page, order, ZONE_WAIT);
	}
	policy_given(lab);
}

/* Of whole page blocks, only the first knows of what kind they are. */
void labyrinth_span_trim(struct labyrinth *lab, struct page *block, unsigned order, uint32_t frames,
                         enum mobility mobility, const void *site)
{
	uint32_t all = UINT32_C(1) << order;

	if (frames == all)
		return;
	if (order >= BLOCK_ORDER && frames % BLOCK_FRAMES != 0)
		labyrinth_zone_divide(zone_of(lab->zones, block), page_block_of(lab->frames, block + frames), mobility);
	labyrinth_span_give(lab, block + frames, all - frames, site);
}

void labyrinth_span_zero(struct labyrinth *lab, const struct page *page, uint32_t frames)
{
	__builtin_memset(labyrinth_page_address(lab, page), 0, (size_t)frames * LABYRINTH_PAGE_SIZE);
}

enum labyrinth_status labyrinth_span_judge(const struct labyrinth *lab, const struct page *page, uint32_t frames)
{
	if (lab == NULL || page == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() == LABYRINTH_NMI)
		return LABYRINTH_IN_INTERRUPT;
	return frames == 0 || frames > SPAN_MOST ? LABYRINTH_BAD_COUNT : LABYRINTH_OK;
}

/* Do these frames lie in a row? */
static bool in_a_row(const struct frames *f, const struct page *page, uint32_t frames)
{
	const struct run *r = labyrinth_frames_run(f, page_block_of(f, page));

	return page_index(f, page) + frames <= ((uint64_t)r->first + r->blocks) * BLOCK_FRAMES;
}

/* Debug aids are to hear of the call that gives the whole back. */
static enum labyrinth_status free_block(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
{
	return debug_on(lab) ? labyrinth_free_slowly(lab, page, order, site) : labyrinth_free_pages(lab, page, order);
}

enum labyrinth_status labyrinth_span_free(struct labyrinth *lab, struct page *page, uint32_t frames, const void *site)
{
	enum labyrinth_status status = LABYRINTH_OK;
	struct rest rest;
	unsigned order;

	if (!frames_known(lab->frames, page))
		return LABYRINTH_FOREIGN_PAGE;
	if (!in_a_row(lab->frames, page, frames))
		return LABYRINTH_WRONG_ORDER;
	rest = all_of(lab, page, frames);
	for (struct rest look = rest; status == LABYRINTH_OK && next(&look, &page, &order);)
		status = labyrinth_why_not_shared(frames_word(lab->frames, page), order);
	while (status == LABYRINTH_OK && next(&rest, &page, &order))
		status = free_block(lab, page, order, site);
	return status;
}
