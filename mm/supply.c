/*
 * supply.c - what backs a claim, and what is left when the vault has nothing clean.
 */
#include "supply.h"

#include "hooks.h"
#include "policy.h"
#include "quarantine.h"
#include "wait.h"
#include "window.h"

/* But what is hidden comes from the vault only: to hide it here would take a shootdown. */
static struct page *from_zones(struct labyrinth *lab)
{
	if (lab->isolation->on)
		return NULL;
	return labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_EXCLUSIVE, ZONE_TRY);
}

/* And, with the debug aid on, what waits in the quarantine. */
static struct page *from_anywhere(struct labyrinth *lab)
{
	struct page *page = from_zones(lab);

	if (page == NULL && !lab->isolation->on && labyrinth_quarantine_drain(lab->quarantine, ZONE_TRY) > 0) {
		page = from_zones(lab);
		policy_given(lab);
	}
	return page;
}

struct backing labyrinth_supply_back(struct labyrinth *lab, struct owner *o)
{
	struct backing b = { .token = pace_take(&o->pace, &lab->owners->ticks) };

	if (b.token && vault_spend_on_claim(lab->vault))
		b.unit = true;
	else if (b.token)
		b.page = from_anywhere(lab);
	return b;
}

void labyrinth_supply_drop(struct labyrinth *lab, struct owner *o, struct backing b)
{
	if (b.token)
		pace_give(&o->pace);
	if (b.page != NULL)
		vault_push(lab->vault, b.page);
	if (b.page != NULL || b.unit)
		labyrinth_supply_return(lab, 1);
}

void labyrinth_supply_return(struct labyrinth *lab, uint64_t units)
{
	vault_earn(lab->vault, units);
	wait_wake_in_turn(lab);
}

bool labyrinth_supply_unit(struct labyrinth *lab)
{
	struct page *page;

	if (vault_spend_on_claim(lab->vault))
		return true;
	page = from_anywhere(lab);
	if (page != NULL)
		vault_push(lab->vault, page);
	return page != NULL;
}

void labyrinth_supply_kick(struct labyrinth *lab)
{
	if (kick_wanted(lab) && labyrinth_vault_pressing(lab->vault))
		labyrinth_kick(lab);
}

struct page *labyrinth_supply_unclean(struct labyrinth *lab, struct owner *o)
{
	struct page *page = from_zones(lab);

	labyrinth_supply_kick(lab);
	if (page == NULL) {
		owner_count(&o->from_vault);
		return labyrinth_vault_pop(lab->vault);
	}
	labyrinth_supply_return(lab, 1);
	owner_count(&o->from_zone);
	return page;
}
