/*
 * policy.c - shared frames: a table says what each kind of caller may do, the rest follows it.
 */
#include "policy.h"

#include <labyrinth/port.h>

#include "inject.h"
#include "reserve.h"

#define GFP_KINDS (LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_ATOMIC)
#define GFP_ZONES (LABYRINTH_GFP_DMA | LABYRINTH_GFP_DMA32)
#define GFP_ALL   (GFP_KINDS | GFP_ZONES | LABYRINTH_GFP_ZERO)

static const struct rule {
	labyrinth_gfp_t        kind;
	enum labyrinth_context deepest; /* context that may call            */
	enum patience          patience;
	bool                   reserve; /* draws on the reserve when the zones give nothing */
} rules[] = {
	{ LABYRINTH_GFP_KERNEL, LABYRINTH_TASK,      ZONE_WAIT, false },
	{ LABYRINTH_GFP_NOWAIT, LABYRINTH_INTERRUPT, ZONE_WAIT, false },
	{ LABYRINTH_GFP_ATOMIC, LABYRINTH_NMI,       ZONE_TRY,  true  },
};

/* The rule for these flags; NULL when they name no kind or two, both zones, or a bit that nobody knows. */
static const struct rule *rule_for(labyrinth_gfp_t gfp)
{
	if ((gfp & ~GFP_ALL) != 0 || (gfp & GFP_ZONES) == GFP_ZONES)
		return NULL;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((gfp & GFP_KINDS) == rules[i].kind)
			return &rules[i];
	return NULL;
}

static enum labyrinth_zone highest_zone(labyrinth_gfp_t gfp)
{
	if (gfp & LABYRINTH_GFP_DMA)
		return LABYRINTH_ZONE_DMA;
	return gfp & LABYRINTH_GFP_DMA32 ? LABYRINTH_ZONE_DMA32 : LABYRINTH_ZONE_NORMAL;
}

struct page *labyrinth_zones_take(struct labyrinth *lab, enum labyrinth_zone from, unsigned order,
                                  enum mobility mobility, enum patience patience)
{
	for (unsigned z = (unsigned)from + 1; z-- > 0;) {
		struct page *page = labyrinth_zone_take(&lab->zones[z], order, mobility, patience);

		if (page != NULL)
			return page;
	}
	return NULL;
}

/* The reserve holds single frames from any zone. */
static struct page *reserve_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	return order == 0 && (gfp & GFP_ZONES) == 0 ? labyrinth_reserve_pop(lab->reserve) : NULL;
}

static struct labyrinth_grant refused(enum labyrinth_status why)
{
	return (struct labyrinth_grant){ NULL, why };
}

struct labyrinth_grant labyrinth_alloc_pages(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	const struct rule *rule = rule_for(gfp);
	struct page *page;

	if (lab == NULL)
		return refused(LABYRINTH_NULL_POINTER);
	if (order > LABYRINTH_MAX_ORDER)
		return refused(LABYRINTH_BAD_ORDER);
	if (rule == NULL)
		return refused(LABYRINTH_BAD_FLAGS);
	if (labyrinth_port_context() > rule->deepest)
		return refused(LABYRINTH_IN_INTERRUPT);

	if (inject_on(lab) && labyrinth_injector_draw(lab->injector, gfp, LABYRINTH_NOBODY, false))
		return refused(LABYRINTH_NO_MEMORY);
	page = labyrinth_zones_take(lab, highest_zone(gfp), order, MOBILITY_SHARED, rule->patience);
	if (page == NULL && rule->reserve)
		page = reserve_take(lab, gfp, order);
	if (page == NULL)
		return refused(LABYRINTH_NO_MEMORY);

	word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0));
	if (gfp & LABYRINTH_GFP_ZERO)
		__builtin_memset(labyrinth_page_address(lab, page), 0, (size_t)LABYRINTH_PAGE_SIZE << order);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

/* Why a word is not that of a block shared with this order. */
static enum labyrinth_status why_not_shared(uint64_t word)
{
	switch (word_state(word)) {
	case FRAME_SHARED:
		return LABYRINTH_WRONG_ORDER;
	case FRAME_OWNED:
	case FRAME_LENT:
		return LABYRINTH_NOT_SHARED;
	case FRAME_HOLE:
		return LABYRINTH_FOREIGN_PAGE;
	default:
		return LABYRINTH_NOT_ALLOCATED;
	}
}

enum labyrinth_status labyrinth_free_pages(struct labyrinth *lab, struct page *page, unsigned order)
{
	uint64_t word;

	if (lab == NULL || page == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() == LABYRINTH_NMI)
		return LABYRINTH_IN_INTERRUPT;
	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	if (!labyrinth_frames_known(lab->frames, page))
		return LABYRINTH_FOREIGN_PAGE;
	if (block_virgin(lab->frames, page_block_of(lab->frames, page)))
		return LABYRINTH_NOT_ALLOCATED;

	word = word_load(page);
	if (word_state(word) != FRAME_SHARED || word_order(word) != order)
		return why_not_shared(word);
	if (!word_swap(page, word, word_loose(word)))
		return LABYRINTH_NOT_ALLOCATED; /* somebody else has just freed it */

	if (order != 0 || !labyrinth_reserve_refill(lab->reserve, page))
		labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
	return LABYRINTH_OK;
}
