/*
 * magazine.c - refill and flush.
 */
#include "magazine.h"

void labyrinth_magazines_init(struct magazines *m, struct magazine *at, struct page **places, struct zone *zones,
                              uint32_t cpus, uint32_t capacity)
{
	*m = (struct magazines){ at, zones, cpus, capacity, magazine_batch(capacity) };
	for (uint32_t i = 0; capacity > 0 && i < 2 * cpus; i++)
		at[i] = (struct magazine){ .kept = places + (size_t)i * (capacity + m->batch) };
}

/* The frames of a run, in hand: kept[0..got), lowest on top. */
static void keep_run(struct magazine *own, const struct zone *zone, uint32_t got)
{
	own->count = got;
	own->floor = block_page(zone->frames, zone->first, 0);
	own->reach = 0;
	for (uint32_t i = 0; i < got / 2; i++) {
		struct page *low = own->kept[i];

		own->kept[i] = own->kept[got - 1 - i];
		own->kept[got - 1 - i] = low;
	}
	for (uint32_t i = 0; i < got; i++) {
		struct page *page = own->kept[i];

		word_store(page, word_cached(word_load(page)));
		if (magazine_height(own, page) > own->reach)
			own->reach = magazine_height(own, page);
	}
}

/* A run from the highest zone that has one. */
static bool refill(const struct magazines *m, struct magazine *own, enum patience patience)
{
	for (unsigned z = LABYRINTH_ZONES; z-- > 0;) {
		uint32_t got = labyrinth_zone_take_run(&m->zones[z], MOBILITY_SHARED, m->batch, own->kept, patience);

		if (got > 0) {
			keep_run(own, &m->zones[z], got);
			return true;
		}
	}
	return false;
}

struct page *labyrinth_magazine_take(const struct magazines *m, struct magazine *own, enum patience patience)
{
	if (own->count == 0 && !refill(m, own, patience))
		return own->leaving == 0 ? NULL : own->kept[m->capacity + --own->leaving];
	return magazine_pop(own);
}

/* Gives pages to their zones, one lock for neighbours in a zone. How many: all, unless a lock was held. */
static uint32_t give(const struct magazines *m, struct page **pages, uint32_t n, enum patience patience)
{
	uint32_t done = 0;

	while (done < n) {
		struct zone *zone = zone_of(m->zones, pages[done]);
		uint32_t end = done + 1;

		while (end < n && zone_of(m->zones, pages[end]) == zone)
			end++;
		if (!labyrinth_zone_put_many(zone, pages + done, end - done, patience))
			break;
		done = end;
	}
	return done;
}

/* What is lower than anything in the buddy is worth keeping, what is higher is not. */
static void move_frontier(const struct magazines *m, struct magazine *own)
{
	const struct page *lowest;

	if (own->floor == NULL)
		return;
	lowest = labyrinth_zone_lowest(zone_of(m->zones, own->floor), MOBILITY_SHARED);
	if (lowest != NULL)
		own->reach = magazine_height(own, lowest);
}

void labyrinth_magazine_put(const struct magazines *m, struct magazine *own, struct page *page)
{
	struct page **leaving = own->kept + m->capacity;

	if (magazine_keep(m, own, page))
		return;
	leaving[own->leaving++] = page;
	if (own->leaving == m->batch) {
		give(m, leaving, m->batch, ZONE_WAIT);
		own->leaving = 0;
		move_frontier(m, own);
	}
}

/* Gives what it can of pages[0..*n); the rest moves down. */
static uint32_t give_some(const struct magazines *m, struct page **pages, uint32_t *n, enum patience patience)
{
	uint32_t given = give(m, pages, *n, patience);

	*n -= given;
	for (uint32_t i = 0; given > 0 && i < *n; i++)
		pages[i] = pages[i + given];
	return given;
}

static uint32_t empty(const struct magazines *m, struct magazine *one, enum patience patience)
{
	return give_some(m, one->kept + m->capacity, &one->leaving, patience)
	       + give_some(m, one->kept, &one->count, patience);
}

uint32_t labyrinth_magazines_drain(const struct magazines *m, unsigned cpu, enum labyrinth_context context,
                                   enum patience patience)
{
	uint32_t given = empty(m, magazine_of(m, cpu, context), patience);
	labyrinth_irq_t was;

	if (context != LABYRINTH_TASK)
		return given;
	was = labyrinth_port_irq_off();
	given += empty(m, magazine_of(m, cpu, LABYRINTH_INTERRUPT), patience);
	labyrinth_port_irq_back(was);
	return given;
}

uint64_t labyrinth_magazines_count(const struct magazines *m)
{
	uint64_t frames = 0;

	for (uint32_t i = 0; m->capacity > 0 && i < 2 * m->cpus; i++)
		frames += m->at[i].count + m->at[i].leaving;
	return frames;
}
