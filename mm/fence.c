/*
 * fence.c - red zones: a block in the middle of one that is larger, and a known pattern before and behind it.
 */
#include "debug.h"
#include "policy.h"

/* One of the two, as a block of its own. */
static void fence(struct labyrinth *lab, struct page *page, unsigned order)
{
	for (size_t i = 0; i < (size_t)1 << order; i++)
		labyrinth_pattern_fill(labyrinth_page_address(lab, page + i), LABYRINTH_PAGE_SIZE, LABYRINTH_RED_ZONE);
	labyrinth_contents_hide(&lab->debug->contents, page, order);
	labyrinth_zone_settle(zone_of(lab->zones, page), page);
	word_store(page, word_make(FRAME_FENCE, word_generation(word_load(page)), order, 0));
}

/* In reach again, compared, and in nobody's hands but ours. */
static void unfence(struct labyrinth *lab, struct labyrinth_debug_report *r, struct page *page, unsigned order)
{
	labyrinth_contents_show(&lab->debug->contents, page, order);
	for (size_t i = 0; i < (size_t)1 << order; i++) {
		const uint8_t *at = labyrinth_page_address(lab, page + i);
		size_t offset = labyrinth_pattern_differs(at, LABYRINTH_PAGE_SIZE, LABYRINTH_RED_ZONE);

		r->expected = pattern_byte(LABYRINTH_RED_ZONE, offset);
		if (offset < LABYRINTH_PAGE_SIZE)
			labyrinth_debug_complain(lab, r, page + i, at, offset);
	}
	word_store(page, word_loose(word_load(page)));
}

void labyrinth_fence_end(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
{
	struct labyrinth_debug_report r = {
		.kind  = LABYRINTH_DEBUG_WRITTEN_BEFORE,
		.block = labyrinth_frames_pfn(lab->frames, page),
		.order = order,
		.site  = (uintptr_t)site,
		.last  = labyrinth_trace_of(&lab->debug->trace, page),
	};

	unfence(lab, &r, page - fence_offset(order), order);
	r.kind = LABYRINTH_DEBUG_WRITTEN_BEHIND;
	unfence(lab, &r, page + fence_offset(order), order + 1);
	atomic_fetch_sub_explicit(&lab->debug->fenced, fence_frames(order), memory_order_relaxed);
}

/* A red zone is not worth more than a look into the zones: what is at hand or in quarantine stays there. */
struct page *labyrinth_fence_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, const void *site)
{
	struct page *outer = NULL;

	if ((lab->debug->aids & LABYRINTH_DEBUG_RED_ZONE) && fence_order(order) <= LABYRINTH_MAX_ORDER)
		outer = labyrinth_zones_take(lab, policy_highest_zone(gfp), fence_order(order), policy_mobility(gfp),
		                             policy_patience(gfp));
	if (outer == NULL)
		return NULL;
	labyrinth_debug_grant(lab, outer, fence_order(order), site);
	fence(lab, outer, order);
	fence(lab, outer + 2 * fence_offset(order), order + 1);
	atomic_fetch_add_explicit(&lab->debug->fenced, fence_frames(order), memory_order_relaxed);
	labyrinth_zone_settle(zone_of(lab->zones, outer), outer + fence_offset(order));
	return outer + fence_offset(order);
}
