/*
 * hooks.h - what a kernel may offer beyond its port: sleep, be told that maintenance is wanted, hear about refusals.
 *
 * Idea    Pointers in the configuration, because all of them are optional: NULL says aloud that the kernel does not
 *         have it. Nothing is guessed from a missing symbol.
 *
 * No lock of the allocator is held when one is called, and it may call the allocator back, as its context allows.
 */
#ifndef LABYRINTH_HOOKS_H
#define LABYRINTH_HOOKS_H

#include <labyrinth/alloc.h>
#include <labyrinth/port.h>

/* A request without NOWARN that was refused with NO_MEMORY. */
struct labyrinth_warning {
	struct labyrinth      *lab;
	labyrinth_gfp_t        gfp;
	unsigned               order;
	enum labyrinth_context context;
	uint64_t               refused; /* such requests so far, this one included              */
	uint64_t               free;    /* frames in the zones that it may use, in whatever blocks */
	uint64_t               reserve; /* frames that were left in the reserve                 */
};

struct labyrinth_hooks {
	/*
	 * Blocks the calling task until wake() or for that many ticks, but not at all when labyrinth_wakes(lab) is no
	 * longer `seen`. So that no wake-up is lost, look at labyrinth_wakes() when wake() would already find the
	 * task: in the wait queue, with its lock held, or whatever is the same in your kernel. May return early for
	 * no reason. A kernel without wait queues may let other tasks run once, and return.
	 *
	 * ticks    at most; as long as you like, the same as in the configuration. A sleep counts as one at least, so
	 *          microseconds are better than the period of a timer where wake-ups may be many.
	 * Returns  how many of them are left; 0: the time is over. A kernel without a clock may return `ticks`: then
	 *          the request sleeps so many times at most.
	 * Context  task, with nothing of the allocator held.
	 */
	uint64_t (*sleep)(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context);

	/*
	 * Wakes every task that sleeps so for this instance. Context: whoever has freed, task or interrupt, with the
	 * locks that he may hold; never an NMI. Called only while somebody sleeps or is about to.
	 */
	void (*wake)(struct labyrinth *lab, void *context);

	/*
	 * Names the calling task: any pointer but NULL that no other task has. So that a shrinker which allocates does
	 * not sleep until it itself frees something. Context: task.
	 */
	const void *(*self)(void *context);

	/*
	 * labyrinth_maintain() is wanted: a zone is below its low watermark, a task sleeps, the reserve is short, or,
	 * when an owner ends, has too much; or for the vault: `kick_frames` (init.h) of released frames wait to be
	 * shredded, or so many it lacks; or a claim or release finds nothing clean in it, or nothing beyond what it has
	 * promised; or, where there are movers, a block was refused to somebody who could not wait.
	 * At most once until labyrinth_maintain() has been called. Context: any request's, task or interrupt; never
	 * an NMI. Note it, and call labyrinth_maintain() elsewhere: from in here it would be kicked again by each frame
	 * that it takes itself, one call inside the other. Not called by labyrinth_init(): whether a zone is low from
	 * the beginning, because reserve and vault have taken it, labyrinth_maintenance_wanted() says.
	 */
	void (*kick)(struct labyrinth *lab, void *context);

	/*
	 * A request was refused. The 1st, 2nd, 4th, 8th and so on that could have been told is; so a storm of them is
	 * cheap. Context: the request's, NMI included. The warning is good until it returns.
	 */
	void (*warn)(const struct labyrinth_warning *warning, void *context);

	/*
	 * What time it is, in ticks of your choice: cycles, say. Every claim is then timed, and the longest of an owner
	 * is in its statistics. Need not be the same clock on each CPU, if a claim ends on the CPU where it began.
	 * Context: a claim's, NMI included.
	 */
	uint64_t (*clock)(void *context);

	void *context; /* handed to all of them */
};

/* How often wake() has been due, modulo 2^32: for sleep(). Any context. */
uint32_t labyrinth_wakes(const struct labyrinth *lab);

#endif
