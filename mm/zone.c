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

size_t labyrinth_zone_tree_words(uint32_t sections)
{
	struct tree_shape large[LARGE_ORDERS];

	return (size_t)labyrinth_tree_shape(sections * SECTION_BITS).words * MOBILITIES * BLOCK_ORDER
	       + labyrinth_large_shapes(large, sections);
}

/* The first page block of a kind: its trees are empty. Most kernels never have one of some kinds. */
static void know(struct zone *z, enum mobility m)
{
	if (zone_knows(z, m))
		return;
	for (unsigned k = 0; k < BLOCK_ORDER; k++)
		tree_clear_all(z->partial[m][k]);
	z->kinds |= 1u << m;
}

void labyrinth_zone_init(struct zone *z, struct frames *frames, block_t first, uint32_t blocks,
                         uint32_t first_section, uint32_t sections, uint64_t *trees)
{
	*z = (struct zone){ .frames = frames, .first = first, .blocks = blocks, .base = first_section * SECTION_BITS,
	                    .sections = sections, .shape = labyrinth_tree_shape(sections * SECTION_BITS) };
	for (unsigned m = 0; m < MOBILITIES; m++)
		for (unsigned k = 0; k < BLOCK_ORDER; k++) {
			z->partial[m][k] = trees;
			trees += z->shape.words;
		}
	know(z, MOBILITY_SHARED);
	know(z, MOBILITY_EXCLUSIVE);
	labyrinth_large_init(&z->large, sections, trees);
}

static void add_free(struct zone *z, uint64_t frames)
{
	atomic_store_explicit(&z->free, zone_free(z) + frames, memory_order_relaxed);
}

static inline block_t block_at(const struct zone *z, uint32_t bit)
{
	return block_of_bit(z->frames, z->base + bit);
}

/* A page block that nobody has used gets a note, and free bits that say that all of it is taken. */
static void open_block(const struct zone *z, block_t b)
{
	if (block_opened(z->frames, b))
		return;
	labyrinth_buddy_empty(&z->frames->block[b.i]);
	labyrinth_frames_open(z->frames, b);
}

void labyrinth_zone_settle(const struct zone *z, struct page *page)
{
	open_block(z, page_block_of(z->frames, page));
	labyrinth_frames_settle(z->frames, page);
}

/* A block of whole page blocks. The first of them is opened; the others need not be. */
static struct page *take_large(struct zone *z, unsigned order, enum mobility m)
{
	uint32_t bit = labyrinth_large_take(&z->large, order);
	block_t b;

	if (bit == TREE_NONE)
		return NULL;
	b = block_at(z, bit);
	open_block(z, b);
	know(z, m);
	z->frames->note[b.i].mobility = (uint8_t)m;
	return block_page(z->frames, b, 0);
}

/* ---- Blocks inside a page block. */

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

/* The trees hear of a page block in which the orders whose bits are set may have changed. */
static void relist(struct zone *z, block_t b, unsigned orders)
{
	for (; orders != 0; orders &= orders - 1) {
		unsigned k = bits_lowest(orders);

		if (labyrinth_buddy_has(&z->frames->block[b.i], k))
			gained(z, b, k);
		else
			lost(z, b, k);
	}
}

/* A free block of this order has come about. */
static void list(struct zone *z, block_t b, unsigned order)
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
	list(z, b, top);
}

static void put_block(struct zone *z, struct page *page, unsigned order)
{
	block_t b = page_block_of(z->frames, page);

	if (order < BLOCK_ORDER)
		put_small(z, b, (unsigned)(page_index(z->frames, page) % BLOCK_FRAMES), order);
	else
		labyrinth_large_put(&z->large, zone_bit(z, b), order);
	add_free(z, UINT64_C(1) << order);
}

/* Frames first .. end - 1, by index, of one block. */
static void put_frames(struct zone *z, uint64_t first, uint64_t end)
{
	while (first < end) {
		struct page *page = &z->frames->page[first];
		unsigned order = pfn_fit(labyrinth_frames_pfn(z->frames, page), end - first);

		put_block(z, page, order);
		first += UINT64_C(1) << order;
	}
}

/* Those of a block that are to go offline stay out of the buddy; the others are free. */
static void put_around_bad(struct zone *z, struct page *page, unsigned order)
{
	uint64_t first = page_index(z->frames, page), end = first + (UINT64_C(1) << order);

	while (first < end) {
		uint64_t bad = labyrinth_bad_next(z->frames->bad, first, end);

		if (bad < end) {
			labyrinth_zone_settle(z, &z->frames->page[bad]);
			labyrinth_bad_leave(z->frames, &z->frames->page[bad]);
		}
		put_frames(z, first, bad);
		first = bad + 1;
	}
}

static void put_locked(struct zone *z, struct page *page, unsigned order)
{
	if (bad_any(z->frames))
		put_around_bad(z, page, order);
	else
		put_block(z, page, order);
}

struct spot {
	block_t  block;
	unsigned order; /* of the free block that will be taken or split */
};

static bool find_partial(const struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	for (unsigned k = order; k < BLOCK_ORDER && zone_knows(z, m); k++) {
		uint32_t at = labyrinth_tree_first(&z->shape, z->partial[m][k]);

		if (at != TREE_NONE) {
			*spot = (struct spot){ block_at(z, at), k };
			return true;
		}
	}
	return false;
}

/* A wholly free page block gets the mobility of its next user, and free bits of its own. */
static bool break_whole(struct zone *z, enum mobility m, struct spot *spot)
{
	struct page *page = take_large(z, BLOCK_ORDER, m);

	if (page == NULL)
		return false;
	*spot = (struct spot){ page_block_of(z->frames, page), BLOCK_ORDER };
	labyrinth_buddy_put(&z->frames->block[spot->block.i], 0, BLOCK_ORDER);
	return true;
}

#define KIND(m) (1u << (m))

/* Where the other kinds of page block may be asked for help, one group after the other: claims are last to share. */
static const unsigned groups[] = {
	KIND(MOBILITY_SHARED) | KIND(MOBILITY_MOVABLE) | KIND(MOBILITY_RECLAIMABLE),
	KIND(MOBILITY_EXCLUSIVE),
	KIND(MOBILITY_LEAVING),
};

/* The lowest page block of some kinds that has a free block of exactly this order. */
static bool find_among(const struct zone *z, unsigned order, unsigned kinds, struct spot *spot)
{
	uint32_t lowest = TREE_NONE;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		bool look = (kinds & z->kinds & KIND(m)) != 0;
		uint32_t at = look ? labyrinth_tree_first(&z->shape, z->partial[m][order]) : TREE_NONE;

		if (at < lowest)
			lowest = at;
	}
	if (lowest == TREE_NONE)
		return false;
	*spot = (struct spot){ block_at(z, lowest), order };
	return true;
}

/* From now on the page block is in the trees of another kind. */
static void change_kind(struct zone *z, block_t b, enum mobility m)
{
	struct block_note *note = &z->frames->note[b.i];

	know(z, m);
	for (unsigned listed = note->listed; listed != 0; listed &= listed - 1) {
		unsigned k = bits_lowest(listed);

		labyrinth_tree_clear(&z->shape, tree_of(z, note, k), note->bit - z->base);
		labyrinth_tree_set(&z->shape, z->partial[m][k], note->bit - z->base);
	}
	note->mobility = (uint8_t)m;
}

/*
 * Of the page blocks of some kinds, the one with the largest free block: if at least half of it is free, it is ours
 * from now on, so that the next requests do not have to split another one. The smallest block in it that fits.
 */
static bool steal(struct zone *z, unsigned order, unsigned kinds, enum mobility m, struct spot *spot)
{
	unsigned k = BLOCK_ORDER;
	const struct page_block *pb;

	while (k > order && !find_among(z, k - 1, kinds, spot))
		k--;
	if (k == order)
		return false;
	pb = &z->frames->block[spot->block.i];
	if (labyrinth_buddy_frames(pb) < BLOCK_FRAMES / 2)
		return false;
	change_kind(z, spot->block, m);
	while (!labyrinth_buddy_has(pb, order))
		order++;
	spot->order = order;
	return true;
}

/* The smallest block that fits, lowest first, among the frames of other kinds. */
static bool borrow(const struct zone *z, unsigned order, unsigned kinds, struct spot *spot)
{
	while (order < BLOCK_ORDER && !find_among(z, order, kinds, spot))
		order++;
	return order < BLOCK_ORDER;
}

static bool find_elsewhere(struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		unsigned kinds = groups[g] & ~KIND(m);

		if (kinds != KIND(MOBILITY_LEAVING) && steal(z, order, kinds, m, spot))
			return true;
		if (borrow(z, order, kinds, spot))
			return true;
	}
	return false;
}

/* In a page block of the same kind, in a whole one, and only then in one of another kind. */
static bool find(struct zone *z, unsigned order, enum mobility m, struct spot *spot)
{
	return find_partial(z, order, m, spot) || break_whole(z, m, spot) || find_elsewhere(z, order, m, spot);
}

static struct page *take_at(struct zone *z, struct spot spot, unsigned order)
{
	unsigned offset = labyrinth_buddy_take(&z->frames->block[spot.block.i], spot.order, order);

	lost(z, spot.block, spot.order);
	for (unsigned k = order; k < spot.order; k++)
		gained(z, spot.block, k);
	return block_page(z->frames, spot.block, offset);
}

static struct page *take_small(struct zone *z, unsigned order, enum mobility m)
{
	struct spot spot;

	return find(z, order, m, &spot) ? take_at(z, spot, order) : NULL;
}

/* A block that has just been taken out of the trees. */
static struct page *taken(struct zone *z, struct page *page, unsigned order)
{
	labyrinth_frames_settle(z->frames, page);
	add_free(z, -(UINT64_C(1) << order));
	return page;
}

static struct page *take_locked(struct zone *z, uint64_t rest, unsigned order, enum mobility m)
{
	struct page *page;

	if (zone_free(z) < rest + (UINT64_C(1) << order))
		return NULL;
	page = order < BLOCK_ORDER ? take_small(z, order, m) : take_large(z, order, m);
	return page == NULL ? NULL : taken(z, page, order);
}

/* A single frame, in a page block that is in use by this kind. */
static struct page *take_within(struct zone *z, enum mobility m)
{
	struct spot spot;

	return find_partial(z, 0, m, &spot) ? taken(z, take_at(z, spot, 0), 0) : NULL;
}

/* The frames of a run, the highest first. A word of the run is an eighth of the page block. */
static void list_run(struct zone *z, block_t b, const struct buddy_run *run, uint32_t taken, struct page **out)
{
	struct page *eighth = block_page(z->frames, b, 0);

	for (const uint64_t *word = run->frames; taken > 0; word++, eighth += EIGHTH_FRAMES) {
		if (*word != 0)
			labyrinth_frames_settle(z->frames, eighth);
		for (uint64_t frames = *word; frames != 0; frames &= frames - 1)
			out[--taken] = eighth + bits_lowest(frames);
	}
}

static uint32_t take_run_locked(struct zone *z, enum mobility m, uint32_t most, struct page **out)
{
	uint64_t free = zone_free(z);
	struct buddy_run run;
	struct spot spot;
	uint32_t taken;

	if (free <= z->protect || !find(z, 0, m, &spot))
		return 0;
	most = most < free - z->protect ? most : (uint32_t)(free - z->protect);
	taken = labyrinth_buddy_take_run(&z->frames->block[spot.block.i], most, &run);
	relist(z, spot.block, run.orders & PARTIAL_ORDERS);
	add_free(z, -(uint64_t)taken);
	list_run(z, spot.block, &run, taken, out);
	return taken;
}

/* ---- Particular frames. */

static unsigned offset_of(const struct zone *z, const struct page *page)
{
	return (unsigned)(page_index(z->frames, page) % BLOCK_FRAMES);
}

static bool is_free(const struct zone *z, const struct page *page, unsigned order)
{
	block_t b = page_block_of(z->frames, page);

	if (labyrinth_large_around(&z->large, zone_bit(z, b), order < BLOCK_ORDER ? BLOCK_ORDER : order) != 0)
		return true;
	return order < BLOCK_ORDER && block_opened(z->frames, b)
	       && labyrinth_buddy_free_in(&z->frames->block[b.i], offset_of(z, page), order);
}

/* A page block, or more, out of a free block of those. */
static void take_large_at(struct zone *z, block_t b, unsigned order, enum mobility m)
{
	labyrinth_large_take_at(&z->large, zone_bit(z, b), order);
	open_block(z, b);
	know(z, m);
	z->frames->note[b.i].mobility = (uint8_t)m;
}

/* Takes a block that is free. */
static void take_block_at(struct zone *z, const struct page *page, unsigned order, enum mobility m)
{
	block_t b = page_block_of(z->frames, page);

	add_free(z, -(UINT64_C(1) << order));
	if (order >= BLOCK_ORDER) {
		take_large_at(z, b, order, m);
		return;
	}
	if (labyrinth_large_around(&z->large, zone_bit(z, b), BLOCK_ORDER) != 0) {
		take_large_at(z, b, BLOCK_ORDER, m);
		labyrinth_buddy_put(&z->frames->block[b.i], 0, BLOCK_ORDER);
	}
	labyrinth_buddy_take_at(&z->frames->block[b.i], offset_of(z, page), order);
	relist(z, b, PARTIAL_ORDERS);
}

static bool take_span_locked(struct zone *z, uint64_t rest, const struct page *page, uint64_t frames,
                             enum mobility m)
{
	pfn_t pfn = labyrinth_frames_pfn(z->frames, page);
	uint64_t done, step;

	if (zone_free(z) < rest + frames)
		return false;
	for (done = 0; done < frames; done += step) {
		unsigned order = pfn_fit((pfn_t){ pfn.n + done }, frames - done);

		step = UINT64_C(1) << order;
		if (!is_free(z, page + done, order))
			return false;
	}
	for (done = 0; done < frames; done += step) {
		unsigned order = pfn_fit((pfn_t){ pfn.n + done }, frames - done);

		step = UINT64_C(1) << order;
		take_block_at(z, page + done, order, m);
	}
	return true;
}

static uint32_t map_locked(const struct zone *z, block_t b, uint64_t *map)
{
	uint32_t bit = zone_bit(z, b);
	unsigned order = labyrinth_large_around(&z->large, bit, BLOCK_ORDER);

	for (unsigned i = 0; i < BLOCK_FRAMES / 64; i++)
		map[i] = order != 0 ? UINT64_MAX : 0;
	if (order != 0)
		return large_blocks(order) - (bit & (large_blocks(order) - 1));
	if (block_opened(z->frames, b))
		labyrinth_buddy_map(&z->frames->block[b.i], map);
	return 0;
}

/* ---- Under the lock. */

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

/* ---- Memory joins. */

static void join(struct zone *z, uint64_t frames)
{
	atomic_store_explicit(&z->managed, zone_managed(z) + frames, memory_order_relaxed);
}

void labyrinth_zone_add_whole(struct zone *z, block_t b, uint32_t blocks)
{
	uint64_t frames = (uint64_t)blocks * BLOCK_FRAMES;
	labyrinth_irq_t was;

	labyrinth_frames_appear(z->frames, b, blocks);
	enter(z, ZONE_WAIT, &was);
	labyrinth_large_add(&z->large, zone_bit(z, b), blocks);
	add_free(z, frames);
	join(z, frames);
	leave(z, was);
}

void labyrinth_zone_add_part(struct zone *z, block_t b, unsigned begin, unsigned end)
{
	struct frames *f = z->frames;
	labyrinth_irq_t was;

	if (!block_opened(f, b)) {
		open_block(z, b);
		labyrinth_frames_bore(f, b);
	}
	for (unsigned i = begin; i < end; i++)
		word_store(block_page(f, b, i), word_make(FRAME_FREE, 0, 0, 0));
	labyrinth_frames_appear(f, b, 1);
	enter(z, ZONE_WAIT, &was);
	put_frames(z, (uint64_t)b.i * BLOCK_FRAMES + begin, (uint64_t)b.i * BLOCK_FRAMES + end);
	join(z, end - begin);
	leave(z, was);
}

struct page *labyrinth_zone_take_leaving(struct zone *z, uint64_t rest, unsigned order, enum mobility mobility,
                                         enum patience patience)
{
	labyrinth_irq_t was;
	struct page *page;

	if (!enter(z, patience, &was))
		return NULL;
	page = take_locked(z, rest, order, mobility);
	leave(z, was);
	return page;
}

struct page *labyrinth_zone_take(struct zone *z, unsigned order, enum mobility mobility, enum patience patience)
{
	return labyrinth_zone_take_leaving(z, 0, order, mobility, patience);
}

/* Is the page block in a free block of whole ones? */
static bool whole(const struct zone *z, block_t b)
{
	uint32_t bit = zone_bit(z, b);

	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER; k++)
		if (large_free(&z->large, bit - bit % large_blocks(k), k))
			return true;
	return false;
}

struct page *labyrinth_zone_take_within(struct zone *z, enum mobility mobility)
{
	labyrinth_irq_t was;
	struct page *page;

	enter(z, ZONE_WAIT, &was);
	page = take_within(z, mobility);
	leave(z, was);
	return page;
}

void labyrinth_zone_leave(struct zone *z, block_t b)
{
	labyrinth_irq_t was;

	enter(z, ZONE_WAIT, &was);
	if (block_opened(z->frames, b) && !whole(z, b))
		change_kind(z, b, MOBILITY_LEAVING);
	leave(z, was);
}

void labyrinth_zone_stay(struct zone *z, block_t b)
{
	labyrinth_irq_t was;

	enter(z, ZONE_WAIT, &was);
	if (block_opened(z->frames, b) && z->frames->note[b.i].mobility == MOBILITY_LEAVING)
		change_kind(z, b, MOBILITY_MOVABLE);
	leave(z, was);
}

unsigned labyrinth_zone_free_in(struct zone *z, block_t b)
{
	unsigned frames = 0;
	labyrinth_irq_t was;

	enter(z, ZONE_WAIT, &was);
	if (whole(z, b))
		frames = BLOCK_FRAMES;
	else if (block_opened(z->frames, b))
		frames = labyrinth_buddy_frames(&z->frames->block[b.i]);
	leave(z, was);
	return frames;
}

bool labyrinth_zone_put(struct zone *z, struct page *page, unsigned order, enum patience patience)
{
	labyrinth_irq_t was;

	if (!enter(z, patience, &was))
		return false;
	put_locked(z, page, order);
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

/* Single frames at the start of a list that lie in one page block go back together; how many. */
static uint32_t put_run_locked(struct zone *z, struct page *const *pages, uint32_t count)
{
	block_t b = page_block_of(z->frames, pages[0]);
	const struct page *first = block_page(z->frames, b, 0);
	unsigned top = 0, changed = 0;
	uint32_t n = 0;

	do {
		word_store(pages[n], word_loose(word_load(pages[n])));
		top = labyrinth_buddy_put(&z->frames->block[b.i], (unsigned)(pages[n] - first), 0);
		changed |= (2u << top) - 1;
		n++;
	} while (n < count && (uintptr_t)pages[n] - (uintptr_t)first < BLOCK_FRAMES * sizeof(struct page));
	add_free(z, n);
	relist(z, b, changed & ~(1u << top));
	list(z, b, top);
	return n;
}

static uint32_t put_one_locked(struct zone *z, struct page *page)
{
	word_store(page, word_loose(word_load(page)));
	put_around_bad(z, page, 0);
	return 1;
}

bool labyrinth_zone_put_many(struct zone *z, struct page *const *pages, uint32_t count, enum patience patience)
{
	labyrinth_irq_t was;

	if (!enter(z, patience, &was))
		return false;
	for (uint32_t i = 0; i < count;)
		i += bad_any(z->frames) ? put_one_locked(z, pages[i]) : put_run_locked(z, pages + i, count - i);
	leave(z, was);
	return true;
}

bool labyrinth_zone_take_span(struct zone *z, uint64_t rest, const struct page *page, uint64_t frames,
                              enum mobility mobility)
{
	labyrinth_irq_t was;
	bool taken;

	enter(z, ZONE_WAIT, &was);
	taken = take_span_locked(z, rest, page, frames, mobility);
	leave(z, was);
	return taken;
}

uint32_t labyrinth_zone_map(struct zone *z, block_t b, uint64_t map[BLOCK_FRAMES / 64])
{
	labyrinth_irq_t was;
	uint32_t blocks;

	enter(z, ZONE_WAIT, &was);
	blocks = map_locked(z, b, map);
	leave(z, was);
	return blocks;
}

static const struct page *frontier_locked(const struct zone *z, enum mobility m)
{
	uint32_t whole = labyrinth_large_first(&z->large), partial = TREE_NONE, at;

	for (unsigned k = 0; k < BLOCK_ORDER && zone_knows(z, m); k++) {
		at = labyrinth_tree_first(&z->shape, z->partial[m][k]);
		if (at < partial)
			partial = at;
	}
	if (whole == TREE_NONE && partial == TREE_NONE)
		return NULL;
	return whole < partial ? block_page(z->frames, block_at(z, whole), 0)
	                       : block_page(z->frames, block_at(z, partial), BLOCK_FRAMES - 1);
}

const struct page *labyrinth_zone_frontier(struct zone *z, enum mobility mobility)
{
	const struct page *page;
	labyrinth_irq_t was;

	enter(z, ZONE_WAIT, &was);
	page = frontier_locked(z, mobility);
	leave(z, was);
	return page;
}
