/*
 * magazine.h - single frames at hand on each CPU, for tasks and for interrupts apart.
 *
 * Idea    Each CPU has two front ends, and code in one context never touches the other's: so neither takes a lock nor
 *         masks interrupts. A front end is refilled with a run of frames from one page block under one lock, and gives
 *         back a few at a time, so that no call does much at once. A freed frame is kept only if it is no higher than
 *         the last refill (the frontier): those above go back to the buddy, or a cache of whatever was freed last would
 *         undo "lowest address first", and with it large free blocks.
 *         There is room for as many frames as the traffic earns: none at first; every refill adds room for as many as
 *         it takes at most, up to the capacity; what is given back on demand, or because nothing was refilled between
 *         two calls of maintenance on this CPU, takes its room with it.
 * Writes  A front end: its CPU in its context, or, with interrupts off, its CPU in a task. The words of cached frames.
 */
#ifndef MM_MAGAZINE_H
#define MM_MAGAZINE_H

#include <labyrinth/port.h>

#include "shelf.h"

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

struct magazine {
	/* A pointer: the place above the frame that is taken next. Others read it for statistics. */
	_Alignas(64) _Atomic uintptr_t top;
	struct page **end;              /* the place above the last that there is room for now                   */
	struct page  *floor;            /* the first frame of the zone of the last refill                        */
	uintptr_t     reach;            /* frames from there that are worth keeping. 0: who frees next looks
	                                   where the frontier is now                                             */
	struct page  *window;           /* the first of some frames whose words are valid                        */
	uintptr_t     valid;            /* how many those are: whole rows                                       */
	uintptr_t     span;             /* of those, from the window on, how many are worth keeping              */
	bool          alone;            /* no other CPU calls                                                    */
	uint8_t       kinds;            /* bit LABYRINTH_GFP_...: that alone may be had from here                */
	uint32_t      usual;            /* the one of those that was asked for last: asked about first          */

	/* Counted on the longer ways, by who may write the rest; read by anyone. */
	_Alignas(64) _Atomic uint64_t refills;
	_Atomic uint64_t flushes, drains;
	uint64_t      looked;           /* refills when maintenance last came by                                 */
	struct page **kept;             /* at hand; the place below the first holds NULL                         */
	struct page **aside;            /* a piece's places, behind those: on their way to the buddy             */
	_Atomic uint32_t leaving;       /* frames there                                                          */
	uint16_t      trust;            /* flushes after which the frontier is looked for anew                   */
	uint16_t      apart;            /* those beyond the first so many there each follow the one before       */
	_Atomic uintptr_t large;        /* a pointer: a block of BLOCK_ORDER, reading CACHED, or NULL            */
	_Alignas(64) struct shelf shelf[SHELF_ORDERS];
	bool          keeps_large;
};

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

/* How many frames above the floor a frame is: see page_above(). */
static inline uintptr_t magazine_height(const struct magazine *own, const struct page *page)
{
	return page_above(own->floor, page);
}

/* Only its own context writes it, so there is nothing to order. */
static inline struct page **magazine_top(const struct magazine *own)
{
	return (struct page **)atomic_load_explicit(&own->top, memory_order_relaxed);
}

static inline void magazine_set_top(struct magazine *own, struct page **top)
{
	atomic_store_explicit(&own->top, (uintptr_t)top, memory_order_relaxed);
}

static inline uint32_t magazine_leaving(const struct magazine *own)
{
	return atomic_load_explicit(&own->leaving, memory_order_relaxed);
}

static inline void magazine_set_leaving(struct magazine *own, uint32_t leaving)
{
	atomic_store_explicit(&own->leaving, leaving, memory_order_relaxed);
}

static inline struct page *magazine_large(const struct magazine *own)
{
	return (struct page *)atomic_load_explicit(&own->large, memory_order_relaxed);
}

static inline void magazine_set_large(struct magazine *own, struct page *page)
{
	atomic_store_explicit(&own->large, (uintptr_t)page, memory_order_relaxed);
}

static inline uint32_t magazine_count(const struct magazine *own)
{
	return (uint32_t)(magazine_top(own) - own->kept);
}

/* A frame at hand, or NULL. */
static inline __attribute__((always_inline)) struct page *magazine_pop(struct magazine *own)
{
	struct page **top = magazine_top(own), *page = top[-1];

	magazine_set_top(own, top - (page != NULL));
	return page;
}

/* Is there room for this frame, and is it worth keeping? Any pointer may be asked about: true only for a frame. */
static inline bool magazine_wants(const struct magazine *own, const struct page *page)
{
	bool low = magazine_height(own, page) < own->reach, room = magazine_top(own) != own->end;

	return low & room; /* one branch, not two */
}

/* Is it a frame whose word is known to be valid, for no word becomes invalid again? Any pointer may be asked about. */
static inline bool magazine_knows(const struct magazine *own, const struct page *page)
{
	return page_above(own->window, page) < own->valid;
}

/*
 * Is it in the window? Any pointer may be asked about: if it is, it is a frame that is worth keeping, and its word is
 * valid. So one comparison answers three questions.
 */
static inline bool magazine_sees(const struct magazine *own, const struct page *page)
{
	return page_above(own->window, page) < own->span;
}

/* How much of what is known to be valid is worth keeping. */
static inline void magazine_focus(struct magazine *own)
{
	uintptr_t height = magazine_height(own, own->window), left = height < own->reach ? own->reach - height : 0;

	own->span = left < own->valid ? left : own->valid;
}

static inline void magazine_push(struct magazine *own, struct page *page)
{
	struct page **top = magazine_top(own);

	*top = page;
	magazine_set_top(own, top + 1);
}

/* The shelf of an order that has one. */
static inline struct shelf *magazine_shelf(struct magazine *own, unsigned order)
{
	return &own->shelf[order - 1];
}

/* The large block at hand, or NULL. */
static inline struct page *magazine_pop_large(struct magazine *own)
{
	struct page *page = magazine_large(own);

	magazine_set_large(own, NULL);
	return page;
}

static inline bool magazine_wants_large(const struct magazine *own)
{
	return own->keeps_large && magazine_large(own) == NULL;
}

/* The frontier is no longer known: who frees next looks where it is. */
static inline void magazine_forget_frontier(struct magazine *one)
{
	one->reach = one->span = 0;
}

/* Of traffic: only one context at a time writes it. */
static inline void magazine_count_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
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

static inline void magazine_set_aside(struct magazine *own, struct page *page)
{
	uint32_t leaving = magazine_leaving(own);

	own->aside[leaving] = page;
	magazine_set_leaving(own, leaving + 1);
}

/* So many of those that wait, the last, are known to follow each other. */
static inline uint32_t magazine_run(const struct magazine *own)
{
	uint32_t leaving = magazine_leaving(own);

	return leaving > own->apart ? leaving - own->apart + 1 : 1;
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
