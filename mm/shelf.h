/*
 * shelf.h - blocks of orders 1 to 3 at hand: a small stack of each in every front end.
 *
 * Idea    A block that is asked for and not at hand is fetched from a zone, one at a time, and says by where it lay
 *         which blocks are worth keeping: those that the zone would look at no later. That is, of its page block and
 *         the one that the last fetched came from, the one with less room, or the lower of equals (choose.h). The
 *         others go to their zones, where they merge. So what is at hand comes back as the zone would have it, and a
 *         stack does not undo what that choice does for large blocks.
 *         What was fetched is believed for so many kept blocks; then, and when one is given back on demand or as idle,
 *         nothing is kept until another is fetched.
 * Writes  A shelf: the CPU of its front end in its context, or, with interrupts off, its CPU in a task. The words of
 *         the blocks on it.
 */
#ifndef MM_SHELF_H
#define MM_SHELF_H

#include "zone.h"

#define SHELF_ORDERS 3u  /* 1, 2 and 3           */
#define SHELF_MOST   64u /* blocks of one order  */
#define SHELF_PIECE  2u  /* given back at once   */

struct shelf {
	struct page      **at;       /* the blocks: they read CACHED, with their order            */
	const struct zone *zone;     /* where the last one was fetched from                       */
	const struct page *frontier; /* that one                                                  */
	_Atomic uint32_t   count;    /* read by anyone, for statistics                            */
	uint16_t           places;   /* in at[]                                                   */
	uint16_t           trust;    /* blocks that may be kept until another is fetched          */
	uint16_t           room;     /* of the page block of the last fetched; the order + 1 at least */
};

/* Blocks of an order that each front end has places for: what the configuration says, or what suits the memory. */
uint32_t labyrinth_shelf_places(uint32_t configured, uint32_t cpus, uint64_t frames);

/* Pieces that the shelves of a front end are given back in, at most. */
static inline uint32_t shelves_pieces(uint32_t places)
{
	return SHELF_ORDERS * ((places + SHELF_PIECE - 1) / SHELF_PIECE);
}

static inline bool shelf_keeps(unsigned order)
{
	return order - 1 < SHELF_ORDERS;
}

/* Only its own context writes it, so there is nothing to order. */
static inline uint32_t shelf_count(const struct shelf *s)
{
	return atomic_load_explicit(&s->count, memory_order_relaxed);
}

static inline void shelf_set_count(struct shelf *s, uint32_t count)
{
	atomic_store_explicit(&s->count, count, memory_order_relaxed);
}

/* A block at hand, or NULL. */
static inline struct page *shelf_pop(struct shelf *s)
{
	uint32_t count = shelf_count(s);

	if (count == 0)
		return NULL;
	shelf_set_count(s, count - 1);
	return s->at[count - 1];
}

/* Would its zone look for a block of this order in this page block before it looks where the last fetched was? */
static inline bool shelf_nearer(const struct shelf *s, const struct page *page, unsigned order)
{
	const struct frames *f = s->zone->frames;
	unsigned room = note_room(&f->note[page_block_of(f, page).i]);

	room = room > order ? room : order + 1;
	return room < s->room || (room == s->room && page <= s->frontier);
}

/* Is there a place for this block, and is it worth keeping? For a page whose word is valid. */
static inline bool shelf_wants(const struct shelf *s, const struct page *page, unsigned order)
{
	return s->trust > 0 && shelf_count(s) < s->places && zone_holds(s->zone, page) && shelf_nearer(s, page, order);
}

/* A block that is wanted, and reads CACHED. */
static inline void shelf_push(struct shelf *s, struct page *page)
{
	uint32_t count = shelf_count(s);

	s->at[count] = page;
	shelf_set_count(s, count + 1);
	s->trust--;
}

/*
 * A block for a shelf that has none, from the highest zone that has one; of the others what they protect is left alone.
 * It reads FREE. NULL when there is none, or none without waiting.
 */
struct page *labyrinth_shelf_fetch(struct shelf *s, struct zone *zones, unsigned order, enum patience patience);

/* Gives a piece back, and keeps nothing more. How many frames: 0 when there are none, or a zone's lock was held. */
uint32_t labyrinth_shelf_give(struct shelf *s, struct zone *zones, unsigned order, enum patience patience);

#endif
