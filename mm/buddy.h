/*
 * buddy.h - split and merge free blocks inside one page block: sixteen words, two cache lines.
 *
 *	word   0..7    free blocks of order 0, one bit each
 *	       8..11   order 1
 *	       12..13  order 2
 *	       14      order 3
 *	       15      orders 4 to 9: bits 0..31, 32..47, 48..55, 56..59, 60..61, 62
 *
 * Idea    A block of order k starts at a multiple of 2^k frames, so its twin is one XOR away and both are bits in the
 *         same words. No lists, and nothing is stored in free memory.
 * Writes  The sixteen words, and the list of a run. Needs the lock of the zone; nothing here locks, waits or fails half
 *         way.
 */
#ifndef MM_BUDDY_H
#define MM_BUDDY_H

#include "page.h"

struct page_block {
	_Alignas(128) uint64_t word[16];
};

/* The bit of the block that a block and its twin make: the bits of all orders form a heap, upside down. */
static inline unsigned buddy_above(unsigned bit)
{
	return BLOCK_FRAMES + bit / 2;
}

static inline bool buddy_test(const struct page_block *pb, unsigned bit)
{
	return (pb->word[bit / 64] >> bit % 64) & 1;
}

static inline void buddy_flip(struct page_block *pb, unsigned bit)
{
	pb->word[bit / 64] ^= UINT64_C(1) << bit % 64;
}

/* All taken, or all free as one block of order 9. */
void labyrinth_buddy_empty(struct page_block *pb);
void labyrinth_buddy_fill(struct page_block *pb);

/* From all free to all taken. */
static inline void buddy_close(struct page_block *pb)
{
	pb->word[15] = 0;
}

/* All free, but for the first block of an order. */
void labyrinth_buddy_break(struct page_block *pb, unsigned order);

/* The order of its largest free block + 1; 0 when there is none. */
unsigned labyrinth_buddy_room(const struct page_block *pb);

/* Of which orders are there free blocks, a bit each; is there one of exactly this order; and where is the lowest of
 * those, if there is one? */
unsigned labyrinth_buddy_orders(const struct page_block *pb);
bool labyrinth_buddy_has(const struct page_block *pb, unsigned order);
unsigned labyrinth_buddy_lowest(const struct page_block *pb, unsigned order);

/* How many free blocks of exactly this order? */
unsigned labyrinth_buddy_count(const struct page_block *pb, unsigned order);

/* How many free frames, in blocks of all orders? */
unsigned labyrinth_buddy_frames(const struct page_block *pb);

/* Is the block that starts at frame `offset` free, as a block of exactly this order? */
bool labyrinth_buddy_free_at(const struct page_block *pb, unsigned offset, unsigned order);

/* Takes the smallest free block that fits, the lowest of those; there is one. It is split down to `order`, the lower
 * half each time. Returns its first frame, and the order that it was of: each order below that, from `order` up, has
 * then gained one free block. The same when it is known of what order that is. */
unsigned labyrinth_buddy_take(struct page_block *pb, unsigned order, unsigned *from);
unsigned labyrinth_buddy_take_of(struct page_block *pb, unsigned order, unsigned from);

/* The order of the free block that a block lies in, from its own order up; above BLOCK_ORDER when there is none. */
unsigned labyrinth_buddy_around(const struct page_block *pb, unsigned offset, unsigned order);

/* Is this block free, as a whole or in a larger block? */
bool labyrinth_buddy_free_in(const struct page_block *pb, unsigned offset, unsigned order);

/* Takes this block, which is free as a whole or in a larger block; what is left of that is free. */
void labyrinth_buddy_take_at(struct page_block *pb, unsigned offset, unsigned order);

/* Which frames are free: a bit each. */
void labyrinth_buddy_map(const struct page_block *pb, uint64_t map[BLOCK_FRAMES / 64]);

/* Frames of a page block that were taken together: of its smallest free blocks, the lowest of those first. */
struct buddy_run {
	struct page *first;  /* they lie side by side, and their rows may be new; NULL: they are listed         */
	unsigned     frames;
	unsigned     lost;   /* order + 1 of the blocks if there may be none left; there is none if it was of 0 */
};

/*
 * How long a run is at most: of single frames; of other blocks smaller than a row; of blocks of a row or more a row, or
 * two from among several blocks. So many single frames are enough, too: only others of the same word make it longer.
 */
#define BUDDY_RUN_APART  15u
#define BUDDY_RUN_ENOUGH 8u
#define BUDDY_RUN_MOST   (2 * ROW_FRAMES)

/*
 * Takes a run of up to `most` frames, one or more; there is a free block. pages: of the page block. If its smallest
 * blocks are smaller than a row, the frames' pages are listed, the highest first, up to the place below `end`.
 */
struct buddy_run labyrinth_buddy_take_run(struct page_block *pb, struct page *pages, unsigned most, struct page **end);

/* Gives a block back, merging it with its twin for as long as the twin is free. Returns the order that it ends up as.
 * Each order below that, from `order` up, has then lost one free block. */
unsigned labyrinth_buddy_put(struct page_block *pb, unsigned offset, unsigned order);

/*
 * One order of that: a block comes, if carry is 1, and is there, or goes on into the next order, if that is what this
 * returns. Whether a twin is free is not foreseen by any CPU, so there is no branch.
 */
static inline __attribute__((always_inline)) unsigned buddy_carry(uint64_t *word, unsigned bit, unsigned carry)
{
	unsigned merges = (unsigned)(*word >> (bit ^ 1) % 64) & carry;

	*word ^= (uint64_t)carry << (bit ^ merges) % 64;
	return merges;
}

/* The same as labyrinth_buddy_put() for the four frames, by now free, that a frame is among; and for a single frame. */
unsigned labyrinth_buddy_put_four(struct page_block *pb, unsigned offset);

static inline __attribute__((always_inline)) unsigned buddy_put_frame(struct page_block *pb, unsigned offset)
{
	unsigned pair = buddy_carry(&pb->word[offset / 64], offset, 1);
	unsigned four = buddy_carry(&pb->word[8 + offset / 128], offset / 2, pair);

	return four == 0 ? pair : labyrinth_buddy_put_four(pb, offset);
}

/* The same for frames begin .. end - 1, one or more; returns the largest order that any of them ends up as. */
unsigned labyrinth_buddy_put_run(struct page_block *pb, unsigned begin, unsigned end);

#endif
