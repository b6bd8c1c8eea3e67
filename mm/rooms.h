/*
 * rooms.h - the free memory of one address range: page blocks, and trees that know which have room.
 *
 * Idea    The room of a page block is the order of its largest free block + 1, below 10; for each mobility trees say
 *         which page blocks have how much of it (ranks.h). A free block of order 9 to 18 is a bit of its own in a
 *         section (large.h), and nothing else: the page blocks in it need not even be opened, and have no room of
 *         their own. A page block keeps the mobility of whoever split it until it is whole again, or until another
 *         kind that has no room left finds a row of frames in it (choose.h).
 * Writes  Everything below `lock` in the structure, the page blocks of the zone, and the words of its free frames.
 *         Needs the lock of the zone; nothing here takes it, waits or fails half way.
 */
#ifndef MM_ROOMS_H
#define MM_ROOMS_H

#include "bad.h"
#include "buddy.h"
#include "large.h"
#include "lock.h"
#include "ranks.h"

enum patience {
	ZONE_WAIT, /* take the lock, however long its queue is */
	ZONE_TRY,  /* go on without it when it is held         */
};

struct zone {
	/* Set at bring-up, constant afterwards: no lock. */
	struct frames    *frames;
	block_t           first;
	uint32_t          blocks;
	uint32_t          base;    /* the number in trees that is bit 0 of its own   */
	uint32_t          sections;
	struct ranks_shape shape;   /* of partial[]                                   */
	uint64_t          low, high, protect; /* frames that should stay free: watermark.h */

	_Alignas(64) struct lock lock; /* whoever takes it writes `free` too: one cache line */
	/* Written while lock is held, read by anyone: */
	_Atomic uint64_t  free;                             /* frames */
	_Atomic uint64_t  managed;                          /* frames, holes not counted */
	/* Valid only while lock is held: */
	struct ranks     *partial[MOBILITIES]; /* page blocks by their room                  */
	uint32_t          kinds;               /* bit m: those ranks are of use              */
	struct large      large;
};

/* Interrupts are off, and the lock is held, from the first of these to the second; false when it is not waited for. */
static inline bool zone_enter(struct zone *z, enum patience patience, labyrinth_irq_t *was)
{
	*was = labyrinth_port_irq_off();
	if (patience == ZONE_WAIT) {
		lock_take(&z->lock);
		return true;
	}
	if (lock_try(&z->lock))
		return true;
	labyrinth_port_irq_back(*was);
	return false;
}

static inline void zone_exit(struct zone *z, labyrinth_irq_t was)
{
	lock_leave(&z->lock, was);
}

static inline uint64_t zone_free(const struct zone *z)
{
	return atomic_load_explicit(&z->free, memory_order_relaxed);
}

static inline void zone_add_free(struct zone *z, uint64_t frames)
{
	atomic_store_explicit(&z->free, zone_free(z) + frames, memory_order_relaxed);
}

/* Which of its bits in the trees stands for a page block of the zone, and the way back. */
static inline uint32_t zone_bit(const struct zone *z, block_t b)
{
	return block_bit(z->frames, b) - z->base;
}

static inline block_t zone_block(const struct zone *z, uint32_t bit)
{
	return block_of_bit(z->frames, z->base + bit);
}

/* Does the zone hold this page, which is one of ours? */
static inline bool zone_holds(const struct zone *z, const struct page *page)
{
	uintptr_t offset = (uintptr_t)page - (uintptr_t)block_page(z->frames, z->first, 0);

	return offset < (uint64_t)z->blocks * BLOCK_FRAMES * sizeof(struct page);
}

/* Has there ever been a page block of this kind? Before, nobody may look at the trees. */
static inline bool zone_knows(const struct zone *z, enum mobility m)
{
	return z->kinds >> m & 1;
}

/* The first page block of a kind: its trees are empty. Most kernels never have one of some kinds. */
void labyrinth_rooms_know(struct zone *z, enum mobility m);

/* A page block that nobody has used gets a note, and free bits that say that all of it is taken. */
void labyrinth_rooms_open(const struct zone *z, block_t b);

/* A block of whole page blocks, or NULL. The first of them is opened; the others need not be. */
struct page *labyrinth_rooms_take_large(struct zone *z, unsigned order, enum mobility m);

/* A page block of whole ones, just taken, is split: its first block of an order below 9 is taken, the rest is free. */
void labyrinth_rooms_break(struct zone *z, block_t b, unsigned order, enum mobility m);

/* A block of an order below 9, out of the smallest that fits in a page block that has one, the lowest of those. */
struct page *labyrinth_rooms_take(struct zone *z, block_t b, unsigned order);

/* The same from a page block of another kind, which becomes this kind's own. */
struct page *labyrinth_rooms_seize(struct zone *z, block_t b, unsigned order, enum mobility m);

/* The trees hear of a page block that may have lost its largest free block. */
void labyrinth_rooms_look(struct zone *z, block_t b);

/* The same when a run was taken: buddy.h says what was lost. */
void labyrinth_rooms_lost(struct zone *z, block_t b, unsigned lost);

/* Gives a block back; and frames first .. end - 1, by index, of one block. */
void labyrinth_rooms_put(struct zone *z, struct page *page, unsigned order);
void labyrinth_rooms_put_frames(struct zone *z, uint64_t first, uint64_t end);

/*
 * Gives single frames of the zone back, the last of a list, until that was work enough for one stretch with interrupts
 * off; how many, at least one if the last is of the zone. Nobody else can see them; they read CACHED. The last `run` of
 * them are known to follow each other in memory.
 */
uint32_t labyrinth_rooms_put_singles(struct zone *z, struct page *const *pages, uint32_t count, uint32_t run);

/* Those of a block that are to go offline stay out of the buddy; the others are free. */
void labyrinth_rooms_put_around_bad(struct zone *z, struct page *page, unsigned order);

/* From now on the page block is in the trees of another kind. */
void labyrinth_rooms_change_kind(struct zone *z, block_t b, enum mobility m);

#endif
