/*
 * maintain.c - work kept out of interrupt handlers: what was released gets shredded, vault and reserve reach their
 * targets, zones their watermarks.
 */
#include <labyrinth/maintain.h>
#include <labyrinth/port.h>

#include "compact.h"
#include "hide.h"
#include "particular.h"
#include "policy.h"
#include "vault.h"
#include "watermark.h"
#include "window.h"

static void put(struct labyrinth *lab, struct page *page)
{
	labyrinth_zone_put(zone_of(lab->zones, page), page, 0, ZONE_WAIT);
}

/* The same for a frame that was the vault's. */
static void put_shown(struct labyrinth *lab, struct page *page)
{
	isolation_show(lab->isolation, labyrinth_page_phys(lab, page));
	put(lab, page);
}

/*
 * Promises are kept also while a frame is out to be shredded: a unit of surplus stands in for it. When there is none,
 * a free frame gets into the vault first, if there is one. A dirty frame is counted before it is there: one that is on
 * its way, by whomever this interrupts, is not waited for.
 */
static bool shred_one(struct labyrinth *lab)
{
	struct page *page;

	if (!vault_shreddable(lab->vault) || !labyrinth_vault_spend(lab->vault, 1))
		return false;
	page = labyrinth_vault_shred(lab->vault);
	if (page != NULL && !labyrinth_vault_keeps(lab->vault)) {
		put_shown(lab, page);
		return true;
	}
	if (page != NULL)
		vault_push(lab->vault, page);
	vault_earn(lab->vault, 1);
	return page != NULL;
}

/* Frames of the vault that one step compares, to find the one whose page block is the emptiest. */
#define TRIM_LOOK 8u

static unsigned free_around(struct labyrinth *lab, const struct page *page)
{
	return labyrinth_zone_free_in(zone_of(lab->zones, page), page_block_of(lab->frames, page));
}

/* Frames that the vault has too many of; how many. */
static unsigned take_excess(struct vault *v, struct page **pages)
{
	unsigned n = 0;

	while (n < TRIM_LOOK && (pages[n] = labyrinth_vault_take_excess(v, v->slack)) != NULL)
		n++;
	return n;
}

/*
 * Of what claims took from the zones and then did not need, the frame that is most likely to make a page block whole.
 * The others go back.
 */
static bool trim_vault(struct labyrinth *lab)
{
	struct page *pages[TRIM_LOOK];
	unsigned n = take_excess(lab->vault, pages), best = 0;

	for (unsigned i = 1; i < n; i++)
		if (free_around(lab, pages[i]) > free_around(lab, pages[best]))
			best = i;
	for (unsigned i = n; i-- > 0;)
		if (i != best) {
			vault_push(lab->vault, pages[i]);
			vault_earn(lab->vault, 1);
		}
	if (n > 0)
		put_shown(lab, pages[best]);
	return n > 0;
}

static bool refill_reserve(struct labyrinth *lab)
{
	return reserve_short(lab->reserve) && labyrinth_policy_feed(lab);
}

/* What it has too much of since an owner with a guarantee is gone; others may have taken from it meanwhile. */
static bool trim_reserve(struct labyrinth *lab)
{
	struct page *page;

	if (!reserve_over(lab->reserve) || (page = labyrinth_reserve_pop(lab->reserve)) == NULL)
		return false;
	if (reserve_short(lab->reserve))
		labyrinth_policy_missing(lab);
	put(lab, page);
	policy_given(lab);
	return true;
}

/* What this CPU keeps at hand and has no use for. */
static void trim_magazines(struct labyrinth *lab)
{
	uint32_t given;

	if (lab->magazines->capacity == 0)
		return;
	given = labyrinth_magazines_trim(lab->magazines, labyrinth_port_pin());
	labyrinth_port_unpin();
	if (given > 0)
		policy_given(lab);
}

/* What there is to do next; how much of the budget that took. */
static uint64_t next_step(struct labyrinth *lab, uint64_t budget)
{
	uint64_t entered;

	if (shred_one(lab))
		return 1;
	entered = labyrinth_hide_refill(lab, budget);
	if (entered > 0)
		return entered;
	return trim_vault(lab) || refill_reserve(lab) || trim_reserve(lab) ? 1 : 0;
}

/*
 * From here on who wants maintenance kicks anew. Who has just found that somebody had did so with a plain load, after
 * a step on one of these words: what it was about is seen from here on, or he sees that the bit is gone.
 */
static void come(struct labyrinth *lab)
{
	unattend(lab, ATTEND_KICKED);
	labyrinth_watermark_in_turn(lab);
	labyrinth_vault_in_turn(lab->vault);
	labyrinth_compact_in_turn(lab->compactor);
}

uint64_t labyrinth_maintain(struct labyrinth *lab, uint64_t budget)
{
	uint64_t moved = 0, step;

	if (lab == NULL || labyrinth_port_context() != LABYRINTH_TASK || !labyrinth_window_here(lab->isolation))
		return 0;
	if (attention(lab) & ATTEND_KICKED)
		come(lab);
	trim_magazines(lab);
	labyrinth_policy_settle_bad(lab);
	labyrinth_policy_settle_reserve(lab);
	while (moved < budget && (step = next_step(lab, budget - moved)) > 0)
		moved += step;
	moved += labyrinth_policy_relieve(lab, budget - moved);
	return moved + labyrinth_compact_wanted(lab, budget - moved);
}

bool labyrinth_maintenance_wanted(const struct labyrinth *lab)
{
	return lab != NULL && ((attention(lab) & (ATTEND_RESERVE | ATTEND_WAITERS | 7 * ATTEND_LOW)) != 0
	                       || labyrinth_vault_short(lab->vault) || vault_shreddable(lab->vault)
	                       || vault_over(lab->vault, lab->vault->slack)
	                       || reserve_short(lab->reserve) || reserve_over(lab->reserve)
	                       || compact_wanted(lab->compactor) || bad_count(&lab->frames->bad->spares) > 0
	                       || policy_bad_gone(lab));
}
