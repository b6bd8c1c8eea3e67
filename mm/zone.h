/*
 * zone.h - the free memory of one address range: page blocks, and trees that find the right one.
 *
 * Idea    For each mobility and order below 9 a tree says which page blocks hold a free block of exactly that order. A
 *         free block of order 9 to 18 is a bit of its own in the tree of that order, and nothing else: the page blocks
 *         in it need not even be opened. The smallest order that fits is taken, lowest address first, so the choice
 *         depends on the set of free blocks alone. A page block keeps the mobility of whoever split it until it is
 *         whole again, or until another kind that has no room left finds it half free.
 * Writes  Everything below `lock` in the structure, the page blocks of the zone, and the words of its free frames.
 */
#ifndef MM_ZONE_H
#define MM_ZONE_H

#include <labyrinth/inspect.h>

#include "bad.h"
#include "buddy.h"
#include "large.h"
#include "lock.h"
#include "tree.h"

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
	struct tree_shape shape;   /* of partial[][]                                 */
	uint64_t          low, high, protect; /* frames that should stay free: watermark.h */

	struct lock       lock;
	/* Valid only while lock is held: */
	uint64_t         *partial[MOBILITIES][BLOCK_ORDER]; /* page blocks with a free block of the order */
	uint32_t          kinds;                            /* bit m: those trees are of use              */
	struct large      large;
	/* Written while lock is held, read by anyone: */
	_Atomic uint64_t  free;                             /* frames */
	_Atomic uint64_t  managed;                          /* frames, holes not counted */
};

/* The first page block, as a physical page block number, that no longer belongs to the zone. */
uint64_t labyrinth_zone_limit(enum labyrinth_zone zone);

/* Words that labyrinth_zone_init() wants for the trees of a zone. */
size_t labyrinth_zone_tree_words(uint32_t sections);

/* An empty zone over page blocks first .. first + blocks - 1, whose numbers in trees are those of some sections. */
void labyrinth_zone_init(struct zone *z, struct frames *frames, block_t first, uint32_t blocks,
                         uint32_t first_section, uint32_t sections, uint64_t *trees);

/* New memory: page blocks of one run that are free as a whole, and a run of frames in one that is not. Waits. */
void labyrinth_zone_add_whole(struct zone *z, block_t b, uint32_t blocks);
void labyrinth_zone_add_part(struct zone *z, block_t b, unsigned begin, unsigned end);

/* Has there ever been a page block of this kind? Before, nobody may look at the trees. */
static inline bool zone_knows(const struct zone *z, enum mobility m)
{
	return z->kinds >> m & 1;
}

/* Makes the word of a frame valid, in a block that the caller has to himself, wherever in it the frame lies. */
void labyrinth_zone_settle(const struct zone *z, struct page *page);

/* Which of its bits in the trees stands for a page block of the zone. */
static inline uint32_t zone_bit(const struct zone *z, block_t b)
{
	return block_bit(z->frames, b) - z->base;
}

/*
 * Takes a block; its frames read FREE and belong to the caller alone. NULL when there is none, or when the lock is held
 * and the caller would not wait. Only the word of its first frame need be valid. Interrupts are off for
 * O(LABYRINTH_MAX_ORDER) steps, and 64 stores when an eighth of a page block is used for the first time.
 */
struct page *labyrinth_zone_take(struct zone *z, unsigned order, enum mobility mobility, enum patience patience);

/* The same if that leaves so many frames free. */
struct page *labyrinth_zone_take_leaving(struct zone *z, uint64_t rest, unsigned order, enum mobility mobility,
                                         enum patience patience);

/* A single frame, only from a page block that is in use by this kind already; NULL when none has one. Waits. */
struct page *labyrinth_zone_take_within(struct zone *z, enum mobility mobility);

/*
 * A page block is about to be emptied: nobody allocates from it while there is anything else. And no longer: it is one
 * of movable frames, if it has not become whole. Both wait for the lock.
 */
void labyrinth_zone_leave(struct zone *z, block_t b);
void labyrinth_zone_stay(struct zone *z, block_t b);

/* Free frames in a page block: BLOCK_FRAMES when it is whole. Waits for the lock. */
unsigned labyrinth_zone_free_in(struct zone *z, block_t b);

/*
 * Gives a block back; its first frame reads FREE. Frames of it that are to go offline go. False, and nothing done, when
 * the caller would not wait and would have had to.
 */
bool labyrinth_zone_put(struct zone *z, struct page *page, unsigned order, enum patience patience);

/*
 * Up to `most` single frames of one page block under one lock, but none of what the zone protects, the highest first;
 * how many. And the way back for as many as they are: false, and nothing done, when the caller would not wait and would
 * have had to. The frames read FREE after the first, and whatever before the second.
 */
uint32_t labyrinth_zone_take_run(struct zone *z, enum mobility mobility, uint32_t most, struct page **out,
                                 enum patience patience);
bool labyrinth_zone_put_many(struct zone *z, struct page *const *pages, uint32_t count, enum patience patience);

/*
 * Takes these frames, which lie in a row, all of them or none: false when one is not free, or when the zone would be
 * left with less than `rest` frames. Only what labyrinth_zone_settle() has been called for has a valid word. Interrupts
 * are off for O(LABYRINTH_MAX_ORDER^2) steps: a span is at most two blocks of each order.
 */
bool labyrinth_zone_take_span(struct zone *z, uint64_t rest, const struct page *page, uint64_t frames,
                              enum mobility mobility);

/*
 * Which frames of a page block are free, a bit each. Returns how many page blocks in a row, from this one on, are free
 * as far as one look tells; 0 when this one is not as a whole. Waits for the lock.
 */
uint32_t labyrinth_zone_map(struct zone *z, block_t b, uint64_t map[BLOCK_FRAMES / 64]);

/*
 * Where the memory that a mobility's single frames come from begins: the last frame of its lowest page block, or the
 * first of a lower one that is whole. NULL when there is none. Waits for the lock.
 */
const struct page *labyrinth_zone_frontier(struct zone *z, enum mobility mobility);

static inline uint64_t zone_managed(const struct zone *z)
{
	return atomic_load_explicit(&z->managed, memory_order_relaxed);
}

static inline uint64_t zone_free(const struct zone *z)
{
	return atomic_load_explicit(&z->free, memory_order_relaxed);
}

/* Does the zone hold this page, which is one of ours? */
static inline bool zone_holds(const struct zone *z, const struct page *page)
{
	uintptr_t offset = (uintptr_t)page - (uintptr_t)block_page(z->frames, z->first, 0);

	return offset < (uint64_t)z->blocks * BLOCK_FRAMES * sizeof(struct page);
}

/* The zone of a page that is one of ours. */
static inline struct zone *zone_of(struct zone *zones, const struct page *page)
{
	unsigned i = LABYRINTH_ZONE_DMA;

	while (!zone_holds(&zones[i], page))
		i++;
	return &zones[i];
}

#endif
