/*
 * greedy.c - claims until it is refused, tick after tick.
 */
#include "greedy.h"
#include "line.h"

enum labyrinth_status greedy_open(struct greedy *greedy)
{
	static const struct labyrinth_budget budget = { "greedy", GREEDY_GUARANTEE, GREEDY_LIMIT, GREEDY_RECYCLE };

	return labyrinth_owner_register(greedy->lab, &budget, &greedy->owner);
}

enum labyrinth_status greedy_close(struct greedy *greedy)
{
	return labyrinth_owner_retire(greedy->lab, greedy->owner);
}

static void count_refusal(struct greedy *greedy, enum labyrinth_status why)
{
	if (why == LABYRINTH_OVER_LIMIT && greedy->held == GREEDY_LIMIT)
		greedy->refused_over_limit++;
	else if (why == LABYRINTH_NO_MEMORY && greedy->held >= GREEDY_GUARANTEE)
		greedy->refused_no_memory++;
	else
		unexpected_note(&greedy->unexpected, "greedy claims within its guarantee or below its limit", why);
}

/* Its own frame is its own: what it writes there in one interrupt it finds there in another, if it looks. */
static void touch(struct greedy *greedy, struct labyrinth_claim *claim, bool look)
{
	const struct page **place = labyrinth_claim_map(claim);

	if (!place) {
		unexpected_note(&greedy->unexpected, "greedy maps a frame of its own", claim->status);
		return;
	}
	if (look && *place != claim->page)
		unexpected_note(&greedy->unexpected, "greedy finds in a frame what it wrote there", LABYRINTH_OK);
	*place = claim->page;
	enum labyrinth_status status = labyrinth_claim_unmap(claim);
	if (status != LABYRINTH_OK)
		unexpected_note(&greedy->unexpected, "greedy unmaps a frame of its own", status);
}

static bool claim_one(struct greedy *greedy)
{
	struct labyrinth_claim claim = { .lab = greedy->lab, .owner = greedy->owner };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	if (!claim.page) {
		count_refusal(greedy, claim.status);
		return false;
	}
	if (greedy->held == GREEDY_LIMIT) {
		unexpected_note(&greedy->unexpected, "greedy is given more frames than its limit", claim.status);
		labyrinth_claim_release(&claim);
		return false;
	}
	touch(greedy, &claim, false);
	greedy->claim[greedy->held++] = claim;
	return true;
}

static void release_last(struct greedy *greedy)
{
	struct labyrinth_claim *last = &greedy->claim[--greedy->held];

	touch(greedy, last, true);
	enum labyrinth_status status = labyrinth_claim_release(last);

	if (status != LABYRINTH_OK)
		unexpected_note(&greedy->unexpected, "greedy releases a frame of its own", status);
}

/* A few frames back, which stay with it unshredded, and as many as there are again. */
static void greedy_interrupt(void *context)
{
	struct greedy *greedy = context;

	for (unsigned i = 0; i < GREEDY_RECYCLE && greedy->held; i++)
		release_last(greedy);
	while (claim_one(greedy))
		;
	if (greedy->held > greedy->most)
		greedy->most = greedy->held;
}

void greedy_start(struct greedy *greedy)
{
	greedy->most = 0;
	greedy->refused_over_limit = 0;
	greedy->refused_no_memory = 0;
	line_join(greedy_interrupt, greedy);
}

void greedy_stop(struct greedy *greedy)
{
	line_leave(greedy_interrupt, greedy);
	while (greedy->held)
		release_last(greedy);
}
