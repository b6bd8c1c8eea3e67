/*
 * step_blocks.c - shared blocks are taken and given back.
 */
#include "threads/steps.h"

static labyrinth_gfp_t random_gfp(struct worker *w, enum level level)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_NOWAIT, LABYRINTH_GFP_ATOMIC };
	static const labyrinth_gfp_t more[] = { 0, 0, 0, 0, LABYRINTH_GFP_DMA, LABYRINTH_GFP_DMA32,
	                                        LABYRINTH_GFP_ZERO };

	return kinds[level + roll(w, level, LEVELS - level)] | more[roll(w, level, sizeof(more) / sizeof(more[0]))];
}

void step_alloc(struct worker *w, enum level level)
{
	struct holding *h = holding_pick(w, level, NOTHING);
	unsigned order = roll(w, level, 4) ? 0 : (unsigned)roll(w, level, 4);
	labyrinth_gfp_t gfp = random_gfp(w, level);
	struct labyrinth_grant grant;

	if (h == NULL)
		return;
	grant = labyrinth_alloc_pages(yard.lab, gfp, order);
	expect(grant.status == LABYRINTH_OK || grant.status == LABYRINTH_NO_MEMORY, "alloc: unexpected status",
	       grant.status);
	w->refused += level == LEVEL_TASK && grant.status != LABYRINTH_OK;
	if (grant.status != LABYRINTH_OK)
		return;
	w->granted += level == LEVEL_TASK;
	*h = (struct holding){ .kind = BLOCK, .page = grant.page, .order = order };
	holding_inspect(h, 0);
	if ((gfp & LABYRINTH_GFP_ZERO) && (*holding_frame(h, 0) | holding_frame(h, 0)[511]) != 0)
		crew_wrong("a frame granted with ZERO is not clear", *holding_frame(h, 0));
	holding_stamp(w, level, h, 0);
}

void step_free(struct worker *w, enum level level)
{
	struct holding *h = holding_pick(w, level, BLOCK);
	enum labyrinth_status status;

	if (h == NULL)
		return;
	holding_verify(h);
	status = labyrinth_free_pages(yard.lab, h->page, h->order);
	if (level == LEVEL_NMI)
		expect(status == LABYRINTH_IN_INTERRUPT, "free in an NMI: not refused", status);
	else
		expect(status == LABYRINTH_OK, "free of a block that I hold: refused", status);
	if (status == LABYRINTH_OK)
		h->kind = NOTHING;
}
