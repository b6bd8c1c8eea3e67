/*
 * exact.c - a number of contiguous frames that is no power of two.
 *
 * Idea    Take the block that is large enough, keep the first n frames as the blocks that the bits of n name, largest
 *         first, and give the rest back at once. 5 frames are a block of 4 and one of 1, each with its own tag.
 * Writes  The words of the blocks, which nobody else can see; the rest goes through the zone.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/port.h>

#include "debug.h"
#include "policy.h"
#include "span.h"
#include "zone.h"

struct labyrinth_grant labyrinth_alloc_pages_exact(struct labyrinth *lab, labyrinth_gfp_t gfp, uint32_t frames)
{
	unsigned order = span_order(frames < SPAN_MOST ? frames : SPAN_MOST);
	struct labyrinth_grant grant;

	if (lab == NULL)
		return (struct labyrinth_grant){ NULL, LABYRINTH_NULL_POINTER };
	if (frames == 0 || frames > SPAN_MOST)
		return (struct labyrinth_grant){ NULL, LABYRINTH_BAD_COUNT };
	if (labyrinth_port_context() == LABYRINTH_NMI)
		return (struct labyrinth_grant){ NULL, LABYRINTH_IN_INTERRUPT };
	grant = labyrinth_alloc_pages(lab, gfp & ~LABYRINTH_GFP_ZERO, order);
	if (grant.status != LABYRINTH_OK)
		return grant;
	if (debug_on(lab))
		labyrinth_debug_unfence(lab, grant.page, order, __builtin_return_address(0));
	labyrinth_span_tag(lab, grant.page, frames,
	                   word_load(grant.page) & (WORD_SHRED | word_make(FRAME_FREE, 0, 0, UINT16_MAX)));
	labyrinth_span_trim(lab, grant.page, order, frames, policy_mobility(gfp), __builtin_return_address(0));
	if (gfp & LABYRINTH_GFP_ZERO)
		labyrinth_span_zero(lab, grant.page, frames);
	return grant;
}

/* Could so many frames that begin here have been allocated together? */
static bool in_place(const struct frames *f, const struct page *page, uint32_t frames)
{
	return labyrinth_frames_pfn(f, page).n % (UINT64_C(1) << span_order(frames)) == 0;
}

enum labyrinth_status labyrinth_free_pages_exact(struct labyrinth *lab, struct page *page, uint32_t frames)
{
	enum labyrinth_status status = labyrinth_span_judge(lab, page, frames);

	if (status != LABYRINTH_OK)
		return status;
	if (!frames_known(lab->frames, page))
		return LABYRINTH_FOREIGN_PAGE;
	if (!in_place(lab->frames, page, frames))
		return LABYRINTH_WRONG_ORDER;
	return labyrinth_span_free(lab, page, frames, __builtin_return_address(0));
}
