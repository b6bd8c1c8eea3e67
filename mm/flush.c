/*
 * flush.c - what front ends give back to the zones: when a piece is full, on demand, and when they stand idle.
 */
#include "magazine.h"

/*
 * Gives the last of n pages, which lie together, from the magazine to the buddy; how many. The last `run` are known to
 * follow each other in memory.
 */
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
		magazine_forget_frontier(own);
	magazine_count_one(&own->flushes);
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
		magazine_forget_frontier(one);
		magazine_count_one(&one->drains);
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
