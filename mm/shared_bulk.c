/*
 * shared_bulk.c - shared frames by the array.
 *
 * Idea    What is at hand is taken, or given back, in one go: what is asked once for a frame is asked once for all of
 *         them, but for the word of each. Where that ends, one frame goes the longer way, and then there is more.
 */
#include <labyrinth/alloc.h>

#include "at_hand.h"
#include "policy.h"
#include "shared.h"
#include "shared_slow.h"

/* What is at hand for so many frames, all in one go; how many that were. */
static uint32_t alloc_at_hand(const struct labyrinth *lab, labyrinth_gfp_t gfp, enum labyrinth_context context,
                              uint32_t count, struct page **pages)
{
	struct magazine *own = at_hand_pin(lab, context);
	struct page **top = magazine_top(own);
	uint32_t taken = 0;

	if (at_hand_turn(own, gfp)) {
		taken = magazine_count(own) < count ? magazine_count(own) : count;
		magazine_set_top(own, top - taken);
		for (uint32_t i = 0; i < taken; i++) {
			struct page *page = pages[i] = *--top;

			word_flip(page, FRAME_CACHED ^ FRAME_SHARED);
		}
	}
	labyrinth_port_unpin();
	return taken;
}

struct labyrinth_bulk labyrinth_alloc_bulk(struct labyrinth *lab, labyrinth_gfp_t gfp, uint32_t count,
                                           struct page **pages)
{
	enum labyrinth_context context = labyrinth_port_context();
	struct labyrinth_bulk bulk = { 0, labyrinth_policy_judge(lab, gfp, 0, context) };

	if (pages == NULL && count > 0)
		bulk.status = LABYRINTH_NULL_POINTER;
	while (bulk.status == LABYRINTH_OK && bulk.count < count) {
		struct page *page;

		if (!attention_stops(lab))
			bulk.count += alloc_at_hand(lab, gfp, context, count - bulk.count, pages + bulk.count);
		if (bulk.count == count)
			break;
		page = labyrinth_shared_grant(lab, gfp, 0, context, SITE); /* brings more with it */
		if (page == NULL)
			bulk.status = LABYRINTH_NO_MEMORY;
		else
			pages[bulk.count++] = page;
	}
	return bulk;
}

/* Gives the first pages back for as long as the magazine wants them; how many. */
static uint32_t free_at_hand(const struct labyrinth *lab, enum labyrinth_context context, struct page *const *pages,
                             uint32_t count)
{
	struct magazine *own = at_hand_pin(lab, context);
	uint32_t given = 0;

	for (; given < count && magazine_top(own) != own->end && magazine_sees(own, pages[given]); given++) {
		if (!at_hand_retract(pages[given], own))
			break;
		magazine_push(own, pages[given]);
	}
	labyrinth_port_unpin();
	return given;
}

struct labyrinth_bulk labyrinth_free_bulk(struct labyrinth *lab, struct page *const *pages, uint32_t count)
{
	enum labyrinth_context context = labyrinth_port_context();
	struct labyrinth_bulk bulk = { 0, LABYRINTH_OK };

	if (lab == NULL || (pages == NULL && count > 0))
		bulk.status = LABYRINTH_NULL_POINTER;
	else if (context == LABYRINTH_NMI)
		bulk.status = LABYRINTH_IN_INTERRUPT;
	while (bulk.status == LABYRINTH_OK && bulk.count < count) {
		bool stop = attention_stops(lab) != 0;

		if (!stop)
			bulk.count += free_at_hand(lab, context, pages + bulk.count, count - bulk.count);
		if (bulk.count == count)
			break;
		bulk.status = stop ? labyrinth_free_slowly(lab, pages[bulk.count], 0, SITE)
		                   : labyrinth_free_farther(lab, pages[bulk.count], at_hand_pin(lab, context), SITE);
		bulk.count += bulk.status == LABYRINTH_OK;
	}
	return bulk;
}
