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

/* Number of the lowest free block of an order, in blocks of that order; BLOCK_FRAMES when there is none. */
static unsigned lowest(const struct page_block *pb, unsigned order)
{
	unsigned word = first_bit[order] / 64;

	for (unsigned i = 0; i < words_of(order); i++) {
		uint64_t bits = word_of(pb, order, word + i);

		if (bits != 0)
			return i * 64 + bits_lowest(bits);
	}
	return BLOCK_FRAMES;
}

bool labyrinth_buddy_has(const struct page_block *pb, unsigned order)
{
	return lowest(pb, order) != BLOCK_FRAMES;
}

unsigned labyrinth_buddy_count(const struct page_block *pb, unsigned order)
{
	unsigned count = 0;

	for (unsigned i = 0; i < words_of(order); i++)
		count += bits_count(word_of(pb, order, first_bit[order] / 64 + i));
	return count;
}

unsigned labyrinth_buddy_lowest(const struct page_block *pb)
{
	unsigned frame = BLOCK_FRAMES;

	for (unsigned k = 0; k <= BLOCK_ORDER; k++) {
		unsigned block = lowest(pb, k);

		if (block != BLOCK_FRAMES && block << k < frame)
			frame = block << k;
	}
	return frame;
}

bool labyrinth_buddy_free_at(const struct page_block *pb, unsigned offset, unsigned order)
{
	return test(pb, bit_of(order, offset >> order));
}

unsigned labyrinth_buddy_take(struct page_block *pb, unsigned from, unsigned order)
{
	unsigned block = lowest(pb, from);

	flip(pb, bit_of(from, block));
	while (from > order) {
		from--;
		block *= 2;
		flip(pb, bit_of(from, block + 1));
	}
	return block << order;
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

/* Single frames of one word of order 0. */
static unsigned take_singles(uint64_t *word, unsigned first, unsigned most, uint16_t *offset)
{
	unsigned taken = 0;

	for (; *word != 0 && taken < most; *word &= *word - 1)
		offset[taken++] = (uint16_t)(first + bits_lowest(*word));
	return taken;
}

unsigned labyrinth_buddy_take_run(struct page_block *pb, unsigned most, uint16_t *offset)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < words_of(0); i++)
		taken += take_singles(&pb->word[i], i * 64, most - taken, offset + taken);
	for (unsigned k = 1; k <= BLOCK_ORDER && taken < most;) {
		unsigned block = lowest(pb, k), begin = block << k, wanted = most - taken;

		if (block == BLOCK_FRAMES) {
			k++;
			continue;
		}
		flip(pb, bit_of(k, block));
		if (wanted > 1u << k)
			wanted = 1u << k;
		for (unsigned i = 0; i < wanted; i++)
			offset[taken++] = (uint16_t)(begin + i);
		leave_rest(pb, begin + wanted, begin + (1u << k));
	}
	return taken;
}

unsigned labyrinth_buddy_put(struct page_block *pb, unsigned offset, unsigned order)
{
	unsigned block = offset >> order;

	while (order < BLOCK_ORDER && test(pb, bit_of(order, block ^ 1))) {
		flip(pb, bit_of(order, block ^ 1));
		block /= 2;
		order++;
	}
	flip(pb, bit_of(order, block));
	return order;
}
