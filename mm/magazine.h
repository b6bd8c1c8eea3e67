/*
 * magazine.h - single frames at hand on each CPU, for tasks and for interrupts apart.
 *
 * Idea    Each CPU has two front ends, and code in one context never touches the other's: so neither takes a lock nor
 *         masks interrupts. A front end is refilled with a run of frames from one page block under one lock, and gives
 *         back a few at a time, so that no call does much at once. A freed frame is kept only if it is no higher than
 *         the last refill (the frontier): those above go back to the buddy, or a cache of whatever was freed last would
 *         undo "lowest address first", and with it large free blocks.
 * Writes  A front end: its CPU in its context, or, with interrupts off, its CPU in a task. The words of cached frames.
 */
#ifndef MM_MAGAZINE_H
#define MM_MAGAZINE_H

#include <labyrinth/port.h>

#include "front.h"

#define MAGAZINE_LEAST 8u
#define MAGAZINE_MOST  1024u
#define MAGAZINE_CPUS  4096u

/*
 * A whole page block may be at hand beside them, where all that front ends can keep that way is at most a 64th of
 * memory.
 */
#define MAGAZINE_LARGE_SHARE 64u

/* Frames that a refill takes at most, and that are given back at once: each is one stretch with interrupts off. */
#define MAGAZINE_REFILL 32u
#define MAGAZINE_PIECE  32u
#define MAGAZINE_FEW    5u  /* that wait to be given back, unless the next one follows the last in memory */

/* What it took to keep frames at hand, on all CPUs since bring-up. */
struct magazine_traffic {
	uint64_t refills; /* runs taken from the zones               */
	uint64_t flushes; /* pieces given back by frees              */
	uint64_t drains;  /* pieces given back on demand or as idle  */
};

struct magazines {
	/* Constant after bring-up. */
	struct magazine *at;       /* FRONT_ENDS a CPU */
	struct zone     *zones;
	uint32_t         cpus;
	uint32_t         capacity; /* 0: there are none */
	uint32_t         refill;   /* frames            */
	uint32_t         shelf;    /* blocks of an order that a front end keeps at most */
	uint32_t         piece;    /* frames            */
};

/*
 * Front ends of a CPU, by enum labyrinth_context. In an NMI, which may have interrupted either of the others, there is
 * one that is always empty and full at once. The fourth is like it; with it, the place of a front end is a shift.
 */
#define FRONT_ENDS 4u

/* Frames that wait for each other before they go back. */
static inline uint32_t magazine_piece(uint32_t capacity)
{
	uint32_t piece = capacity / 4 < MAGAZINE_PIECE ? capacity / 4 : MAGAZINE_PIECE;

	return piece < MAGAZINE_LEAST ? MAGAZINE_LEAST : piece;
}

/* Pointers that the magazines of so many CPUs need room for. */
static inline size_t magazine_places(uint32_t cpus, uint32_t capacity, uint32_t shelf)
{
	size_t front = 1 + capacity + magazine_piece(capacity) + SHELF_ORDERS * shelf;

	return capacity == 0 ? 0 : cpus * (2 * front + 1);
}

/* shelf: blocks of an order. frames: of the whole memory. */
void labyrinth_magazines_init(struct magazines *m, struct magazine *at, struct page **places, struct zone *zones,
                              uint32_t cpus, uint32_t capacity, uint32_t shelf, uint64_t frames);

static inline uint32_t magazines_front_ends(const struct magazines *m)
{
	return m->capacity > 0 ? FRONT_ENDS * m->cpus : 0;
}

/* The front end of a CPU and a context. */
static inline struct magazine *magazine_of(struct magazine *front, unsigned cpu, enum labyrinth_context context)
{
	return &front[FRONT_ENDS * cpu + (unsigned)context];
}

/* A frame, and of which zone; NULL when there is none, or none without waiting. */
struct magazine_refill {
	struct page *page;
	struct zone *from;
};

/* A run of frames, for a front end that has none at hand: the first of them is the caller's. */
struct magazine_refill labyrinth_magazine_refill(const struct magazines *m, struct magazine *own,
                                                 enum patience patience);

/* A block of an order that has a shelf, for one that is empty; it reads FREE. NULL as above. */
struct page *labyrinth_magazine_fetch(const struct magazines *m, struct magazine *own, unsigned order,
                                      enum patience patience);

/* One frame, reading CACHED; NULL when the zones are empty too, or would have made the caller wait. */
struct page *labyrinth_magazine_take(const struct magazines *m, struct magazine *own, enum patience patience);

/* The slower parts of magazine_put(). Each waits for the lock of a zone. After a flush the frame waits. */
void labyrinth_magazine_find_frontier(const struct magazines *m, struct magazine *own);
void labyrinth_magazine_flush(const struct magazines *m, struct magazine *own, struct page *page);

/* Do those that wait leave before this frame joins them? A few wait for it, more only if it follows the last. */
static inline bool magazine_full(const struct magazines *m, const struct magazine *own, const struct page *page)
{
	uint32_t leaving = magazine_leaving(own);

	return leaving >= MAGAZINE_FEW && (leaving == m->piece || own->aside[leaving - 1] + 1 != page);
}

/* Is the frontier to be looked for before this frame is judged? Not where that may have to wait for a flush as well. */
static inline bool magazine_lost(const struct magazines *m, const struct magazine *own, const struct page *page)
{
	return own->reach == 0 && own->floor != NULL && !magazine_full(m, own, page);
}

/*
 * A frame that reads CACHED. Waits for a zone's lock when a piece leaves, or when the frontier is looked for: each call
 * does one of these, never both. True when a piece left.
 */
static inline bool magazine_put(const struct magazines *m, struct magazine *own, struct page *page)
{
	bool lost = magazine_lost(m, own, page), full;

	if (lost)
		labyrinth_magazine_find_frontier(m, own);
	if (magazine_wants(own, page)) {
		magazine_push(own, page);
		return false;
	}
	full = !lost && magazine_full(m, own, page);
	if (full)
		labyrinth_magazine_flush(m, own, page);
	else
		magazine_set_aside(own, page);
	return full;
}

/*
 * Turns the window to a frame whose word is valid and not known to be; or, if that is above it, widens it upward, by
 * what is valid of a page block at most. So where many frames come and go, by and by all are seen. It turns upward only
 * for a frame that is worth keeping.
 */
void labyrinth_magazine_look(struct magazine *own, const struct frames *f, struct page *page);

/*
 * Gives a piece of what this CPU has at hand back to the zones: of the caller's front end, and, from a task, when that
 * is empty, of the other one. Frames given back: 0 when there are none, or when a lock was held.
 */
uint32_t labyrinth_magazines_give_back(const struct magazines *m, unsigned cpu, enum labyrinth_context context,
                                       enum patience patience);

/* Times that this may be worth trying, unless others give meanwhile. */
static inline uint32_t magazines_pieces(const struct magazines *m)
{
	return m->capacity > 0 ? 2 * (m->capacity + m->piece + 1 + shelves_pieces(m->shelf)) : 0;
}

/* Gives all of it back, piece by piece. Frames given back. */
uint32_t labyrinth_magazines_drain(const struct magazines *m, unsigned cpu, enum labyrinth_context context,
                                   enum patience patience);

/*
 * Maintenance: gives a piece back of each front end of this CPU that has not been refilled since the last time. From a
 * task. Frames given back.
 */
uint32_t labyrinth_magazines_trim(const struct magazines *m, unsigned cpu);

/* Any context. */
struct magazine_traffic labyrinth_magazines_traffic(const struct magazines *m);

/* Frames at hand on all CPUs; exact while nobody is in the allocator. */
uint64_t labyrinth_magazines_count(const struct magazines *m);

#endif
