/*
 * debug.c - the aids at work, in the order in which a block meets them.
 */
#include "debug.h"

#include "policy.h"
#include "quarantine.h"
#include "shred.h"
#include "window.h"

const char *labyrinth_debug_kind_text(enum labyrinth_debug_kind kind)
{
	static const char *const texts[LABYRINTH_DEBUG_KINDS] = {
		"a frame was written to after it was given back",
		"the red zone before a block was written to",
		"the red zone behind a block was written to",
	};

	return (unsigned)kind < LABYRINTH_DEBUG_KINDS ? texts[kind] : "?";
}

/* ---- What was written to. */

static void *bytes_of(const struct labyrinth *lab, const struct page *page)
{
	return labyrinth_page_address(lab, page);
}

void labyrinth_debug_complain(struct labyrinth *lab, struct labyrinth_debug_report *r, const struct page *page,
                              const uint8_t *at, size_t offset)
{
	struct debug *d = lab->debug;

	r->pfn = labyrinth_frames_pfn(lab->frames, page);
	r->offset = (uint32_t)offset;
	r->found = at[offset];
	atomic_fetch_add_explicit(&d->reports, 1, memory_order_relaxed);
	d->report(r, d->context);
}

/* Compares a frame with what is on record of it. */
static void compare(struct labyrinth *lab, struct labyrinth_debug_report *r, const struct page *page,
                    const uint8_t *at)
{
	uint64_t record = labyrinth_contents_of(&lab->debug->contents, page);
	size_t offset = LABYRINTH_PAGE_SIZE;

	if (content_kind(record) == CONTENT_POISON) {
		offset = labyrinth_pattern_differs(at, LABYRINTH_PAGE_SIZE, LABYRINTH_POISON);
		r->expected = pattern_byte(LABYRINTH_POISON, offset);
	} else if (content_kind(record) == CONTENT_KEYSTREAM) {
		offset = labyrinth_shred_differs(lab->shredder, at, content_serial(record), &r->expected);
	}
	if (offset == LABYRINTH_PAGE_SIZE)
		return;
	r->last = labyrinth_trace_of(&lab->debug->trace, page);
	labyrinth_debug_complain(lab, r, page, at, offset);
}

/* ---- A block and its user. */

static struct labyrinth_debug_report written_free(const struct labyrinth *lab, const struct page *page, unsigned order,
                                                  const void *site)
{
	return (struct labyrinth_debug_report){
		.kind  = LABYRINTH_DEBUG_WRITTEN_FREE,
		.block = labyrinth_frames_pfn(lab->frames, page),
		.order = order,
		.site  = (uintptr_t)site,
	};
}

/* From now on anything may be in it. */
static void taken(struct labyrinth *lab, const struct page *page, unsigned order, const void *site)
{
	labyrinth_contents_note(&lab->debug->contents, page, order, CONTENT_ANY);
	labyrinth_trace_note(&lab->debug->trace, page, order, TRACE_TAKEN, site);
}

void labyrinth_debug_grant(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
{
	struct labyrinth_debug_report r = written_free(lab, page, order, site);

	labyrinth_contents_show(&lab->debug->contents, page, order);
	for (size_t i = 0; i < (size_t)1 << order; i++)
		compare(lab, &r, page + i, bytes_of(lab, page + i));
	taken(lab, page, order, site);
}

void labyrinth_debug_claim(struct labyrinth *lab, struct page *page, const void *site)
{
	struct labyrinth_debug_report r = written_free(lab, page, 0, site);
	unsigned slot;

	if (!lab->isolation->on) {
		labyrinth_debug_grant(lab, page, 0, site);
		return;
	}
	compare(lab, &r, page, labyrinth_window_open(lab->isolation, labyrinth_page_phys(lab, page), &slot));
	labyrinth_window_close(lab->isolation, slot);
	taken(lab, page, 0, site);
}

void labyrinth_debug_return(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
{
	struct debug *d = lab->debug;

	labyrinth_trace_note(&d->trace, page, order, TRACE_GIVEN, site);
	if (d->aids & LABYRINTH_DEBUG_POISON) {
		for (size_t i = 0; i < (size_t)1 << order; i++)
			labyrinth_pattern_fill(bytes_of(lab, page + i), LABYRINTH_PAGE_SIZE, LABYRINTH_POISON);
		labyrinth_contents_note(&d->contents, page, order, CONTENT_POISON);
	}
	labyrinth_contents_hide(&d->contents, page, order);
}

void labyrinth_debug_release(struct labyrinth *lab, struct page *page, const void *site)
{
	labyrinth_trace_note(&lab->debug->trace, page, 0, TRACE_GIVEN, site);
	labyrinth_contents_hide(&lab->debug->contents, page, 0);
}

void labyrinth_debug_offer(struct labyrinth *lab, const struct page *from, struct page *to, const void *site)
{
	labyrinth_debug_grant(lab, to, 0, site);
	labyrinth_trace_follow(&lab->debug->trace, from, to);
}

void labyrinth_debug_pass(struct labyrinth *lab, struct page *page, const void *site)
{
	labyrinth_trace_note(&lab->debug->trace, page, 0, TRACE_TAKEN, site);
}

/* ---- Shared blocks. */

struct page *labyrinth_debug_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                  enum labyrinth_context context, const void *site)
{
	struct page *page = labyrinth_fence_take(lab, gfp, order, site);

	if (page != NULL)
		return page;
	page = labyrinth_policy_take(lab, gfp, order, context);
	if (page != NULL)
		labyrinth_debug_grant(lab, page, order, site);
	return page;
}

/*
 * The reserve is refilled and sleepers are served before anything else. Who goes to sleep after the look has this block
 * if he is woken; and the one that it sends home has come back to a zone.
 */
static bool quarantined(struct labyrinth *lab, struct page *page, unsigned order)
{
	if (lab->quarantine == NULL || (attention(lab) & (ATTEND_RESERVE | ATTEND_WAITERS))
	    || !labyrinth_quarantine_enter(lab->quarantine, page, order, ZONE_WAIT))
		return false;
	policy_given(lab);
	return true;
}

/* The block that goes back, with the red zones that were around it; NULL when it waits in the quarantine. */
static struct page *take_back(struct labyrinth *lab, struct page *page, unsigned *order, const void *site)
{
	word_store(page, word_loose(word_load(page)));
	if (fenced(lab->frames, page, *order)) {
		labyrinth_fence_end(lab, page, *order, site);
		page -= fence_offset(*order);
		*order = fence_order(*order);
	}
	labyrinth_debug_return(lab, page, *order, site);
	return quarantined(lab, page, *order) ? NULL : page;
}

void labyrinth_debug_put_tagged(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
{
	page = take_back(lab, page, &order, site);
	if (page != NULL)
		labyrinth_policy_put_tagged(lab, page, order);
}

void labyrinth_debug_put(struct labyrinth *lab, struct page *page, unsigned order, enum labyrinth_context context,
                         const void *site)
{
	page = take_back(lab, page, &order, site);
	if (page == NULL)
		return;
	if (policy_at_hand(lab->magazines, 0, order, context))
		word_store(page, word_cached(word_load(page)));
	labyrinth_policy_put(lab, page, order, context);
}

static void put_in_zone(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
{
	labyrinth_debug_return(lab, page, order, site);
	labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
	policy_given(lab);
}

void labyrinth_debug_unfence(struct labyrinth *lab, struct page *page, unsigned order, const void *site)
{
	labyrinth_trace_note(&lab->debug->trace, page, order, TRACE_TAKEN, site);
	if (!fenced(lab->frames, page, order))
		return;
	labyrinth_fence_end(lab, page, order, site);
	put_in_zone(lab, page - fence_offset(order), order, site);
	put_in_zone(lab, page + fence_offset(order), order + 1, site);
}

/* ---- Questions. */

enum labyrinth_status labyrinth_debug_last(const struct labyrinth *lab, const struct page *page,
                                           struct labyrinth_debug_trace *out)
{
	if (lab == NULL || page == NULL || out == NULL)
		return LABYRINTH_NULL_POINTER;
	if (lab->debug == NULL || lab->debug->trace.record == NULL)
		return LABYRINTH_NOT_ENABLED;
	if (!labyrinth_page_known(lab, page))
		return LABYRINTH_FOREIGN_PAGE;
	*out = labyrinth_trace_of(&lab->debug->trace, page);
	return LABYRINTH_OK;
}

uint64_t labyrinth_debug_reports(const struct labyrinth *lab)
{
	if (lab == NULL || lab->debug == NULL)
		return 0;
	return atomic_load_explicit(&lab->debug->reports, memory_order_relaxed);
}

uint32_t labyrinth_debug_now(const struct labyrinth *lab)
{
	if (lab == NULL || lab->debug == NULL)
		return 0;
	return atomic_load_explicit(&lab->debug->trace.sequence, memory_order_relaxed);
}
