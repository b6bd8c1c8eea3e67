/*
 * zone.h - the free memory of one address range: page blocks, and trees that find the right one.
 *
 * Idea    For each mobility and order a tree says which page blocks hold a free block of exactly that order; one more
 *         says which are wholly free. The smallest order that fits is taken, lowest address first, so the choice
 *         depends on the set of free blocks alone. A page block keeps the mobility of whoever split it until it is
 *         whole again.
 * Writes  Everything below `lock` in the structure, the page blocks of the zone, and the words of its free frames.
 */
#ifndef MM_ZONE_H
#define MM_ZONE_H

#include <labyrinth/inspect.h>

#include "buddy.h"
#include "lock.h"
#include "tree.h"

#define ZONE_TREES (MOBILITIES * BLOCK_ORDER + 1)

enum patience {
	ZONE_WAIT, /* take the lock, however long its queue is */
	ZONE_TRY,  /* go on without it when it is held         */
};

struct zone {
	/* Set at bring-up, constant afterwards: no lock. */
	struct frames    *frames;
	struct tree_shape shape;
	block_t           first;
	uint32_t          blocks;
	uint64_t          managed; /* frames, holes not counted */

	struct lock       lock;
	/* Valid only while lock is held: */
	uint64_t         *whole;                            /* page blocks that are wholly free           */
	uint64_t         *partial[MOBILITIES][BLOCK_ORDER]; /* page blocks with a free block of the order */
	/* Written while lock is held, read by anyone: */
	_Atomic uint64_t  free;                             /* frames */
};

/* The first page block, as a physical page block number, that no longer belongs to the zone. */
uint64_t labyrinth_zone_limit(enum labyrinth_zone zone);

/* Words that labyrinth_zone_init() wants for the trees of a zone. */
size_t labyrinth_zone_tree_words(uint32_t blocks);

/* An empty zone over page blocks first .. first + blocks - 1. */
void labyrinth_zone_init(struct zone *z, struct frames *frames, block_t first, uint32_t blocks, uint64_t *trees);

/* At bring-up: a page block that is free as a whole, and a run of frames in one that is not. */
void labyrinth_zone_add_whole(struct zone *z, block_t b);
void labyrinth_zone_add_run(struct zone *z, block_t b, unsigned begin, unsigned end);

/*
 * Takes a block; its frames read FREE and belong to the caller alone. NULL when there is none, or when the lock is held
 * and the caller would not wait. Interrupts are off for O(BLOCK_ORDER) steps, and 512 stores when a page block is split
 * for the first time.
 */
struct page *labyrinth_zone_take(struct zone *z, unsigned order, enum mobility mobility, enum patience patience);

/*
 * Gives a block back; its first frame reads FREE. False, and nothing done, when the caller would not wait and would
 * have had to.
 */
bool labyrinth_zone_put(struct zone *z, struct page *page, unsigned order, enum patience patience);

/*
 * Up to `most` single frames of one page block under one lock, for at most ZONE_RUN; how many. And the way back for as
 * many as they are: false, and nothing done, when the caller would not wait and would have had to. The frames read
 * FREE after the first, and whatever before the second.
 */
#define ZONE_RUN 256u
uint32_t labyrinth_zone_take_run(struct zone *z, enum mobility mobility, uint32_t most, struct page **out,
                                 enum patience patience);
bool labyrinth_zone_put_many(struct zone *z, struct page *const *pages, uint32_t count, enum patience patience);

/* The lowest free frame that a mobility's single frames come from; NULL when there is none. Waits for the lock. */
const struct page *labyrinth_zone_lowest(struct zone *z, enum mobility mobility);

static inline uint64_t zone_free(const struct zone *z)
{
	return atomic_load_explicit(&z->free, memory_order_relaxed);
}

/* The zone of a page that is one of ours. */
static inline struct zone *zone_of(struct zone *zones, const struct page *page)
{
	block_t b = page_block_of(zones[LABYRINTH_ZONE_DMA].frames, page);
	unsigned i = LABYRINTH_ZONE_DMA;

	while (b.i - zones[i].first.i >= zones[i].blocks)
		i++;
	return &zones[i];
}

#endif
