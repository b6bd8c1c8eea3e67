/*
 * window.h - the window of each CPU: where it sees, one frame a slot, what is in nobody's reach.
 *
 * Idea    The slots of a CPU are a stack, as the contexts are that use it: an interrupt comes back before what it
 *         interrupted goes on. A slot is taken before it is filled, and left after it has been emptied; whoever
 *         interrupts that at any instruction finds the slots above it empty. A handler that comes back with a slot
 *         still open is found out when a lower one is to be closed; if that one was just being closed, it is left all
 *         the same, as each slot has a bit of its own, and is had again when those above it are closed.
 *         Without an isolation port slots are counted all the same, and what is in them is seen at its direct-map
 *         address.
 *         What is exclusive is shown again when it stops being so; hidden it is by isolate.h.
 * Writes  The slots of the CPU that it runs on: in a task, pinned; in an interrupt; in an NMI.
 */
#ifndef MM_WINDOW_H
#define MM_WINDOW_H

#include <labyrinth/isolate.h>

#include "bits.h"
#include "word.h"

/* On a cache line of its own: no other CPU looks at it. */
struct window {
	_Alignas(64) _Atomic uint32_t open; /* a bit for each slot in use */
};

struct isolation {
	struct window *at;    /* one for each CPU                                                  */
	uint32_t       cpus;
	uint32_t       slots; /* of each                                                           */
	bool           on;    /* there is an isolation port: set once, while nobody else is at work */
	struct labyrinth_isolation call;
	_Atomic uint64_t shootdowns; /* since then                                                 */
	_Atomic uint64_t refused;    /* frames that could not be hidden, and blocks                */
};

void labyrinth_isolation_init(struct isolation *iso, struct window *at, uint32_t cpus);

/* A single frame is no longer exclusive. Any context. */
static inline void isolation_show(const struct isolation *iso, phys_addr_t frame)
{
	if (iso->on)
		iso->call.show(frame, 0, iso->call.context);
}

/* CPUs that windows are kept for, with so many in the configuration. */
static inline uint32_t window_cpus(uint32_t configured)
{
	if (configured == 0)
		return 1;
	return configured < WORD_CPUS ? configured : WORD_CPUS;
}

static inline uint32_t window_open(const struct isolation *iso, unsigned cpu)
{
	return atomic_load_explicit(&iso->at[cpu].open, memory_order_relaxed);
}

/* Can what is hidden be seen from here? Not on a CPU that there is no window for. Any context. */
bool labyrinth_window_here(const struct isolation *iso);

/* The slot above all of these. */
static inline unsigned window_next(uint32_t open)
{
	return open == 0 ? 0 : bits_highest(open) + 1;
}

/* Has this CPU a slot left for a claim? */
static inline bool window_has(const struct isolation *iso, unsigned cpu)
{
	return window_next(window_open(iso, cpu)) < iso->slots - LABYRINTH_KEPT_WINDOWS;
}

/* Takes the slot above those in use, if that is below `most`; else false. The caller is pinned here, as below. */
bool labyrinth_window_take(struct isolation *iso, unsigned cpu, uint32_t most, unsigned *slot);

/* Leaves a slot. */
static inline void window_leave(struct isolation *iso, unsigned cpu, unsigned slot)
{
	atomic_fetch_and_explicit(&iso->at[cpu].open, ~(UINT32_C(1) << slot), memory_order_release);
}

/* Fills a slot that was taken: the address; and empties it. */
void *labyrinth_window_fill(const struct isolation *iso, unsigned slot, phys_addr_t frame);
void labyrinth_window_empty(const struct isolation *iso, unsigned slot);

/*
 * For the allocator's own use: the bytes of a hidden frame until labyrinth_window_close(), which the same context calls
 * with the slot that it got. It stays pinned in between. Only with an isolation port. Any context.
 */
void *labyrinth_window_open(struct isolation *iso, phys_addr_t frame, unsigned *slot);
void labyrinth_window_close(struct isolation *iso, unsigned slot);

#endif
