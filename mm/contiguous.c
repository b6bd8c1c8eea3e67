/*
 * contiguous.c - ranges of frames with a limit, an alignment and a boundary.
 *
 * Idea    Most ranges are no more than a block of the next power of two, which the trees find at once. For the others,
 *         search for the lowest place where all frames are free; then take them, all or none, under the lock. If one
 *         has gone meanwhile, look on.
 * Writes  Through zone and span.
 */
#include <labyrinth/contiguous.h>
#include <labyrinth/port.h>

#include "compact.h"
#include "debug.h"
#include "inject.h"
#include "particular.h"
#include "policy.h"
#include "search.h"
#include "span.h"
#include "watermark.h"

#define MOST_TRIES  16u
#define NO_END      (UINT64_C(1) << 52) /* above all frames, and still a number to calculate with */

#define GFP_CONTIGUOUS (LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_ZERO | GFP_ZONES \
                        | LABYRINTH_GFP_SHRED | LABYRINTH_GFP_NOWARN)

/* A request under way. */
struct quest {
	struct labyrinth           *lab;
	labyrinth_gfp_t             gfp;
	struct labyrinth_contiguous want;
	struct search               search;
	enum labyrinth_zone         from;  /* the highest zone below the limit            */
	unsigned                    tries; /* places that others may still take before us */
	const void                 *site;
};

static bool power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* The first frame above a zone. */
static uint64_t zone_end(enum labyrinth_zone zone)
{
	uint64_t blocks = labyrinth_zone_limit(zone);

	return blocks < NO_END / BLOCK_FRAMES ? blocks * BLOCK_FRAMES : NO_END;
}

/* The flags are a limit, too. */
static uint64_t end_of(labyrinth_gfp_t gfp, pfn_t limit)
{
	uint64_t end = zone_end(policy_highest_zone(gfp));

	return limit.n < end ? limit.n + 1 : end;
}

static enum labyrinth_status judge(const struct labyrinth *lab, labyrinth_gfp_t gfp,
                                   const struct labyrinth_contiguous *want)
{
	enum labyrinth_status status;

	if (lab == NULL || want == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	status = gfp & ~GFP_CONTIGUOUS ? LABYRINTH_BAD_FLAGS : labyrinth_policy_judge(lab, gfp, 0, LABYRINTH_TASK);
	if (status != LABYRINTH_OK)
		return status;
	if (want->frames == 0 || want->frames > SPAN_MOST)
		return LABYRINTH_BAD_COUNT;
	if (!power_of_two(want->alignment) || (want->boundary != 0 && !power_of_two(want->boundary))
	    || (want->boundary != 0 && want->boundary < want->frames) || end_of(gfp, want->limit) < want->frames)
		return LABYRINTH_BAD_CONSTRAINT;
	return LABYRINTH_OK;
}

static struct page *take_in_run(struct quest *q, struct zone *zone, const struct run *r)
{
	uint64_t rest = watermark_leave(q->lab->zones, zone, q->from);

	while (q->tries > 0 && labyrinth_search_run(&q->search, zone, r)) {
		block_t b = { r->first + (uint32_t)(q->search.place / BLOCK_FRAMES - r->at) };
		struct page *page = block_page(zone->frames, b, (unsigned)(q->search.place % BLOCK_FRAMES));

		if (labyrinth_zone_take_span(zone, rest, page, q->want.frames, MOBILITY_SHARED)) {
			if (debug_on(q->lab))
				labyrinth_span_grant(q->lab, page, q->want.frames, q->site);
			return page;
		}
		q->tries--;
	}
	return NULL;
}

/* The lowest range, wherever it begins. */
static struct page *take_anywhere(struct quest *q, struct zone *zone)
{
	const struct frames *f = zone->frames;
	struct page *page = NULL;

	q->search.place = 0;
	q->tries = MOST_TRIES;
	if (zone->blocks == 0 || zone_free(zone) < watermark_leave(q->lab->zones, zone, q->from) + q->want.frames)
		return NULL;
	for (const struct run *r = labyrinth_frames_run(f, zone->first);
	     page == NULL && r < f->run + f->runs && r->first - zone->first.i < zone->blocks; r++)
		page = take_in_run(q, zone, r);
	return page;
}

/* Does any block of the next power of two do? No boundary crosses it, since none is closer than the range is long. */
static bool any_block_does(const struct quest *q, const struct zone *zone)
{
	return UINT64_C(1) << span_order(q->want.frames) >= q->want.alignment
	       && q->search.end >= zone_end((enum labyrinth_zone)(zone - q->lab->zones));
}

/* Such a block; what it has more goes back. */
static struct page *take_block(struct quest *q, struct zone *zone)
{
	unsigned order = span_order(q->want.frames);
	uint64_t rest = watermark_leave(q->lab->zones, zone, q->from);
	struct page *page = labyrinth_zone_take_leaving(zone, rest, order, MOBILITY_SHARED, ZONE_WAIT);

	if (page == NULL)
		return NULL;
	if (debug_on(q->lab))
		labyrinth_debug_grant(q->lab, page, order, q->site);
	labyrinth_span_trim(q->lab, page, order, q->want.frames, MOBILITY_SHARED, q->site);
	return page;
}

static struct page *take(struct quest *q)
{
	for (unsigned z = (unsigned)q->from + 1; z-- > 0;) {
		struct zone *zone = &q->lab->zones[z];
		struct page *page = any_block_does(q, zone) ? take_block(q, zone) : NULL;

		if (page == NULL)
			page = take_anywhere(q, zone);
		if (page != NULL) {
			watermark_look(q->lab, zone);
			return page;
		}
	}
	return NULL;
}

/* With what this CPU has at hand. */
static struct page *drain_and_take(struct quest *q)
{
	return labyrinth_policy_drain(q->lab) ? take(q) : NULL;
}

/* After a shrinker has freed something. */
static struct page *look_again(void *quest)
{
	struct quest *q = quest;

	labyrinth_policy_drain(q->lab);
	return take(q);
}

/* Has movers asked to make room: a block as long and as aligned as the range, in a zone that is low enough. */
static struct page *compact_and_take(struct quest *q)
{
	static const labyrinth_gfp_t zones[LABYRINTH_ZONES] = { LABYRINTH_GFP_DMA, LABYRINTH_GFP_DMA32, 0 };
	unsigned order = span_order(q->want.frames);

	if (!movers_any(q->lab->movers))
		return NULL;
	while (order < LABYRINTH_MAX_ORDER && UINT64_C(1) << order < q->want.alignment)
		order++;
	labyrinth_compact_for_request(q->lab, zones[q->from], order);
	return take(q);
}

static struct page *look(void *quest)
{
	struct page *page = take(quest);

	return page != NULL ? page : drain_and_take(quest);
}

static struct page *find(struct quest *q)
{
	struct page *page;

	if (inject_on(q->lab) && labyrinth_injector_draw(q->lab->injector, q->gfp, LABYRINTH_NOBODY, false))
		return NULL;
	page = look(q);
	if (page != NULL || !(q->gfp & LABYRINTH_GFP_KERNEL))
		return page;
	page = compact_and_take(q);
	if (page == NULL)
		page = labyrinth_policy_reclaim(q->lab, q->want.frames, look_again, q);
	return page != NULL ? page : labyrinth_policy_sleep(q->lab, look, q);
}

struct labyrinth_grant labyrinth_alloc_contiguous(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                                  const struct labyrinth_contiguous *want)
{
	enum labyrinth_status status = judge(lab, gfp, want);
	struct quest q = { .lab = lab, .gfp = gfp, .site = __builtin_return_address(0) };
	struct page *page;

	if (status != LABYRINTH_OK)
		return (struct labyrinth_grant){ NULL, status };
	q.want = *want;
	q.search = (struct search){ .want = &q.want, .end = end_of(gfp, q.want.limit) };
	while (q.search.end > zone_end(q.from))
		q.from++;
	page = find(&q);
	if (page == NULL)
		return (struct labyrinth_grant){ labyrinth_policy_refuse(lab, gfp, span_order(q.want.frames)),
		                                 LABYRINTH_NO_MEMORY };
	labyrinth_span_tag(lab, page, q.want.frames, gfp & LABYRINTH_GFP_SHRED ? WORD_SHRED : 0);
	if (gfp & LABYRINTH_GFP_ZERO)
		labyrinth_span_zero(lab, page, q.want.frames);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}

enum labyrinth_status labyrinth_free_contiguous(struct labyrinth *lab, struct page *page, uint32_t frames)
{
	enum labyrinth_status status = labyrinth_span_judge(lab, page, frames);

	if (status != LABYRINTH_OK)
		return status;
	return labyrinth_span_free(lab, page, frames, __builtin_return_address(0));
}
