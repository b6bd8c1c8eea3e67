/*
 * shared.c - shared frames: take and give back.
 *
 * Idea    The short way first: a frame at hand on this CPU, one store or one compare-and-swap of its word, no lock. It
 *         is taken when nothing is out of the ordinary, which a few comparisons tell; otherwise the slow way begins
 *         anew and asks every question by itself. So only one of them names reasons.
 */
#include "shared.h"

#include <labyrinth/port.h>

#include "compact.h"
#include "debug.h"
#include "inject.h"
#include "mover.h"
#include "policy.h"
#include "shred.h"
#include "watermark.h"

#define RARELY(condition) __builtin_expect(!!(condition), 0)
#define SITE              __builtin_return_address(0)
#define SLOW_WAY          __attribute__((noinline, cold))

/* A CPU that the configuration does not count gets a front end from which nothing is had: the slow way says so. */
static inline struct magazine *pin(const struct labyrinth *lab, enum labyrinth_context context)
{
	unsigned cpu = labyrinth_port_pin();

	if (RARELY(cpu >= lab->magazines->cpus))
		return magazine_of(lab->magazines->at, 0, LABYRINTH_NMI);
	return magazine_of(lab->magazines->at, cpu, context);
}

/* May this be had from this magazine? */
static inline bool serves(const struct magazine *own, labyrinth_gfp_t gfp)
{
	return gfp < 8 && (own->kinds >> gfp & 1) != 0;
}

/* Likewise; then it is what is asked for first next time. */
static inline bool kind_at_hand(struct magazine *own, labyrinth_gfp_t gfp)
{
	if (!serves(own, gfp))
		return false;
	own->usual = gfp;
	return true;
}

static inline struct page *take_at_hand(const struct labyrinth *lab, enum labyrinth_context context)
{
	struct page *page = magazine_pop(pin(lab, context));

	labyrinth_port_unpin();
	return page;
}

static inline void mark_shared(struct page *page, unsigned order, labyrinth_gfp_t gfp)
{
	word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, policy_tag(gfp))
	                 | (gfp & LABYRINTH_GFP_SHRED ? WORD_SHRED : 0));
}

static struct page *take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, enum labyrinth_context context)
{
	struct page *page = NULL;

	if (policy_at_hand(lab->magazines, gfp, order, context))
		do
			page = take_at_hand(lab, context);
		while (page != NULL && bad_any(lab->frames) && labyrinth_bad_leave(lab->frames, page));
	return page != NULL ? page : labyrinth_policy_take(lab, gfp, order, context);
}

static struct page *get(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, enum labyrinth_context context,
                        const void *site)
{
	return debug_on(lab) ? labyrinth_debug_take(lab, gfp, order, context, site) : take(lab, gfp, order, context);
}

/* What movers can make room for need not be reclaimed or waited for. */
static struct page *find(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, enum labyrinth_context context,
                         const void *site)
{
	labyrinth_gfp_t at_once = (gfp & ~GFP_KINDS) | LABYRINTH_GFP_NOWAIT;
	struct page *page;

	if (order > 0 && (gfp & LABYRINTH_GFP_KERNEL) && movers_any(lab->movers)) {
		page = get(lab, at_once, order, context, site);
		if (page != NULL)
			return page;
		labyrinth_compact_for_request(lab, gfp, order);
	}
	page = get(lab, gfp, order, context, site);
	if (page == NULL && order > 0 && !(gfp & LABYRINTH_GFP_KERNEL) && movers_any(lab->movers))
		labyrinth_compact_later(lab, order);
	return page;
}

/* A block for a request that has been judged; NULL when there is none. */
static struct page *grant(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, enum labyrinth_context context,
                          const void *site)
{
	struct page *page;

	if (inject_on(lab) && labyrinth_injector_draw(lab->injector, gfp, LABYRINTH_NOBODY, false))
		return labyrinth_policy_refuse(lab, gfp, order);
	page = find(lab, gfp, order, context, site);
	if (page == NULL)
		return labyrinth_policy_refuse(lab, gfp, order);
	mark_shared(page, order, gfp);
	if (gfp & LABYRINTH_GFP_ZERO)
		__builtin_memset(labyrinth_page_address(lab, page), 0, (size_t)LABYRINTH_PAGE_SIZE << order);
	return page;
}

/* A frame of this CPU's own, after a refill if need be: out of which zone. */
static inline struct page *pop(struct labyrinth *lab, struct magazine *own, labyrinth_gfp_t gfp, struct zone **from)
{
	struct page *page = magazine_pop(own);

	if (page != NULL)
		return page;
	*from = labyrinth_magazine_refill(lab->magazines, own, labyrinth_policy_patience(gfp));
	return *from != NULL ? magazine_pop(own) : NULL;
}

/* site: who called, for the debug aids; taken by the public call. */
SLOW_WAY static struct labyrinth_grant alloc_slowly(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                                    const void *site)
{
	enum labyrinth_context context = labyrinth_port_context();
	enum labyrinth_status status = labyrinth_policy_judge(lab, gfp, order, context);
	struct page *page;

	if (status != LABYRINTH_OK)
		return (struct labyrinth_grant){ NULL, status };
	page = grant(lab, gfp, order, context, site);
	return (struct labyrinth_grant){ page, page == NULL ? LABYRINTH_NO_MEMORY : LABYRINTH_OK };
}

/*
 * A frame for a request that need not be the usual one, after a refill if need be, when nothing is out of the ordinary.
 * On this front end's CPU, which it lets go of.
 */
static __attribute__((noinline)) struct labyrinth_grant alloc_farther(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                                                      struct magazine *own, const void *site)
{
	struct page *page = NULL;
	struct zone *from = NULL;

	if (kind_at_hand(own, gfp))
		page = pop(lab, own, gfp, &from);
	labyrinth_port_unpin();
	if (page == NULL)
		return alloc_slowly(lab, gfp, 0, site);
	if (from != NULL)
		watermark_look(lab, from);
	word_flip(page, FRAME_CACHED ^ FRAME_SHARED);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

/* An ordinary block from the zones; or NULL. */
static struct page *take_block(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct page *page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, order, MOBILITY_SHARED,
	                                         labyrinth_policy_patience(gfp));

	if (page != NULL)
		word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0));
	return page;
}

/* An ordinary block that is not at hand, of an order that could be; or NULL. Lets go of the front end's CPU. */
static struct page *fetch_block(struct labyrinth *lab, struct magazine *own, labyrinth_gfp_t gfp, unsigned order)
{
	struct page *page = labyrinth_magazine_fetch(lab->magazines, own, order, labyrinth_policy_patience(gfp));

	labyrinth_port_unpin();
	if (page != NULL) {
		word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), order, 0));
		watermark_look(lab, zone_of(lab->zones, page));
	}
	return page;
}

/* A block at hand, or NULL. */
static inline struct page *pop_block(struct magazine *own, unsigned order)
{
	if (order == BLOCK_ORDER)
		return magazine_pop_large(own);
	return shelf_keeps(order) ? shelf_pop(magazine_shelf(own, order)) : NULL;
}

/* When there is none. Lets go of the front end's CPU. */
static __attribute__((noinline)) struct labyrinth_grant bring_block(struct labyrinth *lab, struct magazine *own,
                                                                    labyrinth_gfp_t gfp, unsigned order,
                                                                    const void *site)
{
	struct page *page = NULL;

	if (shelf_keeps(order)) {
		page = fetch_block(lab, own, gfp, order);
	} else {
		labyrinth_port_unpin();
		if (order <= LABYRINTH_MAX_ORDER)
			page = take_block(lab, gfp, order);
	}
	return page != NULL ? (struct labyrinth_grant){ page, LABYRINTH_OK } : alloc_slowly(lab, gfp, order, site);
}

/* The short way for an order above 0: at hand, or from the zones. On this front end's CPU, which it lets go of. */
static __attribute__((noinline)) struct labyrinth_grant alloc_block(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                                                    unsigned order, uint64_t place, const void *site)
{
	struct page *page;

	if (lab == NULL || attention_stops_at(lab, place) != 0 || !serves(instance_front(lab, place), gfp)) {
		labyrinth_port_unpin();
		return alloc_slowly(lab, gfp, order, site);
	}
	page = pop_block(instance_front(lab, place), order);
	if (page == NULL)
		return bring_block(lab, instance_front(lab, place), gfp, order, site);
	labyrinth_port_unpin();
	word_flip(page, FRAME_CACHED ^ FRAME_SHARED);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

struct labyrinth_grant labyrinth_alloc_pages(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	uint64_t place = instance_place(labyrinth_port_pin(), labyrinth_port_context());
	struct magazine *own;
	struct page *page, **top;

	if (RARELY(lab == NULL || (order | attention_stops_at(lab, place)) != 0)) {
		if (order != 0)
			return alloc_block(lab, gfp, order, place, SITE);
		labyrinth_port_unpin();
		return alloc_slowly(lab, gfp, order, SITE);
	}
	own = instance_front(lab, place);
	top = magazine_top(own);
	page = top[-1];
	if (RARELY(page == NULL || own->usual != gfp))
		return alloc_farther(lab, gfp, own, SITE);
	magazine_set_top(own, top - 1);
	labyrinth_port_unpin();
	word_flip(page, FRAME_CACHED ^ FRAME_SHARED);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

/* What is at hand for so many frames, all in one go; how many that were. */
static uint32_t alloc_at_hand(const struct labyrinth *lab, labyrinth_gfp_t gfp, enum labyrinth_context context,
                              uint32_t count, struct page **pages)
{
	struct magazine *own = pin(lab, context);
	struct page **top = magazine_top(own);
	uint32_t taken = 0;

	if (kind_at_hand(own, gfp)) {
		taken = magazine_count(own) < count ? magazine_count(own) : count;
		magazine_set_top(own, top - taken);
		for (uint32_t i = 0; i < taken; i++) {
			struct page *page = pages[i] = *--top;

			word_flip(page, FRAME_CACHED ^ FRAME_SHARED);
		}
	}
	labyrinth_port_unpin();
	return taken;
}

struct labyrinth_bulk labyrinth_alloc_bulk(struct labyrinth *lab, labyrinth_gfp_t gfp, uint32_t count,
                                           struct page **pages)
{
	enum labyrinth_context context = labyrinth_port_context();
	struct labyrinth_bulk bulk = { 0, labyrinth_policy_judge(lab, gfp, 0, context) };

	if (pages == NULL && count > 0)
		bulk.status = LABYRINTH_NULL_POINTER;
	while (bulk.status == LABYRINTH_OK && bulk.count < count) {
		struct page *page;

		if (!attention_stops(lab))
			bulk.count += alloc_at_hand(lab, gfp, context, count - bulk.count, pages + bulk.count);
		if (bulk.count == count)
			break;
		page = grant(lab, gfp, 0, context, SITE); /* brings more with it */
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
	case FRAME_MAPPED:
		return LABYRINTH_NOT_SHARED;
	case FRAME_HOLE:
		return LABYRINTH_FOREIGN_PAGE;
	default:
		return LABYRINTH_NOT_ALLOCATED;
	}
}

/* Whoever it is allocated to next finds nothing of what was in it. Nobody else can see the block now. */
static void shred_block(struct labyrinth *lab, struct page *page, unsigned order)
{
	for (unsigned i = 0; i < 1u << order; i++)
		labyrinth_shred(lab->shredder, labyrinth_page_phys(lab, page + i));
}

/* A block that has a tag, and this word. */
static enum labyrinth_status release_tagged(struct labyrinth *lab, struct page *page, unsigned order, uint64_t word,
                                            const void *site)
{
	if (!word_swap(page, word, word_loose(word)))
		return LABYRINTH_NOT_ALLOCATED; /* somebody else has just freed it, or moved it */
	labyrinth_mover_untag(lab->movers, lab->frames, page, word_tag(word));
	if (word & WORD_SHRED)
		shred_block(lab, page, order);
	if (debug_on(lab))
		labyrinth_debug_put_tagged(lab, page, order, site);
	else
		labyrinth_policy_put_tagged(lab, page, order);
	return LABYRINTH_OK;
}

static enum labyrinth_status release(struct labyrinth *lab, struct page *page, unsigned order,
                                     enum labyrinth_context context, const void *site)
{
	bool by_magazine = policy_at_hand(lab->magazines, 0, order, context);
	enum labyrinth_status status;
	uint64_t word;

	if (page == NULL)
		return LABYRINTH_NULL_POINTER;
	if (!frames_known(lab->frames, page))
		return LABYRINTH_FOREIGN_PAGE;
	if (!frames_settled(lab->frames, page))
		return LABYRINTH_NOT_ALLOCATED;
	word = word_load(page);
	status = labyrinth_why_not_shared(word, order);
	if (status != LABYRINTH_OK)
		return status;
	if (word_tag(word) != 0)
		return release_tagged(lab, page, order, word, site);
	if (!word_swap(page, word, by_magazine ? word_cached(word) : word_loose(word)))
		return LABYRINTH_NOT_ALLOCATED; /* somebody else has just freed it */
	if (word & WORD_SHRED)
		shred_block(lab, page, order);
	if (debug_on(lab))
		labyrinth_debug_put(lab, page, order, context, site);
	else
		labyrinth_policy_put(lab, page, order, context);
	return LABYRINTH_OK;
}

SLOW_WAY static enum labyrinth_status free_slowly(struct labyrinth *lab, struct page *page, unsigned order,
                                                  const void *site)
{
	enum labyrinth_context context = labyrinth_port_context();

	if (lab == NULL || page == NULL)
		return LABYRINTH_NULL_POINTER;
	if (context == LABYRINTH_NMI)
		return LABYRINTH_IN_INTERRUPT;
	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	if (policy_astray(lab, context))
		return LABYRINTH_BAD_CPU;
	return release(lab, page, order, context, site);
}

/* Sets a shared single frame to CACHED; false, and nothing done, if that is not what it is. */
static inline __attribute__((always_inline)) bool retract(struct page *page, const struct magazine *own)
{
	uint64_t single = word_single(word_load(page));

#ifdef LABYRINTH_UNCHECKED /* for `make bench`: what the comparison costs */
	word_store(page, single + FRAME_CACHED);
	return true;
#endif
	if (RARELY(own->alone)) {
		if (!word_swap_alone(page, single, single + FRAME_CACHED))
			return false;
	} else if (RARELY(!word_swap(page, single, single + FRAME_CACHED))) {
		return false;
	}
	return true;
}

/* Sets a shared block to what is kept at hand, or to free; false, and nothing done, if that is not what it is. */
static inline bool retract_block(struct magazine *own, struct page *page, unsigned order, bool keep)
{
	uint64_t word = word_load(page), next = keep ? word ^ FRAME_SHARED ^ FRAME_CACHED : word_loose(word);

	if (word != word_make(FRAME_SHARED, word_generation(word), order, 0))
		return false;
	return own->alone ? word_swap_alone(page, word, next) : word_swap(page, word, next);
}

/* Is there room for a block of this order, and is it worth keeping? */
static inline bool wants_block(struct magazine *own, const struct page *page, unsigned order)
{
	if (shelf_keeps(order))
		return shelf_wants(magazine_shelf(own, order), page, order);
	return order == BLOCK_ORDER && magazine_wants_large(own);
}

static inline void keep_block(struct magazine *own, struct page *page, unsigned order)
{
	if (order == BLOCK_ORDER)
		magazine_set_large(own, page);
	else
		shelf_push(magazine_shelf(own, order), page);
}

/* A block that reads FREE, to its zone. */
static __attribute__((noinline)) enum labyrinth_status give_block(struct labyrinth *lab, struct page *page,
                                                                  unsigned order)
{
	labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
	policy_given(lab);
	return LABYRINTH_OK;
}

/* The short way for an order above 0: kept at hand, or to its zone. As alloc_block(). */
static __attribute__((noinline)) enum labyrinth_status free_block(struct labyrinth *lab, struct page *page,
                                                                  unsigned order, uint64_t place, const void *site)
{
	struct magazine *own = instance_front(lab, place);
	bool done = false, keep = false;

	if (lab != NULL && attention_stops_at(lab, place) == 0 && own->kinds != 0 && order <= LABYRINTH_MAX_ORDER
	    && frames_written(lab->frames, page)) {
		keep = wants_block(own, page, order);
		done = retract_block(own, page, order, keep);
	}
	if (done && keep)
		keep_block(own, page, order);
	labyrinth_port_unpin();
	if (!done)
		return free_slowly(lab, page, order, site);
	return keep ? LABYRINTH_OK : give_block(lab, page, order);
}

/*
 * A frame that is out of sight, one that the magazine does not want, or nothing of the kind. On this front end's CPU,
 * which it lets go of.
 */
static __attribute__((noinline)) enum labyrinth_status free_farther(struct labyrinth *lab, struct page *page,
                                                                    struct magazine *own, const void *site)
{
	bool given = false;

	if (RARELY(own->kinds == 0 || !frames_written(lab->frames, page) || !retract(page, own))) {
		labyrinth_port_unpin();
		return free_slowly(lab, page, 0, site);
	}
	if (magazine_wants(own, page)) {
		if (!magazine_knows(own, page))
			labyrinth_magazine_look(own, lab->frames, page);
		magazine_push(own, page);
	} else {
		given = magazine_put(lab->magazines, own, page);
	}
	labyrinth_port_unpin();
	if (given)
		policy_given(lab);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_free_pages(struct labyrinth *lab, struct page *page, unsigned order)
{
	uint64_t place = instance_place(labyrinth_port_pin(), labyrinth_port_context());
	struct magazine *own;
	struct page **top;

	if (RARELY(lab == NULL || (order | attention_stops_at(lab, place)) != 0)) {
		if (order != 0)
			return free_block(lab, page, order, place, SITE);
		labyrinth_port_unpin();
		return free_slowly(lab, page, order, SITE);
	}
	own = instance_front(lab, place);
	top = magazine_top(own);
	if (RARELY(!magazine_sees(own, page) || top == own->end || !retract(page, own)))
		return free_farther(lab, page, own, SITE);
	magazine_set_top(own, top + 1);
	*top = page;
	labyrinth_port_unpin();
	return LABYRINTH_OK;
}

/* Gives the first pages back for as long as the magazine wants them; how many. */
static uint32_t free_at_hand(const struct labyrinth *lab, enum labyrinth_context context, struct page *const *pages,
                             uint32_t count)
{
	struct magazine *own = pin(lab, context);
	uint32_t given = 0;

	for (; given < count && magazine_top(own) != own->end && magazine_sees(own, pages[given]); given++) {
		if (!retract(pages[given], own))
			break;
		magazine_push(own, pages[given]);
	}
	labyrinth_port_unpin();
	return given;
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
		bool stop = attention_stops(lab) != 0;

		if (!stop)
			bulk.count += free_at_hand(lab, context, pages + bulk.count, count - bulk.count);
		if (bulk.count == count)
			break;
		bulk.status = stop ? free_slowly(lab, pages[bulk.count], 0, SITE)
		                   : free_farther(lab, pages[bulk.count], pin(lab, context), SITE);
		bulk.count += bulk.status == LABYRINTH_OK;
	}
	return bulk;
}
