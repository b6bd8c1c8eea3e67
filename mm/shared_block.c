/*
 * shared_block.c - shared blocks of orders above 0, the short way: at hand, or to and from a zone.
 *
 * Idea    A front end keeps a few blocks of orders 1 to 3 and one of order 9. Blocks of other orders, and what is not
 *         at hand, come from their zone and go there, when nothing is out of the ordinary.
 */
#include "shared_block.h"

#include "at_hand.h"
#include "policy.h"
#include "shared_slow.h"
#include "watermark.h"

/* An ordinary block from the zones; or NULL. */
static struct page *take_block(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct page *page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, order, MOBILITY_SHARED,
	                                         policy_patience(gfp));

	if (page != NULL)
		word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0));
	return page;
}

/* An ordinary block that is not at hand, of an order that could be; or NULL. Lets go of the front end's CPU. */
static struct page *fetch_block(struct labyrinth *lab, struct magazine *own, labyrinth_gfp_t gfp, unsigned order)
{
	struct page *page = labyrinth_magazine_fetch(lab->magazines, own, order, policy_patience(gfp));

	labyrinth_port_unpin();
	if (page != NULL) {
		word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0));
		watermark_look(lab, zone_of(lab->zones, page));
	}
	return page;
}

/* A block at hand, or NULL. */
static inline struct page *pop_block(struct magazine *own, unsigned order)
{
	if (order == BLOCK_ORDER)
		return magazine_pop_large(own);
	return shelf_keeps(order) ? shelf_pop(magazine_shelf(own, order)) : NULL;
}

/* When there is none. Lets go of the front end's CPU. */
static __attribute__((noinline)) struct labyrinth_grant bring_block(struct labyrinth *lab, struct magazine *own,
                                                                    labyrinth_gfp_t gfp, unsigned order,
                                                                    const void *site)
{
	struct page *page = NULL;

	if (shelf_keeps(order)) {
		page = fetch_block(lab, own, gfp, order);
	} else {
		labyrinth_port_unpin();
		if (order <= LABYRINTH_MAX_ORDER)
			page = take_block(lab, gfp, order);
	}
	if (page == NULL)
		return labyrinth_alloc_slowly(lab, gfp, order, site);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

struct labyrinth_grant labyrinth_alloc_block(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                             uint64_t place, const void *site)
{
	struct page *page;

	if (lab == NULL || attention_stops_at(lab, place) != 0 || !at_hand_serves(instance_front(lab, place), gfp)) {
		labyrinth_port_unpin();
		return labyrinth_alloc_slowly(lab, gfp, order, site);
	}
	page = pop_block(instance_front(lab, place), order);
	if (page == NULL)
		return bring_block(lab, instance_front(lab, place), gfp, order, site);
	labyrinth_port_unpin();
	word_flip(page, FRAME_CACHED ^ FRAME_SHARED);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

/* Sets a shared block to what is kept at hand, or to free; false, and nothing done, if that is not what it is. */
static inline bool retract_block(struct magazine *own, struct page *page, unsigned order, bool keep)
{
	uint64_t word = word_load(page), next = keep ? word ^ FRAME_SHARED ^ FRAME_CACHED : word_loose(word);

	if (word != word_make(FRAME_SHARED, word_generation(word), order, 0))
		return false;
	return own->alone ? word_swap_alone(page, word, next) : word_swap(page, word, next);
}

/* Is there room for a block of this order, and is it worth keeping? */
static inline bool wants_block(struct magazine *own, const struct page *page, unsigned order)
{
	if (shelf_keeps(order))
		return shelf_wants(magazine_shelf(own, order), page, order);
	return order == BLOCK_ORDER && magazine_wants_large(own);
}

static inline void keep_block(struct magazine *own, struct page *page, unsigned order)
{
	if (order == BLOCK_ORDER)
		magazine_set_large(own, page);
	else
		shelf_push(magazine_shelf(own, order), page);
}

/* A block that reads FREE, to its zone. */
static __attribute__((noinline)) enum labyrinth_status give_block(struct labyrinth *lab, struct page *page,
                                                                  unsigned order)
{
	labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
	policy_given(lab);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_free_block(struct labyrinth *lab, struct page *page, unsigned order, uint64_t place,
                                           const void *site)
{
	struct magazine *own = instance_front(lab, place);
	bool done = false, keep = false;

	if (lab != NULL && attention_stops_at(lab, place) == 0 && own->kinds != 0 && order <= LABYRINTH_MAX_ORDER
	    && frames_written(lab->frames, page)) {
		keep = wants_block(own, page, order);
		done = retract_block(own, page, order, keep);
	}
	if (done && keep)
		keep_block(own, page, order);
	labyrinth_port_unpin();
	if (!done)
		return labyrinth_free_slowly(lab, page, order, site);
	return keep ? LABYRINTH_OK : give_block(lab, page, order);
}
