/*
 * zone.c - take and give back blocks, keeping trees and page blocks in step.
 */
#include "zone.h"

/* 16 MiB for what ISA DMA reaches, 4 GiB for 32-bit DMA; in page blocks of 2 MiB. */
static const uint64_t zone_limit[LABYRINTH_ZONES] = {
	[LABYRINTH_ZONE_DMA]    = UINT64_C(16) >> 1,
	[LABYRINTH_ZONE_DMA32]  = UINT64_C(4096) >> 1,
	[LABYRINTH_ZONE_NORMAL] = UINT64_MAX,
};

uint64_t labyrinth_zone_limit(enum labyrinth_zone zone)
{
	return zone_limit[zone];
}

size_t labyrinth_zone_tree_words(uint32_t blocks)
{
	return (size_t)labyrinth_tree_shape(blocks).words * ZONE_TREES;
}

void labyrinth_zone_init(struct zone *z, struct frames *frames, block_t first, uint32_t blocks, uint64_t *trees)
{
	size_t words = labyrinth_zone_tree_words(blocks);

	*z = (struct zone){ .frames = frames, .shape = labyrinth_tree_shape(blocks), .first = first, .blocks = blocks };
	for (size_t i = 0; i < words; i++)
		trees[i] = 0;
	z->whole = trees;
	for (unsigned m = 0; m < MOBILITIES; m++)
		for (unsigned k = 0; k < BLOCK_ORDER; k++)
			z->partial[m][k] = trees += z->shape.words;
}

static void add_free(struct zone *z, uint64_t frames)
{
	atomic_store_explicit(&z->free, zone_free(z) + frames, memory_order_relaxed);
}

/* The page block has gained, or may have lost its last, free block of an order. */
static void gained(struct zone *z, block_t b, unsigned order)
{
	uint64_t *tree = order == BLOCK_ORDER ? z->whole : z->partial[z->frames->note[b.i].mobility][order];

	labyrinth_tree_set(&z->shape, tree, b.i - z->first.i);
}

static void lost(struct zone *z, block_t b, unsigned order)
{
	uint64_t *tree = order == BLOCK_ORDER ? z->whole : z->partial[z->frames->note[b.i].mobility][order];

	if (!labyrinth_buddy_has(&z->frames->block[b.i], order))
		labyrinth_tree_clear(&z->shape, tree, b.i - z->first.i);
}

void labyrinth_zone_add_whole(struct zone *z, block_t b)
{
	gained(z, b, BLOCK_ORDER);
	z->managed += BLOCK_FRAMES;
	add_free(z, BLOCK_FRAMES);
}

static void put_locked(struct zone *z, block_t b, unsigned offset, unsigned order)
{
	unsigned top = labyrinth_buddy_put(&z->frames->block[b.i], offset, order);

	add_free(z, UINT64_C(1) << order);
	for (unsigned k = order; k < top; k++)
		lost(z, b, k);
	gained(z, b, top);
}

void labyrinth_zone_add_run(struct zone *z, block_t b, unsigned begin, unsigned end)
{
	struct frames *f = z->frames;

	if (block_virgin(f, b)) {
		labyrinth_frames_settle(f, b, FRAME_HOLE);
		labyrinth_buddy_empty(&f->block[b.i]);
	}
	for (unsigned i = begin; i < end; i++) {
		word_store(block_page(f, b, i), word_make(FRAME_FREE, 0, 0, 0));
		put_locked(z, b, i, 0);
	}
	z->managed += end - begin;
}

struct spot {
	block_t  block;
	unsigned order; /* of the free block that will be taken or split */
};

static bool find_partial(const struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	for (unsigned k = order; k < BLOCK_ORDER; k++) {
		uint32_t at = labyrinth_tree_first(&z->shape, z->partial[m][k]);

		if (at != TREE_NONE) {
			*spot = (struct spot){ { z->first.i + at }, k };
			return true;
		}
	}
	return false;
}

static bool find_whole(const struct zone *z, struct spot *spot)
{
	uint32_t at = labyrinth_tree_first(&z->shape, z->whole);

	*spot = (struct spot){ { z->first.i + at }, BLOCK_ORDER };
	return at != TREE_NONE;
}

/* A wholly free page block gets the mobility of its next user, and its words if nobody has ever used it. */
static void open_whole(struct zone *z, block_t b, enum mobility m)
{
	struct frames *f = z->frames;

	f->note[b.i].mobility = (uint8_t)m;
	if (block_virgin(f, b)) {
		labyrinth_buddy_fill(&f->block[b.i]);
		labyrinth_frames_settle(f, b, FRAME_FREE);
	}
}

/* In a page block of the same mobility, in a whole one, and only then among the frames of another mobility. */
static bool find(struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	if (find_partial(z, order, m, spot))
		return true;
	if (find_whole(z, spot)) {
		open_whole(z, spot->block, m);
		return true;
	}
	for (unsigned other = 0; other < MOBILITIES; other++)
		if (other != m && find_partial(z, order, (enum mobility)other, spot))
			return true;
	return false;
}

static struct page *take_locked(struct zone *z, unsigned order, enum mobility m)
{
	struct spot spot;
	unsigned offset;

	if (zone_free(z) >> order == 0 || !find(z, order, m, &spot))
		return NULL;
	offset = labyrinth_buddy_take(&z->frames->block[spot.block.i], spot.order, order);
	lost(z, spot.block, spot.order);
	for (unsigned k = order; k < spot.order; k++)
		gained(z, spot.block, k);
	add_free(z, -(UINT64_C(1) << order));
	return block_page(z->frames, spot.block, offset);
}

#define ALL_ORDERS ((2u << BLOCK_ORDER) - 1)

/* The trees of a page block in which the orders whose bits are set may have changed. */
static void reindex(struct zone *z, block_t b, unsigned orders)
{
	for (unsigned k = 0; k <= BLOCK_ORDER; k++) {
		if (!(orders >> k & 1))
			continue;
		if (labyrinth_buddy_has(&z->frames->block[b.i], k))
			gained(z, b, k);
		else
			lost(z, b, k);
	}
}

static uint32_t take_run_locked(struct zone *z, enum mobility m, uint32_t most, struct page **out)
{
	uint16_t offset[ZONE_RUN];
	struct spot spot;
	uint32_t taken;

	if (zone_free(z) == 0 || !find(z, 0, m, &spot))
		return 0;
	taken = labyrinth_buddy_take_run(&z->frames->block[spot.block.i], most < ZONE_RUN ? most : ZONE_RUN, offset);
	reindex(z, spot.block, ALL_ORDERS);
	add_free(z, -(uint64_t)taken);
	for (uint32_t i = 0; i < taken; i++)
		out[i] = block_page(z->frames, spot.block, offset[i]);
	return taken;
}

static bool enter(struct zone *z, enum patience patience, labyrinth_irq_t *was)
{
	*was = labyrinth_port_irq_off();
	if (patience == ZONE_WAIT) {
		lock_take(&z->lock);
		return true;
	}
	if (lock_try(&z->lock))
		return true;
	labyrinth_port_irq_back(*was);
	return false;
}

static void leave(struct zone *z, labyrinth_irq_t was)
{
	lock_drop(&z->lock);
	labyrinth_port_irq_back(was);
}

struct page *labyrinth_zone_take(struct zone *z, unsigned order, enum mobility mobility, enum patience patience)
{
	labyrinth_irq_t was;
	struct page *page;

	if (!enter(z, patience, &was))
		return NULL;
	page = take_locked(z, order, mobility);
	leave(z, was);
	return page;
}

bool labyrinth_zone_put(struct zone *z, struct page *page, unsigned order, enum patience patience)
{
	labyrinth_irq_t was;

	if (!enter(z, patience, &was))
		return false;
	put_locked(z, page_block_of(z->frames, page), (unsigned)(page_index(z->frames, page) % BLOCK_FRAMES), order);
	leave(z, was);
	return true;
}

uint32_t labyrinth_zone_take_run(struct zone *z, enum mobility mobility, uint32_t most, struct page **out,
                                 enum patience patience)
{
	labyrinth_irq_t was;
	uint32_t taken;

	if (!enter(z, patience, &was))
		return 0;
	taken = take_run_locked(z, mobility, most, out);
	leave(z, was);
	return taken;
}

/* The pages at the start of the list that lie in one page block go back together; how many. */
static uint32_t put_run_locked(struct zone *z, struct page *const *pages, uint32_t count)
{
	block_t b = page_block_of(z->frames, pages[0]);
	unsigned orders = 0;
	uint32_t n = 0;

	do {
		unsigned offset = (unsigned)(page_index(z->frames, pages[n]) % BLOCK_FRAMES);

		word_store(pages[n], word_loose(word_load(pages[n])));
		orders |= (2u << labyrinth_buddy_put(&z->frames->block[b.i], offset, 0)) - 1;
		n++;
	} while (n < count && page_block_of(z->frames, pages[n]).i == b.i);
	add_free(z, n);
	reindex(z, b, orders);
	return n;
}

bool labyrinth_zone_put_many(struct zone *z, struct page *const *pages, uint32_t count, enum patience patience)
{
	labyrinth_irq_t was;

	if (!enter(z, patience, &was))
		return false;
	for (uint32_t i = 0; i < count;)
		i += put_run_locked(z, pages + i, count - i);
	leave(z, was);
	return true;
}

static const struct page *lowest_locked(const struct zone *z, enum mobility m)
{
	uint32_t block = labyrinth_tree_first(&z->shape, z->whole);
	bool whole = true;

	for (unsigned k = 0; k < BLOCK_ORDER; k++) {
		uint32_t at = labyrinth_tree_first(&z->shape, z->partial[m][k]);

		if (at < block) {
			block = at;
			whole = false;
		}
	}
	if (block == TREE_NONE)
		return NULL;
	block += z->first.i;
	return block_page(z->frames, (block_t){ block },
	                  whole ? 0 : labyrinth_buddy_lowest(&z->frames->block[block]));
}

const struct page *labyrinth_zone_lowest(struct zone *z, enum mobility mobility)
{
	const struct page *page;
	labyrinth_irq_t was;

	enter(z, ZONE_WAIT, &was);
	page = lowest_locked(z, mobility);
	leave(z, was);
	return page;
}
