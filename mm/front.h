/*
 * front.h - a front end: what one CPU has at hand in one context.
 *
 * Idea    Places for pages, of which those from `kept` up to `top` are at hand, and behind them a few more for those on
 *         their way to the buddy. There is room for as many frames as the traffic earns: none at first; every refill
 *         adds room for as many as it takes at most, up to the capacity; what is given back on demand, or because
 *         nothing was refilled between two calls of maintenance on this CPU, takes its room with it.
 * Writes  A front end: its CPU in its context, or, with interrupts off, its CPU in a task.
 */
#ifndef MM_FRONT_H
#define MM_FRONT_H

#include "shelf.h"

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

#endif
