/*
 * compact.c - choose what costs least, have it emptied, see what became whole; now, or when maintenance comes.
 */
#include "compact.h"

#include <labyrinth/port.h>

#include "empty.h"
#include "hooks.h"
#include "particular.h"
#include "policy.h"

/* A group of page blocks, and what it costs to empty it. */
struct candidate {
	uint32_t cost; /* frames to move */
	block_t  first;
};

#define NO_CANDIDATE   ((struct candidate){ UINT32_MAX, { UINT32_MAX } })
#define NOTHING_TO_PAY ((struct candidate){ 0, { UINT32_MAX } }) /* before all that have anything to move */

void labyrinth_compactor_init(struct compactor *c)
{
	*c = (struct compactor){ 0 };
}

/* Frames to move until a group is free, if it is one: page blocks that follow each other in memory. */
static uint32_t price(const struct effort *e, block_t first)
{
	const struct frames *f = e->zone->frames;
	uint32_t cost = 0;

	for (block_t b = first; b.i - first.i < e->size; b.i++)
		cost += empty_movable(f, b);
	return cost;
}

/* Of a page block, in physical memory. */
static uint64_t number(const struct frames *f, block_t b)
{
	return labyrinth_frames_pfn(f, block_page(f, b, 0)).n / BLOCK_FRAMES;
}

/* Is each frame of the group free or movable, and the group one block of memory? */
static bool can_go(const struct effort *e, block_t first)
{
	const struct frames *f = e->zone->frames;
	uint64_t at = number(f, first);

	for (block_t b = first; b.i - first.i < e->size; b.i++, at++)
		if (number(f, b) != at
		    || empty_movable(f, b) + labyrinth_zone_free_in(e->zone, b) != BLOCK_FRAMES)
			return false;
	return true;
}

static bool before(struct candidate a, struct candidate b)
{
	return a.cost < b.cost || (a.cost == b.cost && a.first.i < b.first.i);
}

/* The cheapest group that comes after the last one; the lowest of those that cost the same. */
static struct candidate choose(const struct effort *e, struct candidate last)
{
	const struct zone *z = e->zone;
	struct candidate best = NO_CANDIDATE, c;

	for (c.first = z->first; c.first.i - z->first.i + e->size <= z->blocks; c.first.i++) {
		if (e->size > 1 && (number(z->frames, c.first) & (e->size - 1)) != 0)
			continue;
		c.cost = price(e, c.first);
		if (before(last, c) && before(c, best) && can_go(e, c.first))
			best = c;
	}
	return best;
}

/* The cheapest groups, one after the other, until one is whole. */
static void compact_zone(struct effort *e)
{
	struct candidate c = NOTHING_TO_PAY;

	for (unsigned tries = 0; tries < COMPACT_TRIES && e->asked < e->budget; tries++) {
		c = choose(e, c);
		if (c.cost == UINT32_MAX)
			return;
		if (labyrinth_empty_group(e, c.first)) {
			e->done.status = LABYRINTH_OK;
			e->done.built = labyrinth_frames_pfn(e->zone->frames, block_page(e->zone->frames, c.first, 0));
			return;
		}
	}
}

static void drain(const struct labyrinth *lab)
{
	if (lab->magazines->capacity == 0)
		return;
	labyrinth_magazines_drain(lab->magazines, labyrinth_port_pin(), LABYRINTH_TASK, ZONE_WAIT);
	labyrinth_port_unpin();
}

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void compact_zones(struct effort *e, enum labyrinth_zone highest)
{
	drain(e->lab);
	for (unsigned z = (unsigned)highest + 1; z-- > 0 && e->done.status != LABYRINTH_OK;) {
		e->zone = &e->lab->zones[z];
		compact_zone(e);
	}
	count(&e->lab->compactor->built, e->done.status == LABYRINTH_OK);
	count(&e->lab->compactor->moved, e->done.moved);
	count(&e->lab->compactor->refused, e->done.refused);
}

/* One at a time: a callback that comes back here is turned away. */
static struct labyrinth_compaction compact(struct labyrinth *lab, enum labyrinth_zone highest, unsigned order,
                                           uint64_t budget)
{
	struct effort e = { .lab = lab, .budget = budget, .done = { .status = LABYRINTH_NO_MEMORY } };
	uint32_t idle = 0;

	e.size = order > BLOCK_ORDER ? UINT32_C(1) << (order - BLOCK_ORDER) : 1;
	if (!atomic_compare_exchange_strong_explicit(&lab->compactor->busy, &idle, 1, memory_order_acquire,
	                                             memory_order_relaxed)) {
		e.done.status = LABYRINTH_BUSY;
		return e.done;
	}
	if (labyrinth_movers_frames(lab->movers) > 0)
		compact_zones(&e, highest);
	atomic_store_explicit(&lab->compactor->busy, 0, memory_order_release);
	policy_given(lab); /* somebody may sleep for what is free now */
	return e.done;
}

struct labyrinth_compaction labyrinth_compact(struct labyrinth *lab, unsigned order, uint64_t budget)
{
	if (lab == NULL)
		return (struct labyrinth_compaction){ .status = LABYRINTH_NULL_POINTER };
	if (order > LABYRINTH_MAX_ORDER)
		return (struct labyrinth_compaction){ .status = LABYRINTH_BAD_ORDER };
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return (struct labyrinth_compaction){ .status = LABYRINTH_IN_INTERRUPT };
	return compact(lab, LABYRINTH_ZONE_NORMAL, order, budget);
}

void labyrinth_compact_for_request(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	compact(lab, policy_highest_zone(gfp), order, COMPACT_ASKS);
}

/* The highest demand counts. */
static void want(struct compactor *c, uint32_t wanted)
{
	uint32_t most = atomic_load_explicit(&c->wanted, memory_order_relaxed);

	while (most < wanted && !atomic_compare_exchange_weak_explicit(&c->wanted, &most, wanted, memory_order_acq_rel,
	                                                               memory_order_relaxed))
		;
}

void labyrinth_compact_later(struct labyrinth *lab, unsigned order)
{
	want(lab->compactor, order + 1);
	labyrinth_kick(lab);
}

void labyrinth_compact_in_turn(struct compactor *c)
{
	atomic_fetch_add_explicit(&c->wanted, 0, memory_order_acq_rel);
}

/*
 * A demand is taken off before anything is done about it: who is refused meanwhile, because others have been faster,
 * leaves his own, and is not taken for one who came before.
 */
uint64_t labyrinth_compact_wanted(struct labyrinth *lab, uint64_t budget)
{
	struct compactor *c = lab->compactor;
	uint32_t wanted = 0;
	struct labyrinth_compaction done;

	if (compact_wanted(c) && budget > 0)
		wanted = atomic_exchange_explicit(&c->wanted, 0, memory_order_acq_rel);
	if (wanted == 0)
		return 0;
	done = compact(lab, LABYRINTH_ZONE_NORMAL, wanted - 1, budget);
	/* A demand is met, cannot be, or goes on with the next budget. */
	if (done.status == LABYRINTH_BUSY || done.moved + done.refused >= budget)
		want(c, wanted);
	return done.moved + done.refused;
}
