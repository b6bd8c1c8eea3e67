/*
 * mover.h - who can move frames, and how many each has.
 *
 *	 63        48 47                        0
 *	+------------+---------------------------+
 *	| generation | frames                    |
 *	+------------+---------------------------+
 *
 * Idea    A generation that is odd is a live mover. A frame is counted before it gets the mover's tag and until after
 *         it has lost it, and a call of the mover counts as the frame that it is offered. So a mover that counts a
 *         frame stays alive.
 * Writes  A mover's record while nobody counts on it, under the lock; note[].movable of page blocks.
 */
#ifndef MM_MOVER_H
#define MM_MOVER_H

#include <labyrinth/move.h>

#include "instance.h"
#include "lock.h"
#include "page.h"

#define MOVER_FRAME UINT64_C(1)
#define MOVER_BORN  (UINT64_C(1) << 48) /* one step of the generation */

struct mover {
	_Atomic uint64_t   word;
	const char *_Atomic name;
	bool             (*relocate)(void *context, struct page *from, struct page *to);
	void              *context;
	_Atomic uint64_t   moved, refused; /* frames, by this mover */
};

struct movers {
	struct mover at[LABYRINTH_MAX_MOVERS];
	struct lock  lock; /* held while a slot is given to a new mover */
	_Atomic uint32_t alive; /* slots that are taken                 */
};

static inline uint64_t mover_frames(uint64_t word)
{
	return word % MOVER_BORN;
}

static inline uint16_t mover_generation(uint64_t word)
{
	return (uint16_t)(word / MOVER_BORN);
}

static inline bool mover_alive(uint64_t word)
{
	return mover_generation(word) & 1;
}

static inline uint64_t mover_load(const struct mover *m)
{
	return atomic_load_explicit(&m->word, memory_order_acquire);
}

/* Does the tag of a shared frame name a mover? */
static inline bool tag_moves(uint16_t tag)
{
	return tag >= TAG_MOVER && tag < TAG_MOVER + LABYRINTH_MAX_MOVERS;
}

static inline bool movers_any(const struct movers *movers)
{
	return atomic_load_explicit(&movers->alive, memory_order_relaxed) != 0;
}

void labyrinth_movers_init(struct movers *movers);

/* Frames of all movers. */
uint64_t labyrinth_movers_frames(const struct movers *movers);

/* Counts a frame that is to get the mover's tag. The mover; NULL when the handle names no live one. Any context. */
struct mover *labyrinth_mover_enter(struct movers *movers, labyrinth_mover_t who);

/* The same by a tag that was just read. NULL when the mover has lost its last frame meanwhile, and is gone. */
struct mover *labyrinth_mover_enter_tag(struct movers *movers, uint16_t tag);

/* Uncounts a frame that did not get the tag. */
void labyrinth_mover_leave(struct mover *m);

/* A frame that only this context can see, counted already, is the mover's. flags: WORD_SHRED, WORD_OFFERED. */
void labyrinth_mover_tag(const struct movers *movers, const struct frames *f, struct page *page, const struct mover *m,
                         uint64_t flags);

/* After the word of a frame with this tag, any tag, has become another. */
void labyrinth_mover_untag(struct movers *movers, const struct frames *f, const struct page *page, uint16_t tag);

#endif
