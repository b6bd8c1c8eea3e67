/*
 * particular.c - blocks and page blocks that the caller has chosen.
 */
#include "particular.h"

/* ---- Frames. */

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

/* A page block that is in no tree. */
static void set_kind(struct zone *z, block_t b, enum mobility m)
{
	labyrinth_rooms_open(z, b);
	labyrinth_rooms_know(z, m);
	z->frames->note[b.i].mobility = (uint8_t)m;
}

/* A page block, or more, out of a free block of those. */
static void take_large_at(struct zone *z, block_t b, unsigned order, enum mobility m)
{
	labyrinth_large_take_at(&z->large, zone_bit(z, b), order);
	set_kind(z, b, m);
}

/* Takes a block that is free. */
static void take_block_at(struct zone *z, const struct page *page, unsigned order, enum mobility m)
{
	block_t b = page_block_of(z->frames, page);

	zone_add_free(z, -(UINT64_C(1) << order));
	if (order >= BLOCK_ORDER) {
		take_large_at(z, b, order, m);
		return;
	}
	if (labyrinth_large_around(&z->large, zone_bit(z, b), BLOCK_ORDER) != 0) {
		take_large_at(z, b, BLOCK_ORDER, m);
		labyrinth_buddy_put(&z->frames->block[b.i], 0, BLOCK_ORDER);
	}
	labyrinth_buddy_take_at(&z->frames->block[b.i], offset_of(z, page), order);
	labyrinth_rooms_look(z, b);
}

/*
 * A row that is not the caller's alone is settled here, under the lock: whoever takes another frame of it settles it,
 * too. What lies between is the caller's to settle.
 */
static void settle_ends(struct zone *z, const struct page *page, uint64_t frames)
{
	uint64_t first = page_index(z->frames, page), end = first + frames;

	if (first % ROW_FRAMES != 0)
		labyrinth_frames_settle(z->frames, &z->frames->page[first]);
	if (end % ROW_FRAMES != 0)
		labyrinth_frames_settle(z->frames, &z->frames->page[end - 1]);
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
	settle_ends(z, page, frames);
	return true;
}

bool labyrinth_zone_take_span(struct zone *z, uint64_t rest, const struct page *page, uint64_t frames,
                              enum mobility mobility)
{
	labyrinth_irq_t was;
	bool taken;

	zone_enter(z, ZONE_WAIT, &was);
	taken = take_span_locked(z, rest, page, frames, mobility);
	zone_exit(z, was);
	return taken;
}

/* ---- Page blocks. */

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

uint32_t labyrinth_zone_map(struct zone *z, block_t b, uint64_t map[BLOCK_FRAMES / 64])
{
	labyrinth_irq_t was;
	uint32_t blocks;

	zone_enter(z, ZONE_WAIT, &was);
	blocks = map_locked(z, b, map);
	zone_exit(z, was);
	return blocks;
}

/* Is the page block in a free block of whole ones? */
static bool whole(const struct zone *z, block_t b)
{
	return labyrinth_large_around(&z->large, zone_bit(z, b), BLOCK_ORDER) != 0;
}

void labyrinth_zone_leave(struct zone *z, block_t b)
{
	labyrinth_irq_t was;

	zone_enter(z, ZONE_WAIT, &was);
	if (block_opened(z->frames, b) && !whole(z, b))
		labyrinth_rooms_change_kind(z, b, MOBILITY_LEAVING);
	zone_exit(z, was);
}

void labyrinth_zone_stay(struct zone *z, block_t b)
{
	labyrinth_irq_t was;

	zone_enter(z, ZONE_WAIT, &was);
	if (block_opened(z->frames, b) && z->frames->note[b.i].mobility == MOBILITY_LEAVING)
		labyrinth_rooms_change_kind(z, b, MOBILITY_MOVABLE);
	zone_exit(z, was);
}

void labyrinth_zone_divide(struct zone *z, block_t b, enum mobility m)
{
	labyrinth_irq_t was;

	zone_enter(z, ZONE_WAIT, &was);
	set_kind(z, b, m);
	zone_exit(z, was);
}

unsigned labyrinth_zone_free_in(struct zone *z, block_t b)
{
	unsigned frames = 0;
	labyrinth_irq_t was;

	zone_enter(z, ZONE_WAIT, &was);
	if (whole(z, b))
		frames = BLOCK_FRAMES;
	else if (block_opened(z->frames, b))
		frames = labyrinth_buddy_frames(&z->frames->block[b.i]);
	zone_exit(z, was);
	return frames;
}

/* ---- Statistics. */

static void count_section(const struct zone *z, uint32_t section, uint64_t *count)
{
	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER; k++)
		count[k] += labyrinth_large_count_in(&z->large, section, k);
}

static void count_block(const struct zone *z, uint32_t block, uint64_t *count)
{
	for (unsigned k = 0; k < BLOCK_ORDER; k++)
		count[k] += labyrinth_buddy_count(&z->frames->block[block], k);
}

static void count_piece(struct zone *z, void (*piece)(const struct zone *z, uint32_t number, uint64_t *count),
                        uint32_t number, enum patience patience, uint64_t *count)
{
	labyrinth_irq_t was;
	bool entered = zone_enter(z, patience, &was);

	piece(z, number, count);
	if (entered)
		zone_exit(z, was);
}

void labyrinth_zone_count_blocks(struct zone *z, enum patience patience, uint64_t count[LABYRINTH_MAX_ORDER + 1])
{
	for (uint32_t section = 0; section < z->sections; section++)
		count_piece(z, count_section, section, patience, count);
	for (block_t b = z->first; b.i - z->first.i < z->blocks; b.i++)
		if (block_opened(z->frames, b))
			count_piece(z, count_block, b.i, patience, count);
}
