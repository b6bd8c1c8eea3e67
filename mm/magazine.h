/*
 * magazine.h - single frames at hand on each CPU, for tasks and for interrupts apart.
 *
 * Idea    Each CPU has two front ends, and code in one context never touches the other's: so neither takes a lock nor
 *         masks interrupts. A front end is refilled with a run of frames from one page block under one lock, and gives
 *         back in batches. A freed frame is kept only if it is no higher than the last refill (the frontier): those
 *         above go back to the buddy, or a cache of whatever was freed last would undo "lowest address first", and with
 *         it large free blocks.
 * Writes  A front end: its CPU in its context, or, with interrupts off, its CPU in a task. The words of cached frames.
 */
#ifndef MM_MAGAZINE_H
#define MM_MAGAZINE_H

#include <labyrinth/port.h>

#include "zone.h"

#define MAGAZINE_LEAST 8u
#define MAGAZINE_MOST  1024u
#define MAGAZINE_CPUS  4096u

struct magazine {
	_Alignas(64) uint32_t count; /* frames in kept[]                                                 */
	uint32_t leaving;            /* frames in kept[] from `capacity` on: on their way to the buddy   */
	struct page *floor;          /* the first frame of the zone of the last refill                   */
	uintptr_t reach;             /* bytes from there to the highest of that refill: the frontier     */
	struct page **kept;          /* capacity + batch places                                          */
};

struct magazines {
	/* Constant after bring-up. */
	struct magazine *at;       /* two a CPU: task, interrupt */
	struct zone     *zones;
	uint32_t         cpus;
	uint32_t         capacity; /* 0: there are none */
	uint32_t         batch;
};

/* Frames that a refill takes and a flush gives back at once. */
static inline uint32_t magazine_batch(uint32_t capacity)
{
	return capacity / 4;
}

/* Pointers that the magazines of so many CPUs need room for. */
static inline size_t magazine_places(uint32_t cpus, uint32_t capacity)
{
	return (size_t)cpus * 2 * (capacity + magazine_batch(capacity));
}

void labyrinth_magazines_init(struct magazines *m, struct magazine *at, struct page **places, struct zone *zones,
                              uint32_t cpus, uint32_t capacity);

/* The front end of the caller, who is pinned to `cpu` and not in an NMI. */
static inline struct magazine *magazine_of(const struct magazines *m, unsigned cpu, enum labyrinth_context context)
{
	return &m->at[2 * cpu + (context != LABYRINTH_TASK)];
}

/* How far above the floor a frame is; huge when it is below. */
static inline uintptr_t magazine_height(const struct magazine *own, const struct page *page)
{
	return (uintptr_t)page - (uintptr_t)own->floor;
}

/* The hot halves: a frame at hand, or NULL; room for a frame that is worth keeping, or false. */
static inline struct page *magazine_pop(struct magazine *own)
{
	return own->count == 0 ? NULL : own->kept[--own->count];
}

static inline bool magazine_keep(const struct magazines *m, struct magazine *own, struct page *page)
{
	if (magazine_height(own, page) > own->reach || own->count == m->capacity)
		return false;
	own->kept[own->count++] = page;
	return true;
}

/* One frame, reading CACHED; NULL when the zones are empty too, or would have made the caller wait. */
struct page *labyrinth_magazine_take(const struct magazines *m, struct magazine *own, enum patience patience);

/* A frame that reads CACHED. Waits for a zone's lock when a batch leaves. */
void labyrinth_magazine_put(const struct magazines *m, struct magazine *own, struct page *page);

/*
 * Gives all that this CPU has at hand back to the zones: the caller's front end, and, from a task, the other one too.
 * Frames given back.
 */
uint32_t labyrinth_magazines_drain(const struct magazines *m, unsigned cpu, enum labyrinth_context context,
                                   enum patience patience);

/* Frames at hand on all CPUs; exact while nobody is in the allocator. */
uint64_t labyrinth_magazines_count(const struct magazines *m);

#endif
