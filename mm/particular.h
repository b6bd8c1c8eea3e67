/*
 * particular.h - what somebody does with frames and page blocks of a zone that he has chosen himself.
 *
 * Writes  Through rooms.h, under the lock of the zone.
 */
#ifndef MM_PARTICULAR_H
#define MM_PARTICULAR_H

#include "zone.h"

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
 * A page block is about to be emptied: nobody allocates from it while there is anything else. And no longer: it is one
 * of movable frames, if it has not become whole. Both wait for the lock.
 */
void labyrinth_zone_leave(struct zone *z, block_t b);
void labyrinth_zone_stay(struct zone *z, block_t b);

/* A page block that the caller has to himself is of this kind: he is going to give a part of it back. Waits, too. */
void labyrinth_zone_divide(struct zone *z, block_t b, enum mobility m);

/* Free frames in a page block: BLOCK_FRAMES when it is whole. Waits for the lock. */
unsigned labyrinth_zone_free_in(struct zone *z, block_t b);

/*
 * Adds up the free blocks of a zone by order: a GiB of page blocks, or one page block in use, at a time, each under the
 * lock. Who would not wait, and would have had to, counts what he sees at that moment.
 */
void labyrinth_zone_count_blocks(struct zone *z, enum patience patience, uint64_t count[LABYRINTH_MAX_ORDER + 1]);

#endif
