/*
 * hide.c - frames are hidden in batches, and enter the vault.
 */
#include "hide.h"

#include "policy.h"
#include "vault.h"
#include "watermark.h"
#include "window.h"

/* Single frames in one batch, with one shootdown. */
#define BATCH 32u

static phys_addr_t phys_of(const struct labyrinth *lab, const struct page *page)
{
	return labyrinth_page_phys(lab, page);
}

/* Somebody may have looked meanwhile, and sleep. */
static void put(struct labyrinth *lab, struct page *page, unsigned order)
{
	labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
	policy_given(lab);
}

bool labyrinth_hide(struct labyrinth *lab, const struct page *page, unsigned order)
{
	struct isolation *iso = lab->isolation;

	if (iso->call.hide(phys_of(lab, page), order, iso->call.context))
		return true;
	atomic_fetch_add_explicit(&iso->refused, 1, memory_order_relaxed);
	return false;
}

void labyrinth_hide_flush(struct labyrinth *lab)
{
	struct isolation *iso = lab->isolation;

	atomic_fetch_add_explicit(&iso->shootdowns, 1, memory_order_relaxed);
	iso->call.flush(iso->call.context);
}

/* Hides frames until one is refused; how many. That one and those behind it go back. */
static unsigned hide_some(struct labyrinth *lab, struct page **pages, unsigned count)
{
	unsigned hidden = 0;

	while (hidden < count && labyrinth_hide(lab, pages[hidden], 0))
		hidden++;
	for (unsigned i = hidden; i < count; i++)
		put(lab, pages[i], 0);
	if (hidden > 0)
		labyrinth_hide_flush(lab);
	return hidden;
}

unsigned labyrinth_hide_enter(struct labyrinth *lab, struct page **pages, unsigned count)
{
	if (lab->isolation->on)
		count = hide_some(lab, pages, count);
	for (unsigned i = 0; i < count; i++)
		vault_push(lab->vault, pages[i]);
	return count;
}

/* ---- Where frames come from. */

struct page *labyrinth_hide_within(struct labyrinth *lab)
{
	struct page *page = NULL;

	for (unsigned z = LABYRINTH_ZONES; z-- > 0 && page == NULL;) {
		struct zone *zone = &lab->zones[z];

		if (zone_free(zone) > watermark_leave(lab->zones, zone, LABYRINTH_ZONE_NORMAL))
			page = labyrinth_zone_take_within(zone, MOBILITY_EXCLUSIVE);
		if (page != NULL)
			watermark_look(lab, zone);
	}
	return page;
}

static struct page *take_any(struct labyrinth *lab)
{
	return labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_EXCLUSIVE, ZONE_WAIT);
}

static uint64_t enter_some(struct labyrinth *lab, struct page *(*take)(struct labyrinth *lab), uint64_t most)
{
	struct page *pages[BATCH];
	unsigned n = 0;

	while (n < most && n < BATCH && (pages[n] = take(lab)) != NULL)
		n++;
	n = labyrinth_hide_enter(lab, pages, n);
	vault_earn(lab->vault, n);
	return n;
}

/* A page block, as 512 frames, the lowest of them on top. */
static bool enter_whole(struct labyrinth *lab)
{
	struct page *page;

	page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, BLOCK_ORDER, MOBILITY_EXCLUSIVE, ZONE_WAIT);
	if (page == NULL)
		return false;
	if (!labyrinth_hide(lab, page, BLOCK_ORDER)) {
		put(lab, page, BLOCK_ORDER);
		return false;
	}
	labyrinth_hide_flush(lab);
	labyrinth_zone_settle_block(zone_of(lab->zones, page), page);
	vault_push_block(lab->vault, page);
	vault_earn(lab->vault, BLOCK_FRAMES);
	return true;
}

/* The same, whatever is cheapest for a vault that is short of so many. */
static uint64_t enter_hidden(struct labyrinth *lab, uint64_t missing, uint64_t most)
{
	uint64_t entered;

	if (missing >= BLOCK_FRAMES && enter_whole(lab))
		return 1;
	entered = enter_some(lab, labyrinth_hide_within, most);
	if (entered > 0)
		return entered;
	if (missing + lab->vault->slack >= BLOCK_FRAMES && enter_whole(lab))
		return 1;
	return enter_some(lab, take_any, most);
}

uint64_t labyrinth_hide_refill(struct labyrinth *lab, uint64_t budget)
{
	uint64_t missing = labyrinth_vault_shortfall(lab->vault), most = missing < budget ? missing : budget;

	if (most == 0)
		return 0;
	return lab->isolation->on ? enter_hidden(lab, missing, most) : enter_some(lab, take_any, 1);
}
