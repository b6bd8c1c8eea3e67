/*
 * magazine.c - refill and flush.
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

/* Who frees next looks where it is. */
static void forget_frontier(struct magazine *one)
{
	one->reach = one->span = 0;
}

/* Only one context at a time writes it. */
static void count_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* The frames of a run, in hand: kept[0..got), highest first. All but the last are at hand from now on. */
static inline struct page *keep_run(const struct magazines *m, struct magazine *own, const struct zone *zone,
                                    uint32_t got)
{
	struct page **kept = own->kept, **top = kept + got - 1, **end = own->end + m->refill;

	magazine_set_top(own, top);
	own->end = end < own->aside ? end : own->aside; /* until there is room for the capacity */
	set_frontier(own, zone, *kept, TRUST_REFILL);
	count_one(&own->refills);
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
		count_one(&own->refills);
	return page;
}

/* Gives the last of n pages, which lie together, from the magazine to the buddy; how many. The last `run` are known to
 * follow each other in memory. */
static inline uint32_t give_last(const struct magazines *m, struct page **pages, uint32_t n, uint32_t run,
                                 enum patience patience)
{
	return labyrinth_zone_put_some(zone_of(m->zones, pages[n - 1]), pages, n, run, patience);
}

static inline __attribute__((always_inline)) uint32_t give_leaving(const struct magazines *m, struct magazine *one,
                                                                   enum patience patience)
{
	uint32_t leaving = magazine_leaving(one);
	uint32_t given = give_last(m, one->aside, leaving, magazine_run(one), patience);

	magazine_set_leaving(one, leaving - given);
	return given;
}

static uint32_t give_kept(const struct magazines *m, struct magazine *one, enum patience patience)
{
	uint32_t count = magazine_count(one), n = count < m->piece ? count : m->piece;
	struct page **top = magazine_top(one);
	uint32_t given = n == 0 ? 0 : give_last(m, top - n, n, 1, patience);

	magazine_set_top(one, top - given);
	if (given > 0)
		one->end = top - given;
	return given;
}

void labyrinth_magazine_flush(const struct magazines *m, struct magazine *own, struct page *page)
{
	uint32_t left;

	give_leaving(m, own, ZONE_WAIT);
	left = magazine_leaving(own);
	own->apart = (uint16_t)(left < MAGAZINE_FEW ? MAGAZINE_FEW : left + 1);
	own->aside[left] = page;
	magazine_set_leaving(own, left + 1);
	if (--own->trust == 0)
		forget_frontier(own);
	count_one(&own->flushes);
}

static uint32_t give_large(const struct magazines *m, struct magazine *one, enum patience patience)
{
	struct page *page = magazine_large(one);

	word_store(page, word_loose(word_load(page)));
	if (!labyrinth_zone_put(zone_of(m->zones, page), page, BLOCK_ORDER, patience)) {
		word_store(page, word_make(FRAME_CACHED, word_generation(word_load(page)), BLOCK_ORDER, 0));
		return 0; /* it stays; nobody else has seen it */
	}
	magazine_set_large(one, NULL);
	return BLOCK_FRAMES;
}

/* The block that gives most at once first. */
static uint32_t give_next(const struct magazines *m, struct magazine *one, enum patience patience)
{
	if (magazine_large(one) != NULL)
		return give_large(m, one, patience);
	for (unsigned order = SHELF_ORDERS; order > 0; order--)
		if (shelf_count(magazine_shelf(one, order)) > 0)
			return labyrinth_shelf_give(magazine_shelf(one, order), m->zones, order, patience);
	return magazine_leaving(one) > 0 ? give_leaving(m, one, patience) : give_kept(m, one, patience);
}

static uint32_t give_some(const struct magazines *m, struct magazine *one, enum patience patience)
{
	uint32_t given = give_next(m, one, patience);

	if (given > 0) {
		forget_frontier(one);
		count_one(&one->drains);
	}
	return given;
}

uint32_t labyrinth_magazines_give_back(const struct magazines *m, unsigned cpu, enum labyrinth_context context,
                                       enum patience patience)
{
	labyrinth_irq_t was;
	uint32_t given;

	if (cpu >= m->cpus)
		return 0;
	given = give_some(m, magazine_of(m->at, cpu, context), patience);
	if (given > 0 || context != LABYRINTH_TASK)
		return given;
	was = labyrinth_port_irq_off();
	given = give_some(m, magazine_of(m->at, cpu, LABYRINTH_INTERRUPT), patience);
	labyrinth_port_irq_back(was);
	return given;
}

uint32_t labyrinth_magazines_drain(const struct magazines *m, unsigned cpu, enum labyrinth_context context,
                                   enum patience patience)
{
	uint32_t given = 0, more = 1;

	for (uint32_t i = magazines_pieces(m); i > 0 && more > 0; i--) {
		more = labyrinth_magazines_give_back(m, cpu, context, patience);
		given += more;
	}
	return given;
}

/* Has it stood idle? Then a piece of it goes back. */
static uint32_t trim(const struct magazines *m, struct magazine *one)
{
	uint64_t refills = atomic_load_explicit(&one->refills, memory_order_relaxed);
	bool idle = refills == one->looked;

	one->looked = refills;
	return idle ? give_some(m, one, ZONE_WAIT) : 0;
}

uint32_t labyrinth_magazines_trim(const struct magazines *m, unsigned cpu)
{
	labyrinth_irq_t was;
	uint32_t given;

	if (cpu >= m->cpus)
		return 0;
	given = trim(m, magazine_of(m->at, cpu, LABYRINTH_TASK));
	was = labyrinth_port_irq_off();
	given += trim(m, magazine_of(m->at, cpu, LABYRINTH_INTERRUPT));
	labyrinth_port_irq_back(was);
	return given;
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
