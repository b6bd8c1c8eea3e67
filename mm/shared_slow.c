/*
 * shared_slow.c - shared blocks, the slow way: every question is asked, and every reason named.
 *
 * Idea    Whoever is refused the short way begins anew here. Nothing of what the short way has seen is believed; so
 *         only this one knows statuses, debug aids, injections and movers.
 */
#include "shared_slow.h"

#include "at_hand.h"
#include "compact.h"
#include "debug.h"
#include "inject.h"
#include "mover.h"
#include "policy.h"
#include "shred.h"

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

static inline struct page *take_at_hand(const struct labyrinth *lab, enum labyrinth_context context)
{
	struct page *page = magazine_pop(at_hand_pin(lab, context));

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

struct page *labyrinth_shared_grant(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                    enum labyrinth_context context, const void *site)
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

struct labyrinth_grant labyrinth_alloc_slowly(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                              const void *site)
{
	enum labyrinth_context context = labyrinth_port_context();
	enum labyrinth_status status = labyrinth_policy_judge(lab, gfp, order, context);
	struct page *page;

	if (status != LABYRINTH_OK)
		return (struct labyrinth_grant){ NULL, status };
	page = labyrinth_shared_grant(lab, gfp, order, context, site);
	return (struct labyrinth_grant){ page, page == NULL ? LABYRINTH_NO_MEMORY : LABYRINTH_OK };
}

/* Whoever it is allocated to next finds nothing of what was in it. Nobody else can see the block now. */
static void shred_block(struct labyrinth *lab, struct page *page, unsigned order)
{
	for (unsigned i = 0; i < 1u << order; i++)
		labyrinth_shred(lab->shredder, labyrinth_page_phys(lab, page + i));
}

/*
 * Sets a block that has a tag, and *word, to free; false if somebody else has just freed it, or moved it. The word of a
 * frame that its mover has just been given may have lost the mark of that since: it does so once.
 */
static bool loosen(struct page *page, uint64_t *word)
{
	while (!word_swap(page, *word, word_loose(*word))) {
		uint64_t now = word_load(page);

		if (!word_settles(*word, now))
			return false;
		*word = now;
	}
	return true;
}

static enum labyrinth_status release_tagged(struct labyrinth *lab, struct page *page, unsigned order, uint64_t word,
                                            const void *site)
{
	if (!loosen(page, &word))
		return LABYRINTH_NOT_ALLOCATED;
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
	word = frames_word(lab->frames, page);
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

enum labyrinth_status labyrinth_free_slowly(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
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
