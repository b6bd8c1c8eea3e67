/*
 * hog.c - a list threaded through the blocks themselves, and an owner that forgets its claims.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/inspect.h>
#include <labyrinth/page.h>

#include "hog.h"

/* In the first bytes of every shared block held. */
struct hog_block {
	struct hog_block *before;
	struct page      *page;
	unsigned          order;
};

/* Takes one block; false when it was refused. */
static bool take(struct hog *hog, labyrinth_gfp_t gfp, unsigned order)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(hog->lab, gfp, order);

	if (!grant.page) {
		if (grant.status != LABYRINTH_NO_MEMORY)
			unexpected_note(&hog->unexpected, "the hog allocates", grant.status);
		return false;
	}
	struct hog_block *block = labyrinth_page_address(hog->lab, grant.page);
	*block = (struct hog_block){ hog->last, grant.page, order };
	hog->last = block;
	hog->frames += UINT64_C(1) << order;
	return true;
}

/* What low zones protect from those who may use higher ones, too. */
static void take_memory(struct hog *hog)
{
	static const labyrinth_gfp_t zones[] = { 0, LABYRINTH_GFP_DMA32, LABYRINTH_GFP_DMA };

	for (unsigned z = 0; z < sizeof(zones) / sizeof(zones[0]); z++)
		for (unsigned order = LABYRINTH_MAX_ORDER + 1; order-- > 0;)
			while (take(hog, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_NOWARN | zones[z], order))
				;
}

static void take_reserve(struct hog *hog)
{
	while (take(hog, LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_NOWARN, 0))
		;
}

static void take_vault(struct hog *hog)
{
	struct labyrinth_claim claim = { .lab = hog->lab, .owner = hog->owner };

	do
		labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	while (claim.page);
	if (claim.status != LABYRINTH_NO_MEMORY)
		unexpected_note(&hog->unexpected, "the hog claims beyond its guarantee of 0", claim.status);
}

static struct labyrinth_stats stats_of(const struct hog *hog)
{
	struct labyrinth_stats stats;

	labyrinth_stats(hog->lab, &stats);
	return stats;
}

enum labyrinth_status hog_come(struct hog *hog, struct hog_catch *catch)
{
	static const struct labyrinth_budget budget = { "hog", 0, LABYRINTH_MAX_BUDGET, 0 };
	enum labyrinth_status status = labyrinth_owner_register(hog->lab, &budget, &hog->owner);

	if (status != LABYRINTH_OK)
		return status;
	hog->here = true;
	take_memory(hog);
	struct labyrinth_stats stats = stats_of(hog);
	uint64_t frames = hog->frames;
	take_reserve(hog);
	*catch = (struct hog_catch){ stats.free + stats.cached, stats.reserve, hog->frames - frames, stats.vault, 0 };
	take_vault(hog);
	catch->kept = stats_of(hog).vault;
	return LABYRINTH_OK;
}

void hog_eat(struct hog *hog)
{
	take_memory(hog);
	take_vault(hog);
}

static void give(struct hog *hog)
{
	struct hog_block block = *hog->last;
	enum labyrinth_status status = labyrinth_free_pages(hog->lab, block.page, block.order);

	if (status != LABYRINTH_OK)
		unexpected_note(&hog->unexpected, "the hog frees what it took", status);
	hog->last = block.before;
}

enum labyrinth_status hog_go(struct hog *hog)
{
	if (!hog->here)
		return LABYRINTH_OK;
	while (hog->last)
		give(hog);
	hog->frames = 0;
	hog->here = false;
	return labyrinth_owner_retire(hog->lab, hog->owner);
}
