/*
 * move.h - frames that the allocator may move, and compaction, which makes large free blocks by moving them.
 *
 * A mover is somebody who can copy a frame and switch all references to the copy: a page cache, the memory of
 * processes through their page tables. It registers a callback, allocates frames that carry its tag, and frees them as
 * usual. When a large block is wanted, compaction empties the 2 MiB that cost least: it asks the movers of the frames
 * in there to move to where there is room.
 */
#ifndef LABYRINTH_MOVE_H
#define LABYRINTH_MOVE_H

#include <labyrinth/alloc.h>

#define LABYRINTH_MAX_MOVERS 32 /* at a time */

struct labyrinth_mover {
	const char *name; /* for reports; must outlive the mover; not NULL */
	/*
	 * Asks to move what is in `from` to `to`. Under its own lock, the mover looks whether `from` is still its
	 * frame, copies it and switches every reference to `to`: true. From then on `from` is the allocator's and `to`
	 * the mover's, who may free it at once, from anywhere; until the callback has returned such a free shreds it,
	 * because nobody else knows yet whether what is in it asks for that. Afterwards `to` is to be shredded if
	 * `from` was. Or the mover refuses, false: nothing has changed, `to` is the allocator's.
	 *
	 * `from` carried this mover's tag when it was chosen. It may have been freed since, and even be somebody
	 * else's: who does not find it among his own frames refuses. Whoever frees a frame of the mover must therefore
	 * remove it from where the callback looks first, under the same lock.
	 *
	 * Context  task. The allocator holds no lock and has not pinned the CPU: the callback may wait, and may call
	 *          the allocator. A compaction from in here is refused (BUSY), maintenance does not compact, and
	 *          GFP_KERNEL goes without it. The mover cannot be unregistered meanwhile.
	 */
	bool (*relocate)(void *context, struct page *from, struct page *to);
	void *context;
};

/* Names a mover; a copy of it goes stale when the mover is unregistered. {0, 0} is nobody. */
typedef struct {
	uint16_t slot;
	uint16_t generation;
} labyrinth_mover_t;

/*
 * Registers a mover; ends one that has no frames left.
 *
 * mover    copied; see its fields.
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT, TOO_MANY_MOVERS; BAD_MOVER; BUSY: frames carry its tag, or it is being called.
 *          Nothing changed.
 * Cost     O(LABYRINTH_MAX_MOVERS); O(1).
 */
enum labyrinth_status labyrinth_mover_register(struct labyrinth *lab, const struct labyrinth_mover *mover,
                                               labyrinth_mover_t *out) LABYRINTH_MUST_USE;
enum labyrinth_status labyrinth_mover_unregister(struct labyrinth *lab, labyrinth_mover_t mover);

/*
 * One frame with the mover's tag, until labyrinth_free_pages(lab, page, 0), by whoever holds it then. Understood:
 * LABYRINTH_GFP_MOVABLE.
 *
 * Context, cost, memory as for labyrinth_alloc_pages() of order 0; it is never at hand, so a zone's lock is taken.
 * Errors   the same; BAD_MOVER: there is no such mover. Nothing changed.
 */
struct labyrinth_grant labyrinth_alloc_movable(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                               labyrinth_mover_t mover) LABYRINTH_MUST_USE;

struct labyrinth_compaction {
	enum labyrinth_status status;
	pfn_t    built;   /* when OK: first frame of what is free now; others may have taken it since */
	uint64_t moved;   /* frames                                                                   */
	uint64_t refused; /* by their movers                                                          */
};

/*
 * Builds one free block more of 2^order frames, by emptying page blocks (2 MiB): of those whose frames are all free or
 * movable the one with the fewest allocated, above order 9 of their aligned groups. Frames go to page blocks of movable
 * frames in the same zone, the lowest that has room first, and never split a page block that is free as a whole. What
 * this CPU has at hand goes back to the zones first.
 *
 * order    what the block is for: below 9, a page block is emptied for it.
 * budget   frames to ask for at most; bounds the work.
 * Context  task; it does not wait but for zone locks, each for the length of one operation.
 * Errors   NULL_POINTER, BAD_ORDER, IN_INTERRUPT; BUSY: a compaction is under way, perhaps the one that calls back:
 *          nothing changed. NO_MEMORY: nothing could be emptied, or not within the budget. What was moved stays moved,
 *          so that the next attempt begins with less.
 * Cost     O(page blocks) to choose, at most COMPACT_TRIES (8) times a zone; per frame that is moved two operations of
 *          the buddy and the callback.
 */
struct labyrinth_compaction labyrinth_compact(struct labyrinth *lab, unsigned order, uint64_t budget);

#endif
