/*
 * audit_zones.c - the blocks of a zone, larger ones too, and the trees that know them.
 */
#include "audit.h"

/* The trees know a page block by its largest free block, under its own mobility only. */
static bool check_trees(struct audit *a, const struct zone *z, block_t b)
{
	const struct block_note *note = &z->frames->note[b.i];
	bool opened = block_opened(z->frames, b);
	unsigned room = opened ? labyrinth_buddy_room(&z->frames->block[b.i]) : 0;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		unsigned want = opened && m == note->mobility ? room : 0;
		unsigned rank = zone_knows(z, (enum mobility)m)
		                ? labyrinth_ranks_of(&z->shape, z->partial[m], zone_bit(z, b)) : 0;

		if (rank != want)
			return broken(a, "the trees of a kind agree with the page blocks", audit_pfn(a, b, 0), rank,
			              want);
	}
	a->listed += room != 0;
	return !opened || note_room(note) == room
	       || broken(a, "a page block knows which trees point at it", audit_pfn(a, b, 0), note_room(note), room);
}

/* A page block inside a larger block, from its frame `begin` on: nothing in it is free, or taken, by itself. */
static bool check_inside(struct audit *a, const struct zone *z, block_t b, unsigned begin)
{
	const struct frames *f = z->frames;
	unsigned free = labyrinth_large_at(&z->large, zone_bit(z, b));

	if (!check_trees(a, z, b))
		return false;
	if (block_absent(f, b))
		return broken(a, "memory that has not come yet is in no block", audit_pfn(a, b, 0), 1, 0);
	if (begin == 0 && free != 0)
		return broken(a, "a block that is free does not overlap another block", audit_pfn(a, b, 0), free, 0);
	return !block_opened(f, b) || (labyrinth_audit_interior(a, b, begin, BLOCK_FRAMES)
	                               && audit_reach_in(a, b, 0, BLOCK_FRAMES, false));
}

static bool check_free_large(struct audit *a, const struct zone *z, block_t b, unsigned order)
{
	uint64_t state = word_state(frames_word(z->frames, block_page(z->frames, b, 0)));

	if (state != FRAME_FREE)
		return broken(a, "a frame of a free block is in no other state", audit_pfn(a, b, 0), state, FRAME_FREE);
	for (unsigned k = order + 1; k <= LABYRINTH_MAX_ORDER && zone_bit(z, b) % large_blocks(k) == 0; k++)
		if (labyrinth_large_free(&z->large, zone_bit(z, b), k))
			return broken(a, "a block is free in one order only", audit_pfn(a, b, 0), k, order);
	if (order < LABYRINTH_MAX_ORDER && labyrinth_large_free(&z->large, zone_bit(z, b) ^ large_blocks(order), order))
		return broken(a, "two free twins are one block", audit_pfn(a, b, 0), order, order + 1);
	a->count[FRAME_FREE] += UINT64_C(1) << order;
	a->listed++;
	return true;
}

/* The order of the block of page blocks in use that begins at one; 0 when none does. */
static unsigned taken_order(const struct frames *f, block_t b)
{
	uint64_t word = frames_word(f, block_page(f, b, 0));

	return audit_has_order(word_state(word)) && word_order(word) >= BLOCK_ORDER ? word_order(word) : 0;
}

static bool check_taken_large(struct audit *a, block_t b, unsigned order)
{
	enum frame_state state = word_state(frames_word(a->lab->frames, block_page(a->lab->frames, b, 0)));

	a->count[state] += UINT64_C(1) << order;
	return state != FRAME_SHARED || labyrinth_audit_fence(a, b, 0, order);
}

/* A block of page blocks lies in one run, at a multiple of its size. */
static bool check_place(struct audit *a, block_t b, unsigned order)
{
	const struct run *r = labyrinth_frames_run(a->lab->frames, b);

	return (order <= LABYRINTH_MAX_ORDER && (r->bit + (b.i - r->first)) % large_blocks(order) == 0
	        && large_blocks(order) <= r->blocks - (b.i - r->first))
	       || broken(a, "a block starts at a multiple of its size", audit_pfn(a, b, 0), order, 0);
}

/* What begins at a page block; how many page blocks that is. */
static bool check_blocks(struct audit *a, const struct zone *z, block_t b, uint32_t *blocks)
{
	unsigned free = labyrinth_large_at(&z->large, zone_bit(z, b)), order = taken_order(z->frames, b);

	*blocks = 1;
	if (free == 0 && order == 0) {
		if (!block_opened(z->frames, b) && block_absent(z->frames, b))
			return check_trees(a, z, b);
		if (!block_opened(z->frames, b))
			return broken(a, "a page block that nobody has used is free", audit_pfn(a, b, 0), 0, 1);
		return check_trees(a, z, b) && labyrinth_audit_block(a, b);
	}
	if (!check_place(a, b, free != 0 ? free : order) || (free != 0 && !check_free_large(a, z, b, free)))
		return false;
	if (free == 0 && !check_taken_large(a, b, order))
		return false;
	*blocks = large_blocks(free != 0 ? free : order);
	for (uint32_t i = 0; i < *blocks; i++)
		if (!check_inside(a, z, (block_t){ b.i + i }, i == 0))
			return false;
	return true;
}

static bool check_summaries(struct audit *a, const struct zone *z)
{
	uint64_t bits = 0;
	bool sound = true;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		if (!zone_knows(z, (enum mobility)m))
			continue;
		sound = sound && labyrinth_ranks_consistent(&z->shape, z->partial[m]);
		bits += labyrinth_ranks_count(&z->shape, z->partial[m]);
	}
	sound = sound && labyrinth_large_consistent(&z->large);
	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER; k++)
		bits += labyrinth_large_count(&z->large, k);
	if (!sound)
		return broken(a, "every level of a tree sums up the level below", audit_pfn(a, z->first, 0), 0, 1);
	return bits == a->listed
	       || broken(a, "every bit of a tree stands for a free block", audit_pfn(a, z->first, 0), bits, a->listed);
}

bool labyrinth_audit_zone(struct audit *a, const struct zone *z)
{
	uint64_t before = a->count[FRAME_FREE], all = audit_counted(a);
	uint32_t blocks;

	a->listed = 0;
	for (block_t b = z->first; b.i - z->first.i < z->blocks; b.i += blocks)
		if (!check_blocks(a, z, b, &blocks))
			return false;
	return (z->blocks == 0 || check_summaries(a, z))
	       && agree(a, "a zone's count of free frames is what its page blocks hold", zone_free(z),
	                a->count[FRAME_FREE] - before)
	       && agree(a, "a zone's count of frames is what its page blocks have", zone_managed(z),
	                audit_counted(a) - all);
}
