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

/* The bit of its lower half. */
static inline unsigned bit_below(unsigned bit)
{
	return (bit - BLOCK_FRAMES) * 2;
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
	buddy_flip(pb, bit_of(BLOCK_ORDER, 0));
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

/* Are there free blocks of order 0; of orders 1 to 3? */
static inline bool any_single(const struct page_block *pb)
{
	const uint64_t *word = pb->word;

	return (word[0] | word[1] | word[2] | word[3] | word[4] | word[5] | word[6] | word[7]) != 0;
}

static inline bool any_of_row(const struct page_block *pb)
{
	const uint64_t *word = pb->word;

	return (word[8] | word[9] | word[10] | word[11] | word[12] | word[13] | word[14]) != 0;
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
	return any_single(pb);
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
	return buddy_test(pb, bit_of(order, offset >> order));
}

unsigned labyrinth_buddy_take(struct page_block *pb, unsigned order, unsigned *from)
{
	unsigned bit = smallest(pb, order);

	*from = order_at(bit);
	buddy_flip(pb, bit);
	for (unsigned k = *from; k > order; k--) {
		bit = bit_below(bit);
		buddy_flip(pb, bit + 1);
	}
	return (bit - first_bit[order]) << order;
}

/* The order of the free block that a block lies in; above BLOCK_ORDER when there is none. */
static unsigned order_around(const struct page_block *pb, unsigned offset, unsigned order)
{
	while (order <= BLOCK_ORDER && !buddy_test(pb, bit_of(order, offset >> order)))
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

	buddy_flip(pb, bit_of(k, offset >> k));
	while (k-- > order)
		buddy_flip(pb, bit_of(k, (offset >> k) ^ 1));
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
static inline void leave_rest(struct page_block *pb, unsigned begin, unsigned end)
{
	while (begin < end) {
		unsigned order = bits_lowest(begin);

		buddy_flip(pb, bit_of(order, begin >> order));
		begin += 1u << order;
	}
}

/* Adds frames begin .. begin + n - 1, which are of one row. */
static inline void add_frames(struct buddy_run *run, unsigned begin, unsigned n)
{
	unsigned word = begin / 64;

	run->frames[word] = (run->words >> word & 1 ? run->frames[word] : 0) | ((UINT64_C(1) << n) - 1) << begin % 64;
	run->words |= 1u << word;
}

/* The lowest single frames; how many, at most as many as are wanted, which is one or more. */
static unsigned take_singles(struct page_block *pb, unsigned most, struct buddy_run *run)
{
	unsigned taken = 0;

	for (unsigned word = 0; word < words_of(0); word++) {
		uint64_t rest = pb->word[word];

		if (rest == 0)
			continue;
		do
			rest &= rest - 1;
		while (++taken < most && rest != 0);
		run->frames[word] = pb->word[word] ^ rest;
		run->words |= 1u << word;
		pb->word[word] = rest;
		if (taken == most)
			break;
	}
	return taken;
}

/* How many frames of a block of an order the run has a use for; 0: it is long enough. */
static inline unsigned part_of(unsigned order, unsigned taken, unsigned most)
{
	unsigned size = 1u << order, left = most - taken;

	if (size <= left)
		return size;
	return taken >= BUDDY_RUN_ENOUGH ? 0 : left;
}

/* The first n frames of a free block that is smaller than a row; the rest of it stays free. */
static inline void take_of_row(struct page_block *pb, unsigned bit, unsigned order, unsigned n, struct buddy_run *run)
{
	unsigned begin = (bit - first_bit[order]) << order;

	buddy_flip(pb, bit);
	add_frames(run, begin, n);
	leave_rest(pb, begin + n, begin + (1u << order));
	run->largest = order;
}

/* Of blocks smaller than a row, the smallest first, the lowest of those; how many frames the run has then. */
static unsigned take_of_some_rows(struct page_block *pb, unsigned taken, unsigned most, struct buddy_run *run)
{
	for (unsigned word = first_bit[1] / 64; word < 15; word++)
		while (pb->word[word] != 0) {
			unsigned bit = word * 64 + bits_lowest(pb->word[word]), order = order_at(bit);
			unsigned n = part_of(order, taken, most);

			if (n == 0)
				return taken;
			take_of_row(pb, bit, order, n, run);
			taken += n;
		}
	return taken;
}

/* The same of a row or more. The bits of blocks that large are all in the last word. */
static inline void take_of_rows(struct page_block *pb, unsigned bit, unsigned order, unsigned n, struct buddy_run *run)
{
	unsigned begin = (bit - first_bit[order]) << order;
	uint64_t turned = UINT64_C(1) << bit % 64;

	run->largest = order;
	for (; order > ROW_ORDER; order--) {
		bit = bit_below(bit);
		turned |= UINT64_C(2) << bit % 64; /* its upper half */
	}
	pb->word[15] ^= turned;
	add_frames(run, begin, n);
	leave_rest(pb, begin + n, begin + ROW_FRAMES);
	run->rows |= UINT32_C(1) << begin / ROW_FRAMES;
}

unsigned labyrinth_buddy_take_run(struct page_block *pb, unsigned most, struct buddy_run *run)
{
	unsigned taken = 0;

	run->words = run->largest = 0;
	run->rows = 0;
	if (any_single(pb))
		taken = take_singles(pb, most, run);
	if (taken < most && any_of_row(pb))
		taken = take_of_some_rows(pb, taken, most, run);
	while (taken < most && pb->word[15] != 0) {
		unsigned bit = 15 * 64 + bits_lowest(pb->word[15]), order = order_at(bit);
		unsigned n = part_of(order, taken, most);

		if (n == 0)
			break;
		take_of_rows(pb, bit, order, n, run);
		taken += n;
	}
	return taken;
}

unsigned labyrinth_buddy_put(struct page_block *pb, unsigned offset, unsigned order)
{
	return buddy_put_bit(pb, bit_of(order, offset >> order), order);
}

unsigned labyrinth_buddy_put_run(struct page_block *pb, unsigned begin, unsigned end)
{
	unsigned largest = 0;

	while (begin < end) {
		unsigned fits = bits_highest(end - begin), order = bits_lowest(begin | 1u << fits);
		unsigned becomes = buddy_put_bit(pb, bit_of(order, begin >> order), order);

		largest = becomes > largest ? becomes : largest;
		begin += 1u << order;
	}
	return largest;
}
