/*
 * magazine.c - what front ends take from the zones, and up to where frames are worth keeping.
 */
#include "magazine.h"

#include <labyrinth/alloc.h>

#include "instance.h"

_Static_assert(sizeof(struct magazine) == 1u << INSTANCE_CONTEXT, "instance_place() is where a front end is");
_Static_assert(sizeof(struct magazine) * FRONT_ENDS == 1u << INSTANCE_CPU, "and those of a CPU");
_Static_assert(MAGAZINE_REFILL <= BUDDY_RUN_MOST, "labyrinth_zone_take_run() gives a run");
_Static_assert(MAGAZINE_CPUS < 1u << ATTENTION_CPUS, "attention_to_cpus() has room");

#define KIND(name) (1u << LABYRINTH_GFP_##name)

/* Returns the places behind them. */
static struct page **lay_shelves(struct magazine *one, struct page **places, uint32_t each)
{
	for (unsigned i = 0; i < SHELF_ORDERS; i++, places += each)
		one->shelf[i] = (struct shelf){ .at = places, .places = (uint16_t)each };
	return places;
}

void labyrinth_magazines_init(struct magazines *m, struct magazine *at, struct page **places, struct zone *zones,
                              uint32_t cpus, uint32_t capacity, uint32_t shelf, uint64_t frames)
{
	static const uint32_t kinds[FRONT_ENDS] = {
		[LABYRINTH_TASK]      = KIND(KERNEL) | KIND(NOWAIT) | KIND(ATOMIC),
		[LABYRINTH_INTERRUPT] = KIND(NOWAIT) | KIND(ATOMIC),
	};
	bool large = frames / MAGAZINE_LARGE_SHARE / (2 * BLOCK_FRAMES) >= cpus;

	*m = (struct magazines){ .at = at, .zones = zones, .cpus = cpus, .capacity = capacity,
	                         .shelf = shelf };
	m->refill = capacity / 4 < MAGAZINE_REFILL ? capacity / 4 : MAGAZINE_REFILL;
	m->piece = magazine_piece(capacity);
	for (uint32_t i = 0; i < magazines_front_ends(m); i++) {
		*places = NULL;
		at[i] = (struct magazine){ .top = (uintptr_t)(places + 1), .end = places + 1, .kept = places + 1,
		                           .aside = places + 1 + capacity, .apart = MAGAZINE_FEW,
		                           .usual = LABYRINTH_GFP_NOWAIT,
		                           .kinds = (uint8_t)kinds[i % FRONT_ENDS], .alone = cpus == 1,
		                           .keeps_large = large && kinds[i % FRONT_ENDS] != 0 };
		if (kinds[i % FRONT_ENDS] != 0)
			places = lay_shelves(&at[i], places + 1 + capacity + m->piece, shelf);
		else if (i % FRONT_ENDS == FRONT_ENDS - 1)
			places++;
	}
}

/*
 * Flushes after which the frontier is looked for anew. After a refill: two, for there may be more room above it, in the
 * same page block or the next. What a flush gives back itself is above the frontier and does not change it; other CPUs,
 * and larger blocks, do.
 */
#define TRUST_REFILL 2u
#define TRUST_FOUND  8u

/* From here on frames are worth keeping up to this one. */
static void set_frontier(struct magazine *own, const struct zone *zone, const struct page *page, uint16_t trust)
{
	own->floor = block_page(zone->frames, zone->first, 0);
	own->reach = (uintptr_t)(page - own->floor) + 1;
	own->trust = trust;
	magazine_focus(own);
}

/* The frames of a run, in hand: kept[0..got), highest first. All but the last are at hand from now on. */
static inline struct page *keep_run(const struct magazines *m, struct magazine *own, const struct zone *zone,
                                    uint32_t got)
{
	struct page **kept = own->kept, **top = kept + got - 1, **end = own->end + m->refill;

	magazine_set_top(own, top);
	own->end = end < own->aside ? end : own->aside; /* until there is room for the capacity */
	set_frontier(own, zone, *kept, TRUST_REFILL);
	magazine_count_one(&own->refills);
	return *top;
}

struct magazine_refill labyrinth_magazine_refill(const struct magazines *m, struct magazine *own,
                                                 enum patience patience)
{
	struct zone *zone = m->zones + LABYRINTH_ZONES;

	do {
		uint32_t got = labyrinth_zone_take_run(--zone, MOBILITY_SHARED, m->refill, own->kept, patience);

		if (got > 0)
			return (struct magazine_refill){ keep_run(m, own, zone, got), zone };
	} while (zone != m->zones);
	return (struct magazine_refill){ NULL, NULL };
}

struct page *labyrinth_magazine_take(const struct magazines *m, struct magazine *own, enum patience patience)
{
	struct page *page = magazine_pop(own);
	uint32_t leaving = magazine_leaving(own);

	if (page == NULL)
		page = labyrinth_magazine_refill(m, own, patience).page;
	if (page != NULL || leaving == 0)
		return page;
	magazine_set_leaving(own, leaving - 1);
	return own->aside[leaving - 1];
}

/* What is no higher than the lowest page block with room is worth keeping. */
void labyrinth_magazine_find_frontier(const struct magazines *m, struct magazine *own)
{
	struct zone *zone = zone_of(m->zones, own->floor);
	const struct page *last = labyrinth_zone_frontier(zone, MOBILITY_SHARED);

	set_frontier(own, zone, last != NULL ? last : block_page(zone->frames, zone->first, 0), TRUST_FOUND);
}

void labyrinth_magazine_look(struct magazine *own, const struct frames *f, struct page *page)
{
	bool above = own->valid > 0 && page > own->window;
	uint32_t more = above ? frames_settled_from(f, own->window + own->valid) : 0;

	if (more == 0 && above && magazine_height(own, page) >= own->reach)
		return;
	if (more == 0) {
		own->window = page - (uintptr_t)page / sizeof(*page) % ROW_FRAMES;
		own->valid = 0;
		more = frames_settled_from(f, own->window);
	}
	own->valid += more;
	magazine_focus(own);
}

struct page *labyrinth_magazine_fetch(const struct magazines *m, struct magazine *own, unsigned order,
                                      enum patience patience)
{
	struct page *page = labyrinth_shelf_fetch(magazine_shelf(own, order), m->zones, order, patience);

	if (page != NULL)
		magazine_count_one(&own->refills);
	return page;
}

struct magazine_traffic labyrinth_magazines_traffic(const struct magazines *m)
{
	struct magazine_traffic sum = { 0, 0, 0 };

	for (uint32_t i = 0; i < magazines_front_ends(m); i++) {
		sum.refills += atomic_load_explicit(&m->at[i].refills, memory_order_relaxed);
		sum.flushes += atomic_load_explicit(&m->at[i].flushes, memory_order_relaxed);
		sum.drains += atomic_load_explicit(&m->at[i].drains, memory_order_relaxed);
	}
	return sum;
}

static uint64_t on_shelves(const struct magazine *one)
{
	uint64_t frames = 0;

	for (unsigned i = 0; i < SHELF_ORDERS; i++)
		frames += (uint64_t)shelf_count(&one->shelf[i]) << (i + 1);
	return frames;
}

uint64_t labyrinth_magazines_count(const struct magazines *m)
{
	uint64_t frames = 0;

	for (uint32_t i = 0; i < magazines_front_ends(m); i++)
		frames += magazine_count(&m->at[i]) + magazine_leaving(&m->at[i]) + on_shelves(&m->at[i])
		          + (magazine_large(&m->at[i]) != NULL ? BLOCK_FRAMES : 0);
	return frames;
}
