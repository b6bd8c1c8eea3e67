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

#include "zone.h"

#define MAGAZINE_LEAST 8u
#define MAGAZINE_MOST  1024u
#define MAGAZINE_CPUS  4096u

/*
 * A whole page block may be at hand beside them, where all that front ends can keep that way is at most a 64th of
 * memory.
 */
#define MAGAZINE_LARGE_SHARE 64u

/* Frames that a refill takes at most, and that are given back at once: each is one stretch with interrupts off. */
#define MAGAZINE_REFILL 16u
#define MAGAZINE_PIECE  8u

struct magazine {
	_Alignas(64) struct page **top; /* the place above the frame that is taken next                          */
	struct page **end;              /* the place above the last that there is room for now                   */
	struct page  *floor;            /* the first frame of the zone of the last refill                        */
	uintptr_t     reach;            /* frames from there that are worth keeping. 0: who frees next looks
	                                   where the frontier is now                                             */
	struct page **kept;             /* capacity + a piece's places: at hand, then on their way to the buddy;
	                                   the place below the first holds NULL                                  */
	struct page  *window;           /* the first frame of an eighth of a page block whose words are valid    */
	uintptr_t     span;             /* frames from there that are worth keeping                              */
	bool          alone;            /* no other CPU calls                                                    */
	uint8_t       kinds;            /* bit LABYRINTH_GFP_...: that alone may be had from here                */
	uint32_t      usual;            /* the one of those that was asked for last: asked about first          */

	/* Counted on the longer ways, by who may write the rest; read by anyone. */
	_Alignas(64) _Atomic uint64_t refills, flushes, drains;
	uint64_t      looked;           /* refills when maintenance last came by                                 */
	uint32_t      leaving;          /* frames in kept[] from `capacity` on                                   */
	struct page  *large;            /* a block of BLOCK_ORDER, reading CACHED, or NULL                       */
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
};

/*
 * Front ends of a CPU, by enum labyrinth_context. In an NMI, which may have interrupted either of the others, there is
 * one that is always empty and full at once. The fourth is like it; with it, the place of a front end is a shift.
 */
#define FRONT_ENDS 4u

/* Pointers that the magazines of so many CPUs need room for. */
static inline size_t magazine_places(uint32_t cpus, uint32_t capacity)
{
	return capacity == 0 ? 0 : (size_t)cpus * (2 * (1 + capacity + MAGAZINE_PIECE) + 1);
}

/* frames: of the whole memory. */
void labyrinth_magazines_init(struct magazines *m, struct magazine *at, struct page **places, struct zone *zones,
                              uint32_t cpus, uint32_t capacity, uint64_t frames);

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

static inline uint32_t magazine_count(const struct magazine *own)
{
	return (uint32_t)(own->top - own->kept);
}

/* A frame at hand, or NULL. */
static inline struct page *magazine_pop(struct magazine *own)
{
	struct page *page = own->top[-1];

	own->top -= page != NULL;
	return page;
}

/* Is there room for this frame, and is it worth keeping? Any pointer may be asked about: true only for a frame. */
static inline bool magazine_wants(const struct magazine *own, const struct page *page)
{
	return magazine_height(own, page) < own->reach && own->top != own->end;
}

/*
 * Is it in the window? Any pointer may be asked about: if it is, it is a frame that is worth keeping, and its word is
 * valid, for no word becomes invalid again. So where frees are near each other, one comparison answers three questions.
 */
static inline bool magazine_sees(const struct magazine *own, const struct page *page)
{
	return page_above(own->window, page) < own->span;
}

/* Turns the window to a frame that is worth keeping, whose word is valid. */
static inline void magazine_look(struct magazine *own, struct page *page)
{
	uintptr_t left;

	own->window = page - (uintptr_t)page / sizeof(*page) % EIGHTH_FRAMES;
	left = own->reach - magazine_height(own, own->window);
	own->span = left < EIGHTH_FRAMES ? left : EIGHTH_FRAMES;
}

static inline void magazine_push(struct magazine *own, struct page *page)
{
	*own->top++ = page;
}

/* The large block at hand, or NULL. */
static inline struct page *magazine_pop_large(struct magazine *own)
{
	struct page *page = own->large;

	own->large = NULL;
	return page;
}

static inline bool magazine_wants_large(const struct magazine *own)
{
	return own->keeps_large && own->large == NULL;
}

/* A run of frames, for a front end that has none at hand; false when there is none, or none without waiting. */
bool labyrinth_magazine_refill(const struct magazines *m, struct magazine *own, enum patience patience);

/* One frame, reading CACHED; NULL when the zones are empty too, or would have made the caller wait. */
struct page *labyrinth_magazine_take(const struct magazines *m, struct magazine *own, enum patience patience);

/* A frame that reads CACHED. Waits for a zone's lock when a piece leaves, or when the frontier is looked for. */
void labyrinth_magazine_put(const struct magazines *m, struct magazine *own, struct page *page);

/*
 * Gives a piece of what this CPU has at hand back to the zones: of the caller's front end, and, from a task, when that
 * is empty, of the other one. Frames given back: 0 when there are none, or when a lock was held.
 */
uint32_t labyrinth_magazines_give_back(const struct magazines *m, unsigned cpu, enum labyrinth_context context,
                                       enum patience patience);

/* Times that this may be worth trying, unless others give meanwhile. */
static inline uint32_t magazines_pieces(const struct magazines *m)
{
	return m->capacity > 0 ? 2 * (m->capacity + MAGAZINE_PIECE + 1) : 0;
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
