/*
 * shortage.c - when the zones have too little: the shrinkers are asked, tasks sleep.
 */
#include "hooks.h"
#include "policy.h"
#include "reclaim.h"
#include "wait.h"
#include "watermark.h"

const void *labyrinth_policy_self(const struct labyrinth *lab)
{
	const struct labyrinth_hooks *call = &lab->hooks->call;

	return call->self != NULL ? call->self(call->context) : NULL;
}

struct page *labyrinth_policy_reclaim(struct labyrinth *lab, uint64_t want, struct page *(*look)(void *request),
                                      void *request)
{
	struct page *page = NULL;
	struct sweep sweep;
	uint64_t freed;

	if (!labyrinth_sweep_begin(lab->reclaimer, &sweep, want, labyrinth_policy_self(lab)))
		return NULL;
	while (page == NULL && labyrinth_sweep_next(lab->reclaimer, &sweep, &freed))
		if (freed > 0)
			page = look(request);
	labyrinth_sweep_end(lab->reclaimer);
	return page;
}

struct page *labyrinth_policy_sleep(struct labyrinth *lab, struct page *(*look)(void *request), void *request)
{
	uint64_t left = lab->waiters->ticks;
	struct page *page;

	if (left == 0 || labyrinth_sweeps(lab->reclaimer, labyrinth_policy_self(lab)))
		return NULL;
	labyrinth_wait_join(lab);
	labyrinth_watermark_in_turn(lab); /* a look may stop at a zone's count, read without its lock */
	labyrinth_kick(lab);
	for (;;) {
		uint32_t seen = labyrinth_wakes(lab);

		page = look(request);
		if (page != NULL || left == 0)
			break;
		left = labyrinth_wait_sleep(lab, seen, left);
	}
	labyrinth_wait_leave(lab, page == NULL);
	return page;
}

/* Shrinkers free into this CPU's magazines: what they freed counts when it is in the zones. */
static uint64_t relieve_zones(struct labyrinth *lab, uint64_t budget)
{
	uint64_t want = labyrinth_watermark_shortfall(lab), freed = 0, more;
	struct sweep sweep;

	want = want < budget ? want : budget;
	if (!labyrinth_sweep_begin(lab->reclaimer, &sweep, want, labyrinth_policy_self(lab)))
		return 0;
	while (freed < budget && labyrinth_watermark_shortfall(lab) > 0
	       && labyrinth_sweep_next(lab->reclaimer, &sweep, &more)) {
		freed += more < budget - freed ? more : budget - freed;
		labyrinth_policy_drain(lab);
		labyrinth_watermark_risen(lab);
	}
	labyrinth_sweep_end(lab->reclaimer);
	return freed;
}

/* In turn with who goes to sleep: maintenance may have had in hand, for a moment, what he has looked for in vain. */
uint64_t labyrinth_policy_relieve(struct labyrinth *lab, uint64_t budget)
{
	uint64_t freed;

	if (!(attention_in_turn(lab) & ATTEND_GIVEN))
		return 0;
	labyrinth_policy_drain(lab);
	freed = relieve_zones(lab, budget);
	labyrinth_policy_given(lab);
	return freed;
}
