/*
 * policy.c - shared frames: a table says what each kind of caller may do, the rest follows it.
 */
#include "policy.h"

#include <labyrinth/port.h>

#include "inject.h"
#include "magazine.h"
#include "reserve.h"

#define GFP_KINDS (LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_ATOMIC)
#define GFP_ZONES (LABYRINTH_GFP_DMA | LABYRINTH_GFP_DMA32)
#define GFP_ALL   (GFP_KINDS | GFP_ZONES | LABYRINTH_GFP_ZERO)

/* Kept out of line, so that the short way stays short. */
#define SELDOM __attribute__((noinline, cold))

static const struct rule {
	enum labyrinth_context deepest; /* context that may call            */
	enum patience          patience;
	bool                   reserve; /* draws on the reserve when the zones give nothing */
} rules[] = {
	[LABYRINTH_GFP_KERNEL >> 1] = { LABYRINTH_TASK,      ZONE_WAIT, false },
	[LABYRINTH_GFP_NOWAIT >> 1] = { LABYRINTH_INTERRUPT, ZONE_WAIT, false },
	[LABYRINTH_GFP_ATOMIC >> 1] = { LABYRINTH_NMI,       ZONE_TRY,  true  },
};

/* The rule for these flags; NULL when they name no kind or two, both zones, or a bit that nobody knows. */
static const struct rule *rule_for(labyrinth_gfp_t gfp)
{
	labyrinth_gfp_t kind = gfp & GFP_KINDS;

	if ((gfp & ~GFP_ALL) != 0 || (gfp & GFP_ZONES) == GFP_ZONES)
		return NULL;
	if (kind == 0 || (kind & (kind - 1)) != 0)
		return NULL;
	return &rules[kind >> 1]; /* 1, 2, 4 */
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

/* Single frames from any zone come from, and go to, the magazines; an NMI may have interrupted one. */
static inline bool through_magazine(const struct magazines *m, labyrinth_gfp_t gfp, unsigned order,
                                    enum labyrinth_context context)
{
	return order == 0 && (gfp & GFP_ZONES) == 0 && context != LABYRINTH_NMI && m->capacity > 0;
}

static inline struct page *take_at_hand(const struct magazines *m, enum labyrinth_context context)
{
	struct page *page = magazine_pop(magazine_of(m, labyrinth_port_pin(), context));

	labyrinth_port_unpin();
	return page;
}

static struct page *refill_and_take(struct labyrinth *lab, enum labyrinth_context context, enum patience patience)
{
	const struct magazines *m = lab->magazines;
	struct page *page = labyrinth_magazine_take(m, magazine_of(m, labyrinth_port_pin(), context), patience);

	labyrinth_port_unpin();
	return page;
}

/* Gives what this CPU has at hand to the zones, to be had there in any shape. Is that more than nothing? */
static bool drain(struct labyrinth *lab, enum labyrinth_context context, enum patience patience)
{
	uint32_t given = 0;

	if (lab->magazines->capacity > 0 && context != LABYRINTH_NMI) {
		given = labyrinth_magazines_drain(lab->magazines, labyrinth_port_pin(), context, patience);
		labyrinth_port_unpin();
	}
	return given > 0;
}

/* The reserve holds single frames from any zone. */
static struct page *reserve_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	return order == 0 && (gfp & GFP_ZONES) == 0 ? labyrinth_reserve_pop(lab->reserve) : NULL;
}

/* When nothing is at hand: the zones, then what the magazines keep from them, then the reserve. */
static SELDOM struct page *take(struct labyrinth *lab, const struct rule *rule, labyrinth_gfp_t gfp, unsigned order,
                                enum labyrinth_context context)
{
	enum labyrinth_zone from = highest_zone(gfp);
	struct page *page;

	if (through_magazine(lab->magazines, gfp, order, context))
		page = refill_and_take(lab, context, rule->patience);
	else
		page = labyrinth_zones_take(lab, from, order, MOBILITY_SHARED, rule->patience);
	if (page == NULL && drain(lab, context, rule->patience))
		page = labyrinth_zones_take(lab, from, order, MOBILITY_SHARED, rule->patience);
	if (page == NULL && rule->reserve)
		page = reserve_take(lab, gfp, order);
	return page;
}

/* What is wrong with a request, before anything is looked for. */
static inline enum labyrinth_status refusal(const struct labyrinth *lab, const struct rule *rule, unsigned order,
                                            enum labyrinth_context context)
{
	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	if (rule == NULL)
		return LABYRINTH_BAD_FLAGS;
	return context > rule->deepest ? LABYRINTH_IN_INTERRUPT : LABYRINTH_OK;
}

static inline struct page *grant(struct labyrinth *lab, const struct rule *rule, labyrinth_gfp_t gfp, unsigned order,
                                 enum labyrinth_context context)
{
	struct page *page = NULL;

	if (inject_on(lab) && labyrinth_injector_draw(lab->injector, gfp, LABYRINTH_NOBODY, false))
		return NULL;
	if (through_magazine(lab->magazines, gfp, order, context))
		page = take_at_hand(lab->magazines, context);
	if (page == NULL)
		page = take(lab, rule, gfp, order, context);
	if (page == NULL)
		return NULL;
	word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0));
	if (gfp & LABYRINTH_GFP_ZERO)
		__builtin_memset(labyrinth_page_address(lab, page), 0, (size_t)LABYRINTH_PAGE_SIZE << order);
	return page;
}

struct labyrinth_grant labyrinth_alloc_pages(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	enum labyrinth_context context = labyrinth_port_context();
	const struct rule *rule = rule_for(gfp);
	enum labyrinth_status status = refusal(lab, rule, order, context);
	struct page *page;

	if (status != LABYRINTH_OK)
		return (struct labyrinth_grant){ NULL, status };
	page = grant(lab, rule, gfp, order, context);
	return (struct labyrinth_grant){ page, page == NULL ? LABYRINTH_NO_MEMORY : LABYRINTH_OK };
}

struct labyrinth_bulk labyrinth_alloc_bulk(struct labyrinth *lab, labyrinth_gfp_t gfp, uint32_t count,
                                           struct page **pages)
{
	enum labyrinth_context context = labyrinth_port_context();
	const struct rule *rule = rule_for(gfp);
	struct labyrinth_bulk bulk = { 0, refusal(lab, rule, 0, context) };

	if (pages == NULL && count > 0)
		bulk.status = LABYRINTH_NULL_POINTER;
	while (bulk.status == LABYRINTH_OK && bulk.count < count) {
		struct page *page = grant(lab, rule, gfp, 0, context);

		if (page == NULL)
			bulk.status = LABYRINTH_NO_MEMORY;
		else
			pages[bulk.count++] = page;
	}
	return bulk;
}

enum labyrinth_status labyrinth_why_not_shared(uint64_t word, unsigned order)
{
	switch (word_state(word)) {
	case FRAME_SHARED:
		return word_order(word) == order ? LABYRINTH_OK : LABYRINTH_WRONG_ORDER;
	case FRAME_OWNED:
	case FRAME_LENT:
		return LABYRINTH_NOT_SHARED;
	case FRAME_HOLE:
		return LABYRINTH_FOREIGN_PAGE;
	default:
		return LABYRINTH_NOT_ALLOCATED;
	}
}

/* A block that nobody else can see any more, when its place is not at hand. */
static SELDOM void put(struct labyrinth *lab, struct page *page, unsigned order, enum labyrinth_context context)
{
	const struct magazines *m = lab->magazines;

	if (order == 0 && labyrinth_reserve_refill(lab->reserve, page))
		return;
	if (!through_magazine(m, 0, order, context)) {
		labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
		return;
	}
	labyrinth_magazine_put(m, magazine_of(m, labyrinth_port_pin(), context), page);
	labyrinth_port_unpin();
}

static inline bool put_at_hand(const struct magazines *m, struct page *page, enum labyrinth_context context)
{
	bool kept = magazine_keep(m, magazine_of(m, labyrinth_port_pin(), context), page);

	labyrinth_port_unpin();
	return kept;
}

/* What the word of a shared block of this order reads, but for its generation. */
static inline bool word_is_shared(uint64_t word, unsigned order)
{
	return ((word ^ word_make(FRAME_SHARED, 0, order, 0)) & word_make(15, 0, 31, 0)) == 0;
}

static inline enum labyrinth_status release(struct labyrinth *lab, struct page *page, unsigned order,
                                            enum labyrinth_context context)
{
	bool by_magazine = through_magazine(lab->magazines, 0, order, context);
	uint64_t word;

	if (page == NULL)
		return LABYRINTH_NULL_POINTER;
	if (!frames_known(lab->frames, page))
		return LABYRINTH_FOREIGN_PAGE;
	if (block_virgin(lab->frames, page_block_of(lab->frames, page)))
		return LABYRINTH_NOT_ALLOCATED;
	word = word_load(page);
	if (!word_is_shared(word, order))
		return labyrinth_why_not_shared(word, order);
	if (!word_swap(page, word, by_magazine ? word_cached(word) : word_loose(word)))
		return LABYRINTH_NOT_ALLOCATED; /* somebody else has just freed it */

	if (!by_magazine || reserve_short(lab->reserve) || !put_at_hand(lab->magazines, page, context))
		put(lab, page, order, context);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_free_pages(struct labyrinth *lab, struct page *page, unsigned order)
{
	enum labyrinth_context context = labyrinth_port_context();

	if (lab == NULL || page == NULL)
		return LABYRINTH_NULL_POINTER;
	if (context == LABYRINTH_NMI)
		return LABYRINTH_IN_INTERRUPT;
	return order > LABYRINTH_MAX_ORDER ? LABYRINTH_BAD_ORDER : release(lab, page, order, context);
}

struct labyrinth_bulk labyrinth_free_bulk(struct labyrinth *lab, struct page *const *pages, uint32_t count)
{
	enum labyrinth_context context = labyrinth_port_context();
	struct labyrinth_bulk bulk = { 0, LABYRINTH_OK };

	if (lab == NULL || (pages == NULL && count > 0))
		bulk.status = LABYRINTH_NULL_POINTER;
	else if (context == LABYRINTH_NMI)
		bulk.status = LABYRINTH_IN_INTERRUPT;
	while (bulk.status == LABYRINTH_OK && bulk.count < count) {
		bulk.status = release(lab, pages[bulk.count], 0, context);
		bulk.count += bulk.status == LABYRINTH_OK;
	}
	return bulk;
}
