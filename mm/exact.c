/*
 * exact.c - a number of contiguous frames that is no power of two.
 *
 * Idea    Take the block that is large enough, keep the first n frames as the blocks that the bits of n name, largest
 *         first, and give the rest back at once. 5 frames are a block of 4 and one of 1, each with its own tag; freeing
 *         checks all tags before it touches the first.
 * Writes  The words of the blocks, which nobody else can see; the rest goes through the zone.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/port.h>

#include "bits.h"
#include "policy.h"

#define EXACT_MOST (UINT32_C(1) << LABYRINTH_MAX_ORDER)

/* The order of the smallest block that holds so many frames. */
static unsigned order_for(uint32_t frames)
{
	unsigned order = 0;

	while (UINT32_C(1) << order < frames)
		order++;
	return order;
}

/* The order of the largest block that fits into so many frames; there is at least one. */
static unsigned largest_in(uint32_t frames)
{
	unsigned order = LABYRINTH_MAX_ORDER;

	while (UINT32_C(1) << order > frames)
		order--;
	return order;
}

static void tag(struct page *page, uint32_t frames)
{
	while (frames > 0) {
		unsigned order = largest_in(frames);

		word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0));
		page += UINT32_C(1) << order;
		frames -= UINT32_C(1) << order;
	}
}

/* Frames begin .. 2^order - 1 of a block, in blocks as aligned as their first frame. */
static void give_rest(struct labyrinth *lab, struct page *block, uint32_t begin, unsigned order)
{
	while (begin < UINT32_C(1) << order) {
		unsigned k = bits_lowest(begin);

		labyrinth_zone_put(zone_of(lab->zones, block), block + begin, k, ZONE_WAIT);
		begin += UINT32_C(1) << k;
	}
}

struct labyrinth_grant labyrinth_alloc_pages_exact(struct labyrinth *lab, labyrinth_gfp_t gfp, uint32_t frames)
{
	unsigned order = order_for(frames < EXACT_MOST ? frames : EXACT_MOST);
	struct labyrinth_grant grant;

	if (lab == NULL)
		return (struct labyrinth_grant){ NULL, LABYRINTH_NULL_POINTER };
	if (frames == 0 || frames > EXACT_MOST)
		return (struct labyrinth_grant){ NULL, LABYRINTH_BAD_COUNT };
	if (labyrinth_port_context() == LABYRINTH_NMI)
		return (struct labyrinth_grant){ NULL, LABYRINTH_IN_INTERRUPT };
	grant = labyrinth_alloc_pages(lab, gfp & ~LABYRINTH_GFP_ZERO, order);
	if (grant.status != LABYRINTH_OK)
		return grant;
	tag(grant.page, frames);
	if (frames < UINT32_C(1) << order)
		give_rest(lab, grant.page, frames, order);
	if (gfp & LABYRINTH_GFP_ZERO)
		__builtin_memset(labyrinth_page_address(lab, grant.page), 0, (size_t)frames * LABYRINTH_PAGE_SIZE);
	return grant;
}

/* Do the tags say that these frames were allocated together? Looks, touches nothing. */
static enum labyrinth_status check_tags(const struct frames *f, const struct page *page, uint32_t frames)
{
	if (!frames_known(f, page))
		return LABYRINTH_FOREIGN_PAGE;
	if (block_virgin(f, page_block_of(f, page)))
		return LABYRINTH_NOT_ALLOCATED;
	if (page_index(f, page) % BLOCK_FRAMES + frames > BLOCK_FRAMES)
		return LABYRINTH_WRONG_ORDER;
	while (frames > 0) {
		unsigned order = largest_in(frames);
		enum labyrinth_status status = labyrinth_why_not_shared(word_load(page), order);

		if (status != LABYRINTH_OK)
			return status;
		page += UINT32_C(1) << order;
		frames -= UINT32_C(1) << order;
	}
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_free_pages_exact(struct labyrinth *lab, struct page *page, uint32_t frames)
{
	enum labyrinth_status status;

	if (lab == NULL || page == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() == LABYRINTH_NMI)
		return LABYRINTH_IN_INTERRUPT;
	if (frames == 0 || frames > EXACT_MOST)
		return LABYRINTH_BAD_COUNT;
	status = check_tags(lab->frames, page, frames);
	while (status == LABYRINTH_OK && frames > 0) {
		unsigned order = largest_in(frames);

		status = labyrinth_free_pages(lab, page, order);
		page += UINT32_C(1) << order;
		frames -= UINT32_C(1) << order;
	}
	return status;
}
