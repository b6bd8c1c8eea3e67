/*
 * magazine.c - refill and flush.
 */
#include "magazine.h"

#include <labyrinth/alloc.h>

#include "instance.h"

_Static_assert(sizeof(struct magazine) == 1u << INSTANCE_CONTEXT, "instance_place() is where a front end is");
_Static_assert(sizeof(struct magazine) * FRONT_ENDS == 1u << INSTANCE_CPU, "and those of a CPU");
_Static_assert(MAGAZINE_CPUS < 1u << ATTENTION_CPUS, "attention_to_cpus() has room");

#define KIND(name) (1u << LABYRINTH_GFP_##name)

void labyrinth_magazines_init(struct magazines *m, struct magazine *at, struct page **places, struct zone *zones,
                              uint32_t cpus, uint32_t capacity, uint64_t frames)
{
	static const uint32_t kinds[FRONT_ENDS] = {
		[LABYRINTH_TASK]      = KIND(KERNEL) | KIND(NOWAIT) | KIND(ATOMIC),
		[LABYRINTH_INTERRUPT] = KIND(NOWAIT) | KIND(ATOMIC),
	};
	bool large = frames / MAGAZINE_LARGE_SHARE / (2 * BLOCK_FRAMES) >= cpus;

	*m = (struct magazines){ .at = at, .zones = zones, .cpus = cpus, .capacity = capacity };
	m->refill = capacity / 4 < MAGAZINE_REFILL ? capacity / 4 : MAGAZINE_REFILL;
	for (uint32_t i = 0; i < magazines_front_ends(m); i++) {
		*places = NULL;
		at[i] = (struct magazine){ .top = places + 1, .end = places + 1, .kept = places + 1,
		                           .kinds = (uint8_t)kinds[i % FRONT_ENDS], .alone = cpus == 1,
		                           .usual = LABYRINTH_GFP_NOWAIT,
		                           .keeps_large = large && kinds[i % FRONT_ENDS] != 0 };
		if (kinds[i % FRONT_ENDS] != 0)
			places += 1 + capacity + MAGAZINE_PIECE;
		else if (i % FRONT_ENDS == FRONT_ENDS - 1)
			places++;
	}
}

/* From here on frames are worth keeping up to this one. */
static void set_frontier(struct magazine *own, const struct zone *zone, const struct page *page)
{
	own->floor = block_page(zone->frames, zone->first, 0);
	own->reach = magazine_height(own, page) + 1;
	own->span = 0;
}

/* Only one context at a time writes it. */
static void count_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* The frames of a run, in hand: kept[0..got), highest first. */
static void keep_run(const struct magazines *m, struct magazine *own, const struct zone *zone, uint32_t got)
{
	uint32_t room = (uint32_t)(own->end - own->kept);

	own->top = own->kept + got;
	own->end += m->capacity - room < m->refill ? m->capacity - room : m->refill;
	set_frontier(own, zone, own->kept[0]);
	count_one(&own->refills);
}

bool labyrinth_magazine_refill(const struct magazines *m, struct magazine *own, enum patience patience)
{
	for (unsigned z = LABYRINTH_ZONES; z-- > 0;) {
		uint32_t got = labyrinth_zone_take_run(&m->zones[z], MOBILITY_SHARED, m->refill, own->kept, patience);

		if (got > 0) {
			keep_run(m, own, &m->zones[z], got);
			return true;
		}
	}
	return false;
}

struct page *labyrinth_magazine_take(const struct magazines *m, struct magazine *own, enum patience patience)
{
	struct page *page = magazine_pop(own);

	if (page != NULL)
		return page;
	if (labyrinth_magazine_refill(m, own, patience))
		return magazine_pop(own);
	return own->leaving == 0 ? NULL : own->kept[m->capacity + --own->leaving];
}

/* What is no higher than the lowest page block with room is worth keeping. */
static void find_frontier(const struct magazines *m, struct magazine *own)
{
	const struct page *last;
	struct zone *zone;

	if (own->floor == NULL)
		return;
	zone = zone_of(m->zones, own->floor);
	last = labyrinth_zone_frontier(zone, MOBILITY_SHARED);
	set_frontier(own, zone, last != NULL ? last : block_page(zone->frames, zone->first, 0));
}

/* Gives the last of n pages, which lie together, from the magazine to the buddy; how many. */
static uint32_t give_last(const struct magazines *m, struct magazine *one, struct page **pages, uint32_t n,
                          enum patience patience)
{
	uint32_t given = labyrinth_zone_put_some(zone_of(m->zones, pages[n - 1]), pages, n, patience);

	if (given > 0)
		one->reach = one->span = 0;
	return given;
}

static uint32_t give_leaving(const struct magazines *m, struct magazine *one, enum patience patience)
{
	uint32_t given = give_last(m, one, one->kept + m->capacity, one->leaving, patience);

	one->leaving -= given;
	return given;
}

static uint32_t give_kept(const struct magazines *m, struct magazine *one, enum patience patience)
{
	uint32_t count = magazine_count(one), n = count < MAGAZINE_PIECE ? count : MAGAZINE_PIECE;
	uint32_t given = n == 0 ? 0 : give_last(m, one, one->top - n, n, patience);

	one->top -= given;
	if (given > 0)
		one->end = one->top;
	return given;
}

/* Each call looks for the frontier or gives a piece, never both. */
void labyrinth_magazine_put(const struct magazines *m, struct magazine *own, struct page *page)
{
	if (own->reach == 0)
		find_frontier(m, own);
	if (magazine_wants(own, page)) {
		magazine_push(own, page);
		return;
	}
	own->kept[m->capacity + own->leaving++] = page;
	if (own->leaving == MAGAZINE_PIECE) {
		give_leaving(m, own, ZONE_WAIT);
		count_one(&own->flushes);
	}
}

static uint32_t give_large(const struct magazines *m, struct magazine *one, enum patience patience)
{
	struct page *page = one->large;

	word_store(page, word_loose(word_load(page)));
	if (!labyrinth_zone_put(zone_of(m->zones, page), page, BLOCK_ORDER, patience)) {
		word_store(page, word_make(FRAME_CACHED, word_generation(word_load(page)), BLOCK_ORDER, 0));
		return 0; /* it stays; nobody else has seen it */
	}
	one->large = NULL;
	return BLOCK_FRAMES;
}

/* The block that gives most at once first. */
static uint32_t give_next(const struct magazines *m, struct magazine *one, enum patience patience)
{
	if (one->large != NULL)
		return give_large(m, one, patience);
	return one->leaving > 0 ? give_leaving(m, one, patience) : give_kept(m, one, patience);
}

static uint32_t give_some(const struct magazines *m, struct magazine *one, enum patience patience)
{
	uint32_t given = give_next(m, one, patience);

	if (given > 0)
		count_one(&one->drains);
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

uint64_t labyrinth_magazines_count(const struct magazines *m)
{
	uint64_t frames = 0;

	for (uint32_t i = 0; i < magazines_front_ends(m); i++)
		frames += magazine_count(&m->at[i]) + m->at[i].leaving + (m->at[i].large != NULL ? BLOCK_FRAMES : 0);
	return frames;
}
