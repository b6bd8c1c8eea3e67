/*
 * zone.h - the free memory of one address range: take and give back, one at a time under its lock.
 *
 * Idea    choose.h says which block, rooms.h takes it. Each call is one stretch with interrupts off.
 * Writes  Through rooms.h, under the lock of the zone; the words of the frames that come and go.
 */
#ifndef MM_ZONE_H
#define MM_ZONE_H

#include <labyrinth/inspect.h>

#include "rooms.h"

/* The first page block, as a physical page block number, that no longer belongs to the zone. */
uint64_t labyrinth_zone_limit(enum labyrinth_zone zone);

/* Words that labyrinth_zone_init() wants for the trees of a zone, whose numbers in them are so many. */
size_t labyrinth_zone_tree_words(uint32_t bits);

/* An empty zone over page blocks first .. first + blocks - 1, whose numbers in trees begin with those of a section. */
void labyrinth_zone_init(struct zone *z, struct frames *frames, block_t first, uint32_t blocks,
                         uint32_t first_section, uint32_t bits, uint64_t *trees);

/* New memory: page blocks of one run that are free as a whole, and a run of frames in one that is not. Waits. */
void labyrinth_zone_add_whole(struct zone *z, block_t b, uint32_t blocks);
void labyrinth_zone_add_part(struct zone *z, block_t b, unsigned begin, unsigned end);

/*
 * Makes the word of a frame valid, in a block that the caller has to himself, wherever in it the frame lies: its row is
 * all the caller's, or was settled when the block was taken. No lock is needed.
 */
void labyrinth_zone_settle(const struct zone *z, struct page *page);

/* The same for every frame of a page block. */
void labyrinth_zone_settle_block(const struct zone *z, struct page *page);

/*
 * Takes a block; its frames read FREE and belong to the caller alone. NULL when there is none, or when the lock is held
 * and the caller would not wait. Only the word of its first frame need be valid. Interrupts are off for
 * O(LABYRINTH_MAX_ORDER) steps, and 16 stores when a row of frames is used for the first time.
 */
struct page *labyrinth_zone_take(struct zone *z, unsigned order, enum mobility mobility, enum patience patience);

/* The same if that leaves so many frames free. */
struct page *labyrinth_zone_take_leaving(struct zone *z, uint64_t rest, unsigned order, enum mobility mobility,
                                         enum patience patience);

/* A single frame, only from a page block that is in use by this kind already; NULL when none has one. Waits. */
struct page *labyrinth_zone_take_within(struct zone *z, enum mobility mobility);

/*
 * Gives a block back; its first frame reads FREE. Frames of it that are to go offline go. False, and nothing done, when
 * the caller would not wait and would have had to.
 */
bool labyrinth_zone_put(struct zone *z, struct page *page, unsigned order, enum patience patience);

/*
 * The order of the first run of a page block that is whole: a cache line of frame words. With half of it a CPU would
 * share the line with the next one that asks, and two CPUs would do a quarter of what they do so.
 */
#define ZONE_FIRST_RUN 3u

/* Frames that are taken at once out of what a page block of another kind has in small pieces. */
#define ZONE_OTHER_RUN 3u

/*
 * Up to `most` single frames, BUDDY_RUN_MOST at most, of one page block under one lock, but none of what the zone
 * protects, the highest first; how many. They read CACHED. All `most` places of the list may be written.
 */
uint32_t labyrinth_zone_take_run(struct zone *z, enum mobility mobility, uint32_t most, struct page **out,
                                 enum patience patience);

/*
 * The last of some single frames, which nobody else can see and which read CACHED, go back, up to one of another zone:
 * a bounded amount of work. How many: the last at least; 0, and nothing done, when the caller would not wait and would
 * have had to. The last `run` of them are known to follow each other in memory.
 */
uint32_t labyrinth_zone_put_some(struct zone *z, struct page *const *pages, uint32_t count, uint32_t run,
                                 enum patience patience);

/*
 * Where the memory that a mobility's single frames come from begins: the last frame of its lowest page block, or the
 * first of a lower one that is whole. NULL when there is none. Waits for the lock.
 */
const struct page *labyrinth_zone_frontier(struct zone *z, enum mobility mobility);

static inline uint64_t zone_managed(const struct zone *z)
{
	return atomic_load_explicit(&z->managed, memory_order_relaxed);
}

/* The zone of a page that is one of ours. */
static inline struct zone *zone_of(struct zone *zones, const struct page *page)
{
	unsigned i = LABYRINTH_ZONE_NORMAL;

	while (!zone_holds(&zones[i], page))
		i--;
	return &zones[i];
}

#endif
