/*
 * quarantine.c - a ring of blocks.
 */
#include "quarantine.h"

void labyrinth_quarantine_init(struct quarantine *q, struct page **at, struct zone *zones, uint32_t capacity)
{
	*q = (struct quarantine){ .at = at, .zones = zones, .capacity = capacity };
}

static bool enter(struct quarantine *q, enum patience patience, labyrinth_irq_t *was)
{
	*was = labyrinth_port_irq_off();
	if (patience == ZONE_WAIT) {
		lock_take(&q->lock);
		return true;
	}
	if (lock_try(&q->lock))
		return true;
	labyrinth_port_irq_back(*was);
	return false;
}

static void count(struct quarantine *q, uint64_t frames)
{
	uint64_t now = atomic_load_explicit(&q->frames, memory_order_relaxed);

	atomic_store_explicit(&q->frames, now + frames, memory_order_relaxed);
}

/* The block that has waited longest goes to its zone; its frames, or 0 when the zone is busy or there is no block. */
static uint64_t dismiss(struct quarantine *q, enum patience patience)
{
	struct page *page = q->at[q->oldest];
	uint64_t word, frames;

	if (q->count == 0)
		return 0;
	word = word_load(page);
	frames = UINT64_C(1) << word_order(word);
	word_store(page, word_loose(word));
	if (!labyrinth_zone_put(zone_of(q->zones, page), page, word_order(word), patience)) {
		word_store(page, word); /* it stays; nobody else changes it under our lock */
		return 0;
	}
	q->oldest = q->oldest + 1 == q->capacity ? 0 : q->oldest + 1;
	q->count--;
	count(q, -frames);
	return frames;
}

static void keep(struct quarantine *q, struct page *page, unsigned order)
{
	uint32_t at = q->capacity - q->oldest > q->count ? q->oldest + q->count
	                                                 : q->count - (q->capacity - q->oldest);

	word_store(page, word_make(FRAME_WAITING, word_generation(word_load(page)), order, 0));
	q->at[at] = page;
	q->count++;
	count(q, UINT64_C(1) << order);
}

bool labyrinth_quarantine_enter(struct quarantine *q, struct page *page, unsigned order, enum patience patience)
{
	labyrinth_irq_t was;
	bool room;

	if (!enter(q, patience, &was))
		return false;
	room = q->count < q->capacity || dismiss(q, patience) > 0;
	if (room)
		keep(q, page, order);
	lock_leave(&q->lock, was);
	return room;
}

uint64_t labyrinth_quarantine_drain(struct quarantine *q, enum patience patience)
{
	uint64_t gone = 0, frames = 1;
	labyrinth_irq_t was;

	for (uint32_t i = 0; q != NULL && i < q->capacity && frames > 0; i++) {
		if (!enter(q, patience, &was))
			break;
		frames = dismiss(q, patience);
		lock_leave(&q->lock, was);
		gone += frames;
	}
	return gone;
}

uint64_t labyrinth_quarantine_frames(const struct quarantine *q)
{
	return q == NULL ? 0 : atomic_load_explicit(&q->frames, memory_order_relaxed);
}
