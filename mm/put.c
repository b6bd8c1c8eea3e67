/*
 * put.c - where frames go that come back, and who is told.
 */
#include "policy.h"
#include "vault.h"
#include "wait.h"
#include "watermark.h"

void labyrinth_policy_given(struct labyrinth *lab)
{
	if (attention(lab) & ATTEND_BAD)
		labyrinth_policy_settle_bad(lab);
	labyrinth_watermark_risen(lab);
	wait_wake(lab);
}

void labyrinth_policy_missing(struct labyrinth *lab)
{
	bool reserve = reserve_short(lab->reserve);

	if (reserve)
		attend(lab, ATTEND_RESERVE);
	if (reserve || labyrinth_vault_pressing(lab->vault))
		labyrinth_kick(lab);
}

void labyrinth_policy_settle_reserve(struct labyrinth *lab)
{
	if (!(attention(lab) & ATTEND_RESERVE) || reserve_short(lab->reserve))
		return;
	unattend(lab, ATTEND_RESERVE);
	if (reserve_short(lab->reserve))
		attend(lab, ATTEND_RESERVE);
}

bool labyrinth_policy_refill(struct labyrinth *lab, struct page *page)
{
	bool taken = labyrinth_reserve_refill(lab->reserve, page);

	labyrinth_policy_settle_reserve(lab);
	return taken;
}

bool labyrinth_policy_feed(struct labyrinth *lab)
{
	struct page *page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_SHARED, ZONE_WAIT);

	if (page == NULL)
		return false;
	/* A free in an interrupt may have filled it. */
	if (!labyrinth_policy_refill(lab, page))
		labyrinth_zone_put(zone_of(lab->zones, page), page, 0, ZONE_WAIT);
	return true;
}

/*
 * That there are none is said while nobody can mark one: a call that is under way looks itself when it is through. Who
 * calls this looks afterwards for those who sleep: a step on their word, or he might miss one who has missed the spare.
 */
void labyrinth_policy_settle_bad(struct labyrinth *lab)
{
	struct bad *bad = lab->frames->bad;
	uint64_t spares = labyrinth_bad_take_spares(bad);

	if (spares > 0) {
		vault_earn(lab->vault, spares);
		attention_in_turn(lab);
	}
	if (!policy_bad_gone(lab) || !bad_begin(bad))
		return;
	if (policy_bad_gone(lab))
		unattend(lab, ATTEND_BAD);
	bad_end(bad);
}

/* Is there a frame in the block that is to go offline? */
static bool has_bad(const struct labyrinth *lab, const struct page *page, unsigned order)
{
	uint64_t first = page_index(lab->frames, page), end = first + (UINT64_C(1) << order);

	return bad_any(lab->frames) && labyrinth_bad_next(lab->frames->bad, first, end) < end;
}

/* Others find it there at once, which they would not in a magazine. */
static void put_home(struct labyrinth *lab, struct zone *zone, struct page *page, unsigned order,
                     enum labyrinth_context context)
{
	word_store(page, word_loose(word_load(page)));
	labyrinth_zone_put(zone, page, order, ZONE_WAIT);
	if (context == LABYRINTH_TASK && (attention(lab) & ATTEND_WAITERS))
		labyrinth_policy_drain(lab);
}

/* False, and nothing done, where there is no magazine. */
static bool put_at_hand(struct labyrinth *lab, struct page *page, enum labyrinth_context context)
{
	struct magazine *own = policy_pin(lab->magazines, context);

	if (own != NULL)
		magazine_put(lab->magazines, own, page);
	labyrinth_port_unpin();
	return own != NULL;
}

void labyrinth_policy_put(struct labyrinth *lab, struct page *page, unsigned order, enum labyrinth_context context)
{
	struct zone *zone = zone_of(lab->zones, page);
	bool home = watermark_dug(lab, zone) || has_bad(lab, page, order);

	if (order == 0 && !home && labyrinth_policy_refill(lab, page))
		return;
	if (home || (attention(lab) & ATTEND_WAITERS) || !policy_at_hand(lab->magazines, 0, order, context)
	    || !put_at_hand(lab, page, context))
		put_home(lab, zone, page, order, context);
	policy_given(lab);
}

void labyrinth_policy_put_tagged(struct labyrinth *lab, struct page *page, unsigned order)
{
	labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
	if (order == 0 && reserve_short(lab->reserve))
		labyrinth_policy_feed(lab);
	policy_given(lab);
}
