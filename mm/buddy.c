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

/* The second block of each order from 4 to 8, in the last word. */
#define UPPER_HALVES (UINT64_C(2) << 0 | UINT64_C(2) << 32 | UINT64_C(2) << 48 | UINT64_C(2) << 56 | UINT64_C(2) << 60)

void labyrinth_buddy_break(struct page_block *pb, unsigned order)
{
	uint64_t *word = pb->word;

	word[0] = order > 0 ? 0 : 2;
	word[1] = word[2] = word[3] = word[4] = word[5] = word[6] = word[7] = 0;
	word[8] = order > 1 ? 0 : 2;
	word[9] = word[10] = word[11] = 0;
	word[12] = order > 2 ? 0 : 2;
	word[13] = 0;
	word[14] = order > 3 ? 0 : 2;
	word[15] = order < 4 ? UPPER_HALVES : UPPER_HALVES >> first_bit[order] % 64 << first_bit[order] % 64;
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

/* Are there free blocks of an order? Orders 4 and above: see word_of(). */
static inline bool any_0(const struct page_block *pb)
{
	const uint64_t *word = pb->word;

	return (word[0] | word[1] | word[2] | word[3] | word[4] | word[5] | word[6] | word[7]) != 0;
}

static inline bool any_1(const struct page_block *pb)
{
	return (pb->word[8] | pb->word[9] | pb->word[10] | pb->word[11]) != 0;
}

static inline bool any_2(const struct page_block *pb)
{
	return (pb->word[12] | pb->word[13]) != 0;
}

static inline bool any_3(const struct page_block *pb)
{
	return pb->word[14] != 0;
}

/* The same of orders 4 to 9, which share a word: a bit each. */
static inline unsigned any_above(uint64_t last)
{
	return (unsigned)((uint32_t)last != 0) << 4 | (unsigned)((last >> 32 & 0xffff) != 0) << 5
	       | (unsigned)((last >> 48 & 0xff) != 0) << 6 | (unsigned)((last >> 56 & 15) != 0) << 7
	       | (unsigned)((last >> 60 & 3) != 0) << 8 | (unsigned)(last >> 62 & 1) << 9;
}

bool labyrinth_buddy_has(const struct page_block *pb, unsigned order)
{
	if (order > 2)
		return word_of(pb, order, first_bit[order] / 64) != 0;
	if (order == 2)
		return any_2(pb);
	return order == 1 ? any_1(pb) : any_0(pb);
}

unsigned labyrinth_buddy_orders(const struct page_block *pb)
{
	return (unsigned)any_0(pb) | (unsigned)any_1(pb) << 1 | (unsigned)any_2(pb) << 2 | (unsigned)any_3(pb) << 3
	       | any_above(pb->word[15]);
}

unsigned labyrinth_buddy_lowest(const struct page_block *pb, unsigned order)
{
	return (smallest(pb, order) - first_bit[order]) << order;
}

unsigned labyrinth_buddy_room(const struct page_block *pb)
{
	const uint64_t *word = pb->word;

	if (word[15] != 0)
		return order_at(15 * 64 + bits_highest(word[15])) + 1;
	if (any_3(pb))
		return 4;
	if (any_2(pb))
		return 3;
	return any_1(pb) ? 2 : any_0(pb);
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

/* A free block, by its bit, is split down to an order; the first frame of what is taken of it. */
static inline unsigned split(struct page_block *pb, unsigned bit, unsigned from, unsigned order)
{
	buddy_flip(pb, bit);
	for (; from > order; from--) {
		bit = bit_below(bit);
		buddy_flip(pb, bit + 1);
	}
	return (bit - first_bit[order]) << order;
}

unsigned labyrinth_buddy_take(struct page_block *pb, unsigned order, unsigned *from)
{
	unsigned bit = smallest(pb, order);

	*from = order_at(bit);
	return split(pb, bit, *from, order);
}

unsigned labyrinth_buddy_take_of(struct page_block *pb, unsigned order, unsigned from)
{
	return split(pb, smallest(pb, from), from, order);
}

unsigned labyrinth_buddy_around(const struct page_block *pb, unsigned offset, unsigned order)
{
	while (order <= BLOCK_ORDER && !buddy_test(pb, bit_of(order, offset >> order)))
		order++;
	return order;
}

bool labyrinth_buddy_free_in(const struct page_block *pb, unsigned offset, unsigned order)
{
	return labyrinth_buddy_around(pb, offset, order) <= BLOCK_ORDER;
}

void labyrinth_buddy_take_at(struct page_block *pb, unsigned offset, unsigned order)
{
	unsigned k = labyrinth_buddy_around(pb, offset, order);

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

/*
 * Single frames, of which there are some. Each further word is as much work as a frame: the run is long enough, and as
 * long as it may be, with one less.
 */
static struct buddy_run take_singles(struct page_block *pb, struct page *pages, unsigned most, struct page **end)
{
	struct page **top = end, **enough = end - (most < BUDDY_RUN_ENOUGH ? most : BUDDY_RUN_ENOUGH);
	struct page **least = end - (most < BUDDY_RUN_APART ? most : BUDDY_RUN_APART);
	uint64_t *word = pb->word, rest;

	while (*word == 0)
		word++;
	for (pages += (word - pb->word) * 64;; pages += 64) {
		rest = *word;
		while (rest != 0 && top > least) {
			*--top = pages + bits_lowest(rest);
			rest &= rest - 1;
		}
		*word = rest;
		if (top <= enough++ || top <= least++ || word == &pb->word[words_of(0) - 1])
			break;
		word++;
	}
	while (rest == 0 && ++word < &pb->word[words_of(0)])
		rest = *word;
	return (struct buddy_run){ .frames = (unsigned)(end - top), .lost = rest == 0 };
}

/* Blocks of an order from 1 to 3, of which there are some; of the last of them the rest is free. */
static __attribute__((noinline)) struct buddy_run take_blocks(struct page_block *pb, unsigned order, struct page *pages,
                                                              unsigned most, struct page **end)
{
	struct page **top = end, **least = end - (most < BUDDY_RUN_ENOUGH ? most : BUDDY_RUN_ENOUGH);
	uint64_t *word = &pb->word[first_bit[order] / 64], *after = word + words_of(order);

	for (unsigned base = 0; top > least && word != after; word++, base += 64u << order)
		for (; top > least && *word != 0; *word &= *word - 1) {
			unsigned begin = base + (bits_lowest(*word) << order), above = begin + (1u << order);

			do
				*--top = pages + begin++;
			while (begin != above && top > least);
			leave_rest(pb, begin, above);
		}
	return (struct buddy_run){ .frames = (unsigned)(end - top), .lost = word[-1] == 0 ? order + 1 : 0 };
}

/*
 * The first frames of the smallest block of a row or more, of which there is one: a row, or two if the trees need not
 * hear of it, for there are others. The bits of blocks that large are all in the last word.
 */
static __attribute__((noinline)) struct buddy_run take_rows(struct page_block *pb, struct page *pages, unsigned most)
{
	uint64_t last = pb->word[15], turned = last & (~last + 1);
	unsigned bit = 15 * 64 + bits_lowest(last), order = order_at(bit), begin = (bit - first_bit[order]) << order;
	struct buddy_run run = { .first = pages + begin, .lost = turned == last ? order + 1 : 0 };
	unsigned fits = ROW_ORDER + (order > ROW_ORDER && most > ROW_FRAMES && turned != last);

	for (; order > fits; order--) {
		bit = bit_below(bit);
		turned |= UINT64_C(2) << bit % 64; /* its upper half */
	}
	pb->word[15] = last ^ turned;
	run.frames = most < 1u << fits ? most : 1u << fits;
	leave_rest(pb, begin + run.frames, begin + (1u << fits));
	return run;
}

struct buddy_run labyrinth_buddy_take_run(struct page_block *pb, struct page *pages, unsigned most, struct page **end)
{
	if (any_0(pb))
		return take_singles(pb, pages, most, end);
	if (any_1(pb))
		return take_blocks(pb, 1, pages, most, end);
	if (any_2(pb))
		return take_blocks(pb, 2, pages, most, end);
	return any_3(pb) ? take_blocks(pb, 3, pages, most, end) : take_rows(pb, pages, most);
}

/* The twins in the last word of all blocks that a row is in, and a bit that is never set: order 9 has none. */
#define TWIN(row, order, first) (UINT64_C(1) << ((first) + ((row) >> ((order) - 4) ^ 1)))
#define TWINS(row)   (TWIN(row, 4, 0) | TWIN(row, 5, 32) | TWIN(row, 6, 48) | TWIN(row, 7, 56) | TWIN(row, 8, 60) \
                      | UINT64_C(1) << 63)
#define TWINS_4(row) TWINS(row), TWINS((row) + 1), TWINS((row) + 2), TWINS((row) + 3)

static const uint64_t twins[BLOCK_ROWS] = {
	TWINS_4(0), TWINS_4(4), TWINS_4(8), TWINS_4(12), TWINS_4(16), TWINS_4(20), TWINS_4(24), TWINS_4(28),
};

/* The same for orders 4 and above: up to the first twin that is not free, all of them go in one step. */
static inline unsigned put_last(struct page_block *pb, unsigned offset, unsigned order)
{
	uint64_t from = twins[offset / ROW_FRAMES] >> first_bit[order] % 64 << first_bit[order] % 64;
	uint64_t taken = from & ~pb->word[15];
	unsigned twin = bits_lowest(taken);

	pb->word[15] ^= (from & ((taken & (~taken + 1)) - 1)) | UINT64_C(1) << (twin ^ 1);
	return BLOCK_ORDER - bits_highest((63 - twin) | 1);
}

unsigned labyrinth_buddy_put_four(struct page_block *pb, unsigned offset)
{
	unsigned eight = buddy_carry(&pb->word[12 + offset / 256], offset / 4, 1);
	unsigned row = buddy_carry(&pb->word[14], offset / 8, eight);

	return row == 0 ? 2 + eight : put_last(pb, offset, ROW_ORDER);
}

unsigned labyrinth_buddy_put(struct page_block *pb, unsigned offset, unsigned order)
{
	switch (order) {
	case 0:
		return buddy_put_frame(pb, offset);
	case 1:
		if (buddy_carry(&pb->word[8 + offset / 128], offset / 2, 1) == 0)
			return 1;
		return labyrinth_buddy_put_four(pb, offset);
	case 2:
		return labyrinth_buddy_put_four(pb, offset);
	case 3:
		return buddy_carry(&pb->word[14], offset / 8, 1) == 0 ? 3 : put_last(pb, offset, ROW_ORDER);
	default:
		return put_last(pb, offset, order);
	}
}

/*
 * Order by order, from the largest of which all of them are blocks: only at either end one can be left over, or merge
 * with one outside. Bits of an order begin at an even one, and above() leads from the first to the first. What is left
 * are rows, and each of them is one step; so are two that are one block.
 */
unsigned labyrinth_buddy_put_run(struct page_block *pb, unsigned begin, unsigned end)
{
	unsigned order = bits_lowest(begin | end | ROW_FRAMES), largest = 0;

	begin = bit_of(order, begin >> order);
	end = bit_of(order, end >> order);
	for (; order < ROW_ORDER && begin != end; order++) {
		if (begin & 1) {
			unsigned merges = buddy_test(pb, begin - 1);

			buddy_flip(pb, begin - merges);
			begin = begin + 1 - 2 * merges;
			largest = merges ? largest : order;
		}
		if (end & 1) {
			unsigned merges = buddy_test(pb, end);

			buddy_flip(pb, end - 1 + merges);
			end = end - 1 + 2 * merges;
			largest = merges ? largest : order;
		}
		begin = buddy_above(begin);
		end = buddy_above(end);
	}
	if (end - begin == 2 && begin % 2 == 0)
		return put_last(pb, (begin - first_bit[ROW_ORDER]) * ROW_FRAMES, ROW_ORDER + 1);
	for (; begin < end; begin++) {
		unsigned row = put_last(pb, (begin - first_bit[ROW_ORDER]) * ROW_FRAMES, ROW_ORDER);

		largest = row > largest ? row : largest;
	}
	return largest;
}
