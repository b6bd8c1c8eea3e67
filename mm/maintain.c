/*
 * maintain.c - work kept out of interrupt handlers: the vault and the reserve at their targets.
 */
#include <labyrinth/maintain.h>
#include <labyrinth/port.h>

#include "policy.h"
#include "vault.h"

static bool refill_vault(struct labyrinth *lab)
{
	struct page *page;

	if (!labyrinth_vault_short(lab->vault))
		return false;
	page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_EXCLUSIVE, ZONE_WAIT);
	if (page == NULL)
		return false;
	vault_push(lab->vault, page);
	labyrinth_vault_earn(lab->vault, 1);
	return true;
}

/* What a release could not give to the buddy, because somebody held its lock. */
static bool trim_vault(struct labyrinth *lab)
{
	struct page *page;

	if (!labyrinth_vault_spend_excess(lab->vault))
		return false;
	page = labyrinth_vault_pop(lab->vault);
	labyrinth_zone_put(zone_of(lab->zones, page), page, 0, ZONE_WAIT);
	return true;
}

static bool refill_reserve(struct labyrinth *lab)
{
	struct page *page;

	if (reserve_count(lab->reserve) >= lab->reserve->target)
		return false;
	page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_SHARED, ZONE_WAIT);
	if (page == NULL)
		return false;
	if (!labyrinth_reserve_refill(lab->reserve, page))
		labyrinth_zone_put(zone_of(lab->zones, page), page, 0,
		                   ZONE_WAIT); /* a free in an interrupt has filled it */
	return true;
}

uint64_t labyrinth_maintain(struct labyrinth *lab, uint64_t budget)
{
	uint64_t moved = 0;

	if (lab == NULL || labyrinth_port_context() != LABYRINTH_TASK)
		return 0;
	while (moved < budget && (refill_vault(lab) || trim_vault(lab) || refill_reserve(lab)))
		moved++;
	return moved;
}
