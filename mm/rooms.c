/*
 * rooms.c - blocks come and go, and the trees hear of it.
 */
#include "rooms.h"

void labyrinth_rooms_know(struct zone *z, enum mobility m)
{
	if (zone_knows(z, m))
		return;
	for (unsigned k = 0; k < BLOCK_ORDER; k++)
		tree_clear_all(z->partial[m][k]);
	z->kinds |= 1u << m;
}

void labyrinth_rooms_open(const struct zone *z, block_t b)
{
	if (block_opened(z->frames, b))
		return;
	labyrinth_buddy_empty(&z->frames->block[b.i]);
	labyrinth_frames_open(z->frames, b);
}

struct page *labyrinth_rooms_take_large(struct zone *z, unsigned order, enum mobility m)
{
	uint32_t bit = labyrinth_large_take(&z->large, order);
	block_t b;

	if (bit == TREE_NONE)
		return NULL;
	b = zone_block(z, bit);
	labyrinth_rooms_open(z, b);
	labyrinth_rooms_know(z, m);
	z->frames->note[b.i].mobility = (uint8_t)m;
	return block_page(z->frames, b, 0);
}

static inline uint64_t *tree_of(const struct zone *z, const struct block_note *note, unsigned order)
{
	return z->partial[note->mobility][order];
}

/* The page block has gained a free block of an order, or may have lost its last. A tree hears of the first and last. */
static void gained(struct zone *z, block_t b, unsigned order)
{
	struct block_note *note = &z->frames->note[b.i];

	if (note->listed >> order & 1)
		return;
	note->listed = (uint16_t)(note->listed | 1u << order);
	labyrinth_tree_set(&z->shape, tree_of(z, note, order), note->bit - z->base);
}

static void lost(struct zone *z, block_t b, unsigned order)
{
	struct block_note *note = &z->frames->note[b.i];

	if (!(note->listed >> order & 1) || labyrinth_buddy_has(&z->frames->block[b.i], order))
		return;
	note->listed = (uint16_t)(note->listed & ~(1u << order));
	labyrinth_tree_clear(&z->shape, tree_of(z, note, order), note->bit - z->base);
}

/* The page block has become whole: from now on one bit says so, not its own. */
static void close_whole(struct zone *z, block_t b)
{
	labyrinth_buddy_take(&z->frames->block[b.i], BLOCK_ORDER, BLOCK_ORDER);
	labyrinth_large_put(&z->large, zone_bit(z, b), BLOCK_ORDER);
}

#define PARTIAL_ORDERS ((1u << BLOCK_ORDER) - 1)

void labyrinth_rooms_relist(struct zone *z, block_t b, unsigned orders)
{
	for (orders &= PARTIAL_ORDERS; orders != 0; orders &= orders - 1) {
		unsigned k = bits_lowest(orders);

		if (labyrinth_buddy_has(&z->frames->block[b.i], k))
			gained(z, b, k);
		else
			lost(z, b, k);
	}
}

void labyrinth_rooms_list(struct zone *z, block_t b, unsigned order)
{
	if (order == BLOCK_ORDER)
		close_whole(z, b);
	else
		gained(z, b, order);
}

static void put_small(struct zone *z, block_t b, unsigned offset, unsigned order)
{
	unsigned top = labyrinth_buddy_put(&z->frames->block[b.i], offset, order);

	for (unsigned k = order; k < top; k++)
		lost(z, b, k);
	labyrinth_rooms_list(z, b, top);
}

void labyrinth_rooms_put(struct zone *z, struct page *page, unsigned order)
{
	block_t b = page_block_of(z->frames, page);

	if (order < BLOCK_ORDER)
		put_small(z, b, (unsigned)(page_index(z->frames, page) % BLOCK_FRAMES), order);
	else
		labyrinth_large_put(&z->large, zone_bit(z, b), order);
	zone_add_free(z, UINT64_C(1) << order);
}

void labyrinth_rooms_put_frames(struct zone *z, uint64_t first, uint64_t end)
{
	while (first < end) {
		struct page *page = &z->frames->page[first];
		unsigned order = pfn_fit(labyrinth_frames_pfn(z->frames, page), end - first);

		labyrinth_rooms_put(z, page, order);
		first += UINT64_C(1) << order;
	}
}

void labyrinth_rooms_put_around_bad(struct zone *z, struct page *page, unsigned order)
{
	uint64_t first = page_index(z->frames, page), end = first + (UINT64_C(1) << order);

	while (first < end) {
		uint64_t bad = labyrinth_bad_next(z->frames->bad, first, end);

		if (bad < end) {
			labyrinth_rooms_open(z, page_block_of(z->frames, &z->frames->page[bad]));
			labyrinth_frames_settle(z->frames, &z->frames->page[bad]);
			labyrinth_bad_leave(z->frames, &z->frames->page[bad]);
		}
		labyrinth_rooms_put_frames(z, first, bad);
		first = bad + 1;
	}
}

struct page *labyrinth_rooms_take(struct zone *z, struct spot spot, unsigned order)
{
	unsigned offset = labyrinth_buddy_take(&z->frames->block[spot.block.i], spot.order, order);

	lost(z, spot.block, spot.order);
	for (unsigned k = order; k < spot.order; k++)
		gained(z, spot.block, k);
	return block_page(z->frames, spot.block, offset);
}

void labyrinth_rooms_change_kind(struct zone *z, block_t b, enum mobility m)
{
	struct block_note *note = &z->frames->note[b.i];

	labyrinth_rooms_know(z, m);
	for (unsigned listed = note->listed; listed != 0; listed &= listed - 1) {
		unsigned k = bits_lowest(listed);

		labyrinth_tree_clear(&z->shape, tree_of(z, note, k), note->bit - z->base);
		labyrinth_tree_set(&z->shape, z->partial[m][k], note->bit - z->base);
	}
	note->mobility = (uint8_t)m;
}
