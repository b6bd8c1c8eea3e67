/*
 * large.c - split and merge blocks of whole page blocks.
 */
#include "large.h"

#define SECTION_WORDS (sizeof(struct page_block) / sizeof(uint64_t))

_Static_assert(SECTION_BITS == BLOCK_FRAMES && LARGE_ORDERS == BLOCK_ORDER + 1, "a section is split like a page block");

size_t labyrinth_large_words(uint32_t sections)
{
	size_t marks = labyrinth_sums_shape(sections).words;

	return (sections + (marks + SECTION_WORDS - 1) / SECTION_WORDS) * SECTION_WORDS;
}

void labyrinth_large_init(struct large *l, uint32_t sections, uint64_t *words)
{
	*l = (struct large){ .sections = sections, .shape = labyrinth_sums_shape(sections),
	                     .section = (struct page_block *)(void *)words,
	                     .marks = words + sections * SECTION_WORDS };
	__builtin_memset(l->marks, 0, l->shape.words * sizeof(*l->marks));
}

static inline uint32_t marks_of(const struct large *l, uint32_t section)
{
	return sums_of(l->marks, section);
}

/* Orders of which a section has free blocks now, or has none any more. */
static inline void change_marks(struct large *l, uint32_t section, uint32_t changed)
{
	if (changed != 0)
		l->orders = sums_flip(&l->shape, l->marks, section, changed);
}

/* The words of a section that has these marks; they are of use now, if they were not. */
static struct page_block *words_of(struct large *l, uint32_t section, uint32_t marks)
{
	struct page_block *words = &l->section[section];

	if (marks == LARGE_WHOLE)
		labyrinth_buddy_fill(words);
	else if (marks == 0)
		labyrinth_buddy_empty(words);
	return words;
}

/* The order of the largest block that can begin here and ends within `room` page blocks. */
static unsigned largest_fit(uint32_t first, uint32_t room)
{
	unsigned order = LABYRINTH_MAX_ORDER;

	while (first % large_blocks(order) != 0 || large_blocks(order) > room)
		order--;
	return order;
}

void labyrinth_large_put(struct large *l, uint32_t first, unsigned order)
{
	uint32_t section = first / SECTION_BITS, marks = marks_of(l, section), were = marks;
	struct page_block *words;
	unsigned merged;

	if (order < LABYRINTH_MAX_ORDER) {
		words = words_of(l, section, marks);
		merged = labyrinth_buddy_put(words, first % SECTION_BITS, order - BLOCK_ORDER);
		if (merged > order - BLOCK_ORDER && merged < BLOCK_ORDER)
			marks = labyrinth_buddy_orders(words);
		marks = merged == BLOCK_ORDER ? LARGE_WHOLE : marks | 1u << merged;
	} else {
		marks = LARGE_WHOLE;
	}
	change_marks(l, section, marks ^ were);
}

/* Sections that become whole are marked together. */
void labyrinth_large_add(struct large *l, uint32_t first, uint32_t count)
{
	while (count > 0) {
		unsigned order = largest_fit(first, count);
		uint32_t n = large_blocks(order);

		if (order == LABYRINTH_MAX_ORDER) {
			n = count - count % SECTION_BITS;
			l->orders = labyrinth_sums_fill(&l->shape, l->marks, first / SECTION_BITS, n / SECTION_BITS,
			                                LARGE_WHOLE);
		} else {
			labyrinth_large_put(l, first, order);
		}
		first += n;
		count -= n;
	}
}

/* The first block of a section that is whole: of each order from there on the upper half is left. */
static uint32_t break_whole(struct large *l, uint32_t section, unsigned order)
{
	labyrinth_buddy_break(&l->section[section], order);
	change_marks(l, section, (2u << BLOCK_ORDER) - (1u << order));
	return section * SECTION_BITS;
}

/* The lowest block of an order of a section that is not whole, split: of the orders in between there was none. */
static uint32_t split(struct large *l, uint32_t section, unsigned order, unsigned from)
{
	struct page_block *words = &l->section[section];
	uint32_t first = labyrinth_buddy_take_of(words, order, from), changed = (1u << from) - (1u << order);

	change_marks(l, section, labyrinth_buddy_has(words, from) ? changed : changed | 1u << from);
	return section * SECTION_BITS + first;
}

uint32_t labyrinth_large_take(struct large *l, unsigned order)
{
	uint32_t fit = l->orders >> (order - BLOCK_ORDER) << (order - BLOCK_ORDER), section;
	unsigned from;

	if (fit == 0)
		return LARGE_NONE;
	from = bits_lowest(fit);
	section = sums_first(&l->shape, l->marks, 1u << from);
	return from == BLOCK_ORDER ? break_whole(l, section, order - BLOCK_ORDER)
	                           : split(l, section, order - BLOCK_ORDER, from);
}

unsigned labyrinth_large_around(const struct large *l, uint32_t first, unsigned order)
{
	uint32_t section = first / SECTION_BITS, marks = marks_of(l, section);
	unsigned k;

	if (marks == 0 || marks == LARGE_WHOLE)
		return marks == 0 ? 0 : LABYRINTH_MAX_ORDER;
	k = labyrinth_buddy_around(&l->section[section], first % SECTION_BITS, order - BLOCK_ORDER);
	return k <= BLOCK_ORDER ? k + BLOCK_ORDER : 0;
}

void labyrinth_large_take_at(struct large *l, uint32_t first, unsigned order)
{
	uint32_t section = first / SECTION_BITS, marks = marks_of(l, section);
	struct page_block *words = words_of(l, section, marks);

	labyrinth_buddy_take_at(words, first % SECTION_BITS, order - BLOCK_ORDER);
	change_marks(l, section, labyrinth_buddy_orders(words) ^ marks);
}

uint32_t labyrinth_large_first(const struct large *l)
{
	uint32_t section, lowest = SECTION_BITS;

	if (l->orders == 0)
		return LARGE_NONE;
	section = sums_first(&l->shape, l->marks, l->orders);
	for (uint32_t left = marks_of(l, section) & ~LARGE_WHOLE; left != 0; left &= left - 1) {
		uint32_t at = labyrinth_buddy_lowest(&l->section[section], bits_lowest(left));

		lowest = at < lowest ? at : lowest;
	}
	return section * SECTION_BITS + lowest % SECTION_BITS; /* whole: its first */
}

bool labyrinth_large_free(const struct large *l, uint32_t first, unsigned order)
{
	uint32_t section = first / SECTION_BITS, marks = marks_of(l, section);

	if (marks == 0 || marks == LARGE_WHOLE)
		return marks != 0 && order == LABYRINTH_MAX_ORDER;
	return labyrinth_buddy_free_at(&l->section[section], first % SECTION_BITS, order - BLOCK_ORDER);
}

unsigned labyrinth_large_at(const struct large *l, uint32_t first)
{
	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER && first % large_blocks(k) == 0; k++)
		if (labyrinth_large_free(l, first, k))
			return k;
	return 0;
}

unsigned labyrinth_large_count_in(const struct large *l, uint32_t section, unsigned order)
{
	uint32_t marks = marks_of(l, section);

	if (marks == 0 || marks == LARGE_WHOLE)
		return marks != 0 && order == LABYRINTH_MAX_ORDER;
	return labyrinth_buddy_count(&l->section[section], order - BLOCK_ORDER);
}

uint64_t labyrinth_large_count(const struct large *l, unsigned order)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < l->sections; i++)
		count += labyrinth_large_count_in(l, i, order);
	return count;
}

bool labyrinth_large_consistent(const struct large *l)
{
	uint32_t any = 0;

	for (uint32_t i = 0; i < l->sections; i++) {
		uint32_t marks = marks_of(l, i);

		any |= marks;
		if (marks != 0 && marks != LARGE_WHOLE && marks != labyrinth_buddy_orders(&l->section[i]))
			return false;
	}
	return any == l->orders && labyrinth_sums_consistent(&l->shape, l->marks, l->sections);
}
