/*
 * reclaim.h - shrinkers: those who hold frames that they can do without, and give them back when asked.
 *
 * They are asked when a GFP_KERNEL request finds nothing, and by labyrinth_maintain() when a zone has fallen below its
 * low watermark, until it is above the high one.
 */
#ifndef LABYRINTH_RECLAIM_H
#define LABYRINTH_RECLAIM_H

#include <labyrinth/types.h>

#define LABYRINTH_MAX_SHRINKERS 64

/*
 * Every shrinker is asked once a round, with a priority that falls from ROUNDS - 1, gentle, to 0, hard: for one frame
 * in 2^priority of those that are wanted, rounded up. It ends as soon as there is enough, or after the last round. So
 * one request or maintenance asks ROUNDS times as many times as there are shrinkers, at most.
 */
#define LABYRINTH_RECLAIM_ROUNDS 4

struct labyrinth_shrinker {
	const char *name; /* for people; the string must outlive the registration */
	/*
	 * Frees about `wanted` frames, fewer if it has no more that it can miss at this priority; more is welcome.
	 *
	 * Returns  frames freed.
	 * Context  task; no lock of the allocator is held, those of the caller of labyrinth_alloc_pages() are. It is
	 *          never entered twice at the same time. It may call whatever a task may: its own GFP_KERNEL requests
	 *          neither reclaim nor sleep.
	 */
	uint64_t  (*scan)(uint64_t wanted, unsigned priority, void *context);
	void       *context;
};

/* A shrinker's registration. */
typedef struct {
	uint16_t slot;
	uint16_t generation; /* odd while it is registered */
} labyrinth_shrinker_t;

/*
 * Adds a shrinker.
 *
 * shrinker copied.
 * Context  task; from inside a scan too.
 * Errors   NULL_POINTER (name and scan included), IN_INTERRUPT, TOO_MANY_SHRINKERS: the configuration says how many.
 * Cost     O(slots) with interrupts off.
 */
enum labyrinth_status labyrinth_shrinker_register(struct labyrinth *lab, const struct labyrinth_shrinker *shrinker,
                                                  labyrinth_shrinker_t *id) LABYRINTH_MUST_USE;

/*
 * Ends it: after LABYRINTH_OK its scan is not running and will not be called again.
 *
 * Context  task.
 * Errors   NULL_POINTER (lab), IN_INTERRUPT, BAD_SHRINKER: never registered, or ended; BUSY: its scan is running, on
 *          another CPU or further up this stack. Try again later.
 * Cost     O(1) with interrupts off.
 */
enum labyrinth_status labyrinth_shrinker_unregister(struct labyrinth *lab, labyrinth_shrinker_t id) LABYRINTH_MUST_USE;

struct labyrinth_shrinker_stats {
	const char *name;
	uint64_t    asked; /* times                             */
	uint64_t    freed; /* frames, as it said itself         */
};

/* Errors NULL_POINTER, IN_INTERRUPT, BAD_SHRINKER. Context: task. */
enum labyrinth_status labyrinth_shrinker_stats(const struct labyrinth *lab, labyrinth_shrinker_t id,
                                               struct labyrinth_shrinker_stats *out);

#endif
