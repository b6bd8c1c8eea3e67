/*
 * large.h - free blocks of whole page blocks: orders 9 to 18.
 *
 * Idea    A section, 1 GiB, is to page blocks what a page block is to frames: sixteen words have a bit for each of 512
 *         page blocks, of 256 pairs of them and so on, and buddy.h splits and merges them. Nothing is known of the
 *         page blocks inside. Page blocks that are twins in memory have numbers that are twins, by the sections of
 *         page.h.
 *         The marks of a section (sums.h) say of which orders it has free blocks. Its words are of use only while it
 *         has some below the largest: who breaks a section that is whole, or gives the first block back, writes them.
 * Writes  The words and the marks. Needs the lock of the zone.
 */
#ifndef MM_LARGE_H
#define MM_LARGE_H

#include "buddy.h"
#include "sums.h"

#define LARGE_ORDERS (LABYRINTH_MAX_ORDER - BLOCK_ORDER + 1)
#define LARGE_NONE   UINT32_MAX
#define LARGE_WHOLE  (1u << (LARGE_ORDERS - 1)) /* the marks of a section that is one free block */

struct large {
	uint32_t           orders;   /* bit i: there are free blocks of order BLOCK_ORDER + i */
	uint32_t           sections;
	struct sums_shape  shape;
	uint64_t          *marks;    /* a bit an order */
	struct page_block *section;
};

/* Words that labyrinth_large_init() wants for so many sections: a multiple of those of a section. */
size_t labyrinth_large_words(uint32_t sections);

/* No free block. The words begin where a section's may. */
void labyrinth_large_init(struct large *l, uint32_t sections, uint64_t *words);

/* Page blocks first .. first + count - 1 become free: the largest blocks that fit, merged with what is beside. */
void labyrinth_large_add(struct large *l, uint32_t first, uint32_t count);

/* Gives a block back, merging it with its twin for as long as the twin is free. */
void labyrinth_large_put(struct large *l, uint32_t first, unsigned order);

/* Takes the lowest of the smallest blocks that fit, split down to `order`, the lower half each time; LARGE_NONE. */
uint32_t labyrinth_large_take(struct large *l, unsigned order);

/* The order of the free block that a block lies in, from its own order up; 0 when there is none. */
unsigned labyrinth_large_around(const struct large *l, uint32_t first, unsigned order);

/* Takes this block, which lies in a free one; what is left of that is free. */
void labyrinth_large_take_at(struct large *l, uint32_t first, unsigned order);

/* The lowest page block in a free block, or LARGE_NONE. */
uint32_t labyrinth_large_first(const struct large *l);

/* The order of the free block that begins at a page block; 0 when none does. */
unsigned labyrinth_large_at(const struct large *l, uint32_t first);

/* Is the block of this order that a page block is in free, as a block of exactly this order? */
bool labyrinth_large_free(const struct large *l, uint32_t first, unsigned order);

/* How many free blocks of exactly this order; how many in a section? */
uint64_t labyrinth_large_count(const struct large *l, unsigned order);
unsigned labyrinth_large_count_in(const struct large *l, uint32_t section, unsigned order);

/* For those who check: do the marks say what the words do, and do all levels of them agree? */
bool labyrinth_large_consistent(const struct large *l);

/* Page blocks in a block of an order. */
static inline uint32_t large_blocks(unsigned order)
{
	return UINT32_C(1) << (order - BLOCK_ORDER);
}

#endif
