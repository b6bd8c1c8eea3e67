/*
 * fill.c - takes single frames until there are none, gives some of them back.
 */
#include <labyrinth/inspect.h>
#include <labyrinth/page.h>

#include "bench/fill.h"
#include "cmdline.h"

#define GFP (LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_NOWARN)

/* What low zones protect from those who may use higher ones, too. */
static const labyrinth_gfp_t zones[] = { 0, LABYRINTH_GFP_DMA32, LABYRINTH_GFP_DMA };

static bool open_list(struct fill *fill)
{
	struct labyrinth_stats stats;
	struct labyrinth_grant grant;

	labyrinth_stats(fill->lab, &stats);
	while ((LABYRINTH_PAGE_SIZE << fill->order) < stats.usable * sizeof(fill->held[0]))
		fill->order++;
	grant = labyrinth_alloc_pages(fill->lab, LABYRINTH_GFP_KERNEL, fill->order);
	fill->list = grant.page;
	fill->held = grant.page != NULL ? labyrinth_page_address(fill->lab, grant.page) : NULL;
	return grant.page != NULL;
}

static void take_all(struct fill *fill)
{
	for (unsigned z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		struct labyrinth_grant grant;

		while ((grant = labyrinth_alloc_pages(fill->lab, GFP | zones[z], 0)).page != NULL)
			fill->held[fill->count++] = grant.page;
	}
}

/* A linear congruential generator: the same choice in every run. */
static uint64_t below(uint64_t *state, uint64_t most)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*state >> 33) % most;
}

static void give_some(struct fill *fill, uint64_t frames)
{
	uint64_t state = 1;

	for (; frames > 0 && fill->count > 0; frames--) {
		uint64_t i = below(&state, fill->count);

		(void)labyrinth_free_pages(fill->lab, fill->held[i], 0);
		fill->held[i] = fill->held[--fill->count];
	}
}

const char *fill_take(struct fill *fill, struct labyrinth *lab, const char *state)
{
	*fill = (struct fill){ .lab = lab };
	if (word_is(state, "empty"))
		return NULL;
	if (!word_is(state, "half") && !word_is(state, "full"))
		return "fill= is none of empty, half, full";
	if (!open_list(fill))
		return "there is no memory for a list of all frames";
	take_all(fill);
	give_some(fill, word_is(state, "half") ? fill->count / 2 : FILL_LEFT);
	return NULL;
}

void fill_give(struct fill *fill)
{
	while (fill->count > 0)
		(void)labyrinth_free_pages(fill->lab, fill->held[--fill->count], 0);
	if (fill->list != NULL)
		(void)labyrinth_free_pages(fill->lab, fill->list, fill->order);
}
