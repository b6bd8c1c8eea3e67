/*
 * shared.c - shared frames: take and give back.
 *
 * Idea    The short way first: a frame at hand on this CPU, one store or one compare-and-swap of its word, no lock. It
 *         is taken when nothing is out of the ordinary, which a few comparisons tell; otherwise the slow way begins
 *         anew and asks every question by itself. So only one of them names reasons.
 */
#include "shared.h"

#include <labyrinth/port.h>

#include "at_hand.h"
#include "policy.h"
#include "shared_block.h"
#include "shared_slow.h"
#include "watermark.h"

/* A frame of this CPU's own, after a refill if need be: out of which zone. */
static inline struct magazine_refill pop(struct labyrinth *lab, struct magazine *own, labyrinth_gfp_t gfp)
{
	struct page *page = magazine_pop(own);

	if (page != NULL)
		return (struct magazine_refill){ page, NULL };
	return labyrinth_magazine_refill(lab->magazines, own, policy_patience(gfp));
}

/*
 * A frame for a request that need not be the usual one, after a refill if need be, when nothing is out of the ordinary.
 * On this front end's CPU, which it lets go of.
 */
static __attribute__((noinline)) struct labyrinth_grant alloc_farther(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                                                      struct magazine *own, const void *site)
{
	struct magazine_refill got = { NULL, NULL };

	if (at_hand_turn(own, gfp))
		got = pop(lab, own, gfp);
	labyrinth_port_unpin();
	if (got.page == NULL)
		return labyrinth_alloc_slowly(lab, gfp, 0, site);
	if (got.from != NULL)
		watermark_look(lab, got.from);
	word_flip(got.page, FRAME_CACHED ^ FRAME_SHARED);
	return (struct labyrinth_grant){ got.page, LABYRINTH_OK };
}

struct labyrinth_grant labyrinth_alloc_pages(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	uint64_t place = instance_place(labyrinth_port_pin(), labyrinth_port_context());
	struct magazine *own;
	struct page *page, **top;

	if (RARELY(lab == NULL || (order | attention_stops_at(lab, place)) != 0)) {
		if (order != 0)
			return labyrinth_alloc_block(lab, gfp, order, place, SITE);
		labyrinth_port_unpin();
		return labyrinth_alloc_slowly(lab, gfp, order, SITE);
	}
	own = instance_front(lab, place);
	top = magazine_top(own);
	page = top[-1];
	if (RARELY(page == NULL || own->usual != gfp))
		return alloc_farther(lab, gfp, own, SITE);
	magazine_set_top(own, top - 1);
	labyrinth_port_unpin();
	word_flip(page, FRAME_CACHED ^ FRAME_SHARED);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

/*
 * A frame that reads CACHED, on this front end's CPU, which it lets go of. First, one that those that wait do not wait
 * for: they go back.
 */
static __attribute__((noinline)) enum labyrinth_status put_after(struct labyrinth *lab, struct page *page,
                                                                 struct magazine *own)
{
	labyrinth_magazine_flush(lab->magazines, own, page);
	labyrinth_port_unpin();
	policy_given(lab);
	return LABYRINTH_OK;
}

/* One that is worth keeping, or may be, where the frontier is now. */
static __attribute__((noinline)) enum labyrinth_status put(struct labyrinth *lab, struct page *page,
                                                           struct magazine *own)
{
	bool given = magazine_put(lab->magazines, own, page);

	labyrinth_port_unpin();
	if (given)
		policy_given(lab);
	return LABYRINTH_OK;
}

/* Likewise; and its like are known the next time. */
static __attribute__((noinline)) enum labyrinth_status put_looking(struct labyrinth *lab, struct page *page,
                                                                   struct magazine *own)
{
	labyrinth_magazine_look(own, lab->frames, page);
	return put(lab, page, own);
}

/* A frame that is out of sight, or nothing of the kind. */
static __attribute__((noinline)) enum labyrinth_status free_unknown(struct labyrinth *lab, struct page *page,
                                                                    struct magazine *own, const void *site)
{
	if (RARELY(own->kinds == 0 || !frames_written(lab->frames, page) || !at_hand_retract(page, own))) {
		labyrinth_port_unpin();
		return labyrinth_free_slowly(lab, page, 0, site);
	}
	if (magazine_wants(own, page) || !magazine_full(lab->magazines, own, page))
		return put_looking(lab, page, own);
	return put_after(lab, page, own);
}

/* Mostly a frame that is known, and yet not seen: not wanted, if the frontier is not lost. It joins those that wait. */
enum labyrinth_status labyrinth_free_farther(struct labyrinth *lab, struct page *page, struct magazine *own,
                                             const void *site)
{
	if (RARELY(!magazine_knows(own, page) || !at_hand_retract(page, own)))
		return free_unknown(lab, page, own, site);
	if (RARELY(magazine_lost(lab->magazines, own, page)))
		return put(lab, page, own);
	if (magazine_full(lab->magazines, own, page))
		return put_after(lab, page, own);
	magazine_set_aside(own, page);
	labyrinth_port_unpin();
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_free_pages(struct labyrinth *lab, struct page *page, unsigned order)
{
	uint64_t place = instance_place(labyrinth_port_pin(), labyrinth_port_context());
	struct magazine *own;
	struct page **top;

	if (RARELY(lab == NULL || (order | attention_stops_at(lab, place)) != 0)) {
		if (order != 0)
			return labyrinth_free_block(lab, page, order, place, SITE);
		labyrinth_port_unpin();
		return labyrinth_free_slowly(lab, page, order, SITE);
	}
	own = instance_front(lab, place);
	top = magazine_top(own);
	if (RARELY(!magazine_sees(own, page) || top == own->end || !at_hand_retract(page, own)))
		return labyrinth_free_farther(lab, page, own, SITE);
	magazine_set_top(own, top + 1);
	*top = page;
	labyrinth_port_unpin();
	return LABYRINTH_OK;
}
