/*
 * buddy.c - the sixteen words of a page block.
 */
#include "buddy.h"

#include "bits.h"

/* Where the bits of an order begin, counted from bit 0 of word 0: 512 bits for order 0, half as many for each next. */
static const uint16_t first_bit[BLOCK_ORDER + 1] = { 0, 512, 768, 896, 960, 992, 1008, 1016, 1020, 1022 };

static inline unsigned bit_of(unsigned order, unsigned block)
{
	return first_bit[order] + block;
}

/* The bit of the block that a block and its twin make: the bits of all orders form a heap, upside down. */
static inline unsigned bit_above(unsigned bit)
{
	return BLOCK_FRAMES + bit / 2;
}

/* The bit of its lower half. */
static inline unsigned bit_below(unsigned bit)
{
	return (bit - BLOCK_FRAMES) * 2;
}

static inline bool test(const struct page_block *pb, unsigned bit)
{
	return (pb->word[bit / 64] >> bit % 64) & 1;
}

static inline void flip(struct page_block *pb, unsigned bit)
{
	pb->word[bit / 64] ^= UINT64_C(1) << bit % 64;
}

/* The bits of an order inside one of its words; orders 0 to 3 fill theirs, 4 to 9 share the last. */
static inline uint64_t word_of(const struct page_block *pb, unsigned order, unsigned word)
{
	uint64_t bits = pb->word[word];

	if (order < 4)
		return bits;
	return (bits >> first_bit[order] % 64) & ((UINT64_C(1) << (BLOCK_FRAMES >> order)) - 1);
}

void labyrinth_buddy_empty(struct page_block *pb)
{
	for (unsigned i = 0; i < 16; i++)
		pb->word[i] = 0;
}

void labyrinth_buddy_fill(struct page_block *pb)
{
	labyrinth_buddy_empty(pb);
	flip(pb, bit_of(BLOCK_ORDER, 0));
}

static inline unsigned words_of(unsigned order)
{
	return order < 4 ? 8u >> order : 1;
}

/* The order that a bit stands for: half of all bits are of order 0, half of the others of order 1, and so on. */
static inline unsigned order_at(unsigned bit)
{
	return BLOCK_ORDER - bits_highest(2 * BLOCK_FRAMES - 1 - bit);
}

/* Orders ascend from word to word, and within the last: so the first bit from where an order begins is the smallest. */
static inline unsigned smallest(const struct page_block *pb, unsigned order)
{
	unsigned word = first_bit[order] / 64;
	uint64_t bits = pb->word[word] >> first_bit[order] % 64 << first_bit[order] % 64;

	while (bits == 0)
		bits = pb->word[++word];
	return word * 64 + bits_lowest(bits);
}

unsigned labyrinth_buddy_room(const struct page_block *pb)
{
	const uint64_t *word = pb->word;

	if (word[15] != 0)
		return order_at(15 * 64 + bits_highest(word[15])) + 1;
	if (word[14] != 0)
		return 4;
	if ((word[12] | word[13]) != 0)
		return 3;
	if ((word[8] | word[9] | word[10] | word[11]) != 0)
		return 2;
	return (word[0] | word[1] | word[2] | word[3] | word[4] | word[5] | word[6] | word[7]) != 0;
}

unsigned labyrinth_buddy_count(const struct page_block *pb, unsigned order)
{
	unsigned count = 0;

	for (unsigned i = 0; i < words_of(order); i++)
		count += bits_count(word_of(pb, order, first_bit[order] / 64 + i));
	return count;
}

unsigned labyrinth_buddy_frames(const struct page_block *pb)
{
	unsigned frames = 0;

	for (unsigned k = 0; k <= BLOCK_ORDER; k++)
		frames += labyrinth_buddy_count(pb, k) << k;
	return frames;
}

bool labyrinth_buddy_free_at(const struct page_block *pb, unsigned offset, unsigned order)
{
	return test(pb, bit_of(order, offset >> order));
}

unsigned labyrinth_buddy_take(struct page_block *pb, unsigned order, unsigned *from)
{
	unsigned bit = smallest(pb, order);

	*from = order_at(bit);
	flip(pb, bit);
	for (unsigned k = *from; k > order; k--) {
		bit = bit_below(bit);
		flip(pb, bit + 1);
	}
	return (bit - first_bit[order]) << order;
}

/* The order of the free block that a block lies in; above BLOCK_ORDER when there is none. */
static unsigned order_around(const struct page_block *pb, unsigned offset, unsigned order)
{
	while (order <= BLOCK_ORDER && !test(pb, bit_of(order, offset >> order)))
		order++;
	return order;
}

bool labyrinth_buddy_free_in(const struct page_block *pb, unsigned offset, unsigned order)
{
	return order_around(pb, offset, order) <= BLOCK_ORDER;
}

void labyrinth_buddy_take_at(struct page_block *pb, unsigned offset, unsigned order)
{
	unsigned k = order_around(pb, offset, order);

	flip(pb, bit_of(k, offset >> k));
	while (k-- > order)
		flip(pb, bit_of(k, (offset >> k) ^ 1));
}

/* Frames of one block of an order below 6, or all of a word's. */
static uint64_t ones(unsigned order)
{
	return order < 6 ? (UINT64_C(1) << (1u << order)) - 1 : UINT64_MAX;
}

static void map_block(uint64_t *map, unsigned offset, unsigned order)
{
	for (unsigned end = offset + (1u << order); offset < end; offset += 64 - offset % 64)
		map[offset / 64] |= ones(order) << offset % 64;
}

void labyrinth_buddy_map(const struct page_block *pb, uint64_t map[BLOCK_FRAMES / 64])
{
	for (unsigned i = 0; i < BLOCK_FRAMES / 64; i++)
		map[i] = pb->word[i];
	for (unsigned k = 1; k <= BLOCK_ORDER; k++)
		for (unsigned i = 0; i < words_of(k); i++) {
			uint64_t bits = word_of(pb, k, first_bit[k] / 64 + i);

			for (; bits != 0; bits &= bits - 1)
				map_block(map, (i * 64 + bits_lowest(bits)) << k, k);
		}
}

/* Frames begin .. end - 1 of a block that was just taken are free after all: as the largest blocks that fit. */
static void leave_rest(struct page_block *pb, unsigned begin, unsigned end)
{
	while (begin < end) {
		unsigned order = bits_lowest(begin);

		flip(pb, bit_of(order, begin >> order));
		begin += 1u << order;
	}
}

/* The lowest single frames of one word of order 0; how many. */
static unsigned take_singles(uint64_t *word, unsigned most, uint64_t *frames)
{
	uint64_t rest = *word;
	unsigned taken = 0;

	if (rest == 0)
		return 0;
	for (; rest != 0 && taken < most; taken++)
		rest &= rest - 1;
	*frames = *word ^ rest;
	*word = rest;
	return taken;
}

/* Adds frames begin .. end - 1. */
static void add_frames(struct buddy_run *run, unsigned begin, unsigned end)
{
	while (begin < end) {
		unsigned n = 64 - begin % 64 < end - begin ? 64 - begin % 64 : end - begin;

		run->frames[begin / 64] |= UINT64_MAX >> (64 - n) << begin % 64;
		begin += n;
	}
}

/* The order that the bits of a word are of; of the last word, those from a bit on. */
static unsigned order_of(unsigned word, unsigned bit)
{
	static const uint8_t orders[15] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3 };
	unsigned order = 4;

	if (word < 15)
		return orders[word];
	while (order < BLOCK_ORDER && bit >= first_bit[order + 1] % 64u)
		order++;
	return order;
}

/* A free block, or the lower part of it; how many frames. */
static unsigned take_part(struct page_block *pb, unsigned bit, unsigned most, struct buddy_run *run)
{
	unsigned order = order_of(bit / 64, bit % 64), begin = (bit - first_bit[order]) << order;
	unsigned end = begin + (1u << order), middle = end - begin < most ? end : begin + most;

	flip(pb, bit);
	add_frames(run, begin, middle);
	leave_rest(pb, middle, end);
	run->largest = order;
	return middle - begin;
}

/* The words are in ascending order of blocks. */
unsigned labyrinth_buddy_take_run(struct page_block *pb, unsigned room, unsigned most, struct buddy_run *run)
{
	unsigned taken = 0, word = 0;

	*run = (struct buddy_run){ .largest = 0 };
	if (room > BLOCK_ORDER)
		return take_part(pb, bit_of(BLOCK_ORDER, 0), most, run);
	for (; word < words_of(0) && taken < most; word++)
		taken += take_singles(&pb->word[word], most - taken, &run->frames[word]);
	for (; word < 16 && room > 1; word++)
		for (uint64_t bits = pb->word[word]; bits != 0 && taken < most; bits &= bits - 1)
			taken += take_part(pb, word * 64 + bits_lowest(bits), most - taken, run);
	return taken;
}

unsigned labyrinth_buddy_put(struct page_block *pb, unsigned offset, unsigned order)
{
	unsigned bit = bit_of(order, offset >> order);

	for (; order < BLOCK_ORDER && test(pb, bit ^ 1); order++) {
		flip(pb, bit ^ 1);
		bit = bit_above(bit);
	}
	flip(pb, bit);
	return order;
}
