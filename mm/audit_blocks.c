/*
 * audit_blocks.c - page blocks, and the trees that know them.
 */
#include "audit.h"
#include "compact.h"
#include "debug.h"
#include "window.h"
#include "zone.h"

static pfn_t pfn_at(const struct audit *a, block_t b, unsigned offset)
{
	return labyrinth_frames_pfn(a->lab->frames, block_page(a->lab->frames, b, offset));
}

/* Order of the free block inside a page block that starts at a frame; above BLOCK_ORDER when none does. */
static unsigned free_order(const struct page_block *pb, unsigned offset)
{
	unsigned k = 0;

	while (k <= BLOCK_ORDER && (offset % (1u << k) != 0 || !labyrinth_buddy_free_at(pb, offset, k)))
		k++;
	return k;
}

/* The frames of a block behind its first one: they read FREE, and no free block starts among them. */
static bool interior_free(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct frames *f = a->lab->frames;

	for (unsigned i = offset + 1; i < offset + (1u << order); i++) {
		uint64_t word = frames_word(f, block_page(f, b, i));

		if (word_state(word) != FRAME_FREE)
			return broken(a, "only the first frame of a block carries a state", pfn_at(a, b, i),
			              word_state(word), FRAME_FREE);
		if (free_order(&f->block[b.i], i) <= BLOCK_ORDER)
			return broken(a, "a block that is free does not overlap another block", pfn_at(a, b, i), i,
			              offset);
	}
	return true;
}

bool labyrinth_audit_reach(struct audit *a, const struct page *page, size_t frames, bool exclusive)
{
	const struct isolation *iso = a->lab->isolation;
	pfn_t first = labyrinth_frames_pfn(a->lab->frames, page);

	for (size_t i = 0; iso->on && i < frames; i++) {
		pfn_t pfn = { first.n + i };
		bool hidden = iso->call.hidden(labyrinth_pfn_phys(pfn), iso->call.context);

		if (exclusive && !hidden)
			return broken(a, "no vault or exclusive frame is in the direct map", pfn, hidden, exclusive);
		if (!exclusive && hidden)
			return broken(a, "every other frame is in the direct map", pfn, hidden, exclusive);
	}
	return true;
}

static bool check_reach(struct audit *a, block_t b, unsigned offset, size_t frames, bool exclusive)
{
	return labyrinth_audit_reach(a, block_page(a->lab->frames, b, offset), frames, exclusive);
}

static bool check_free_block(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct page_block *pb = &a->lab->frames->block[b.i];
	uint64_t state = word_state(frames_word(a->lab->frames, block_page(a->lab->frames, b, offset)));

	if (state != FRAME_FREE)
		return broken(a, "a frame of a free block is in no other state", pfn_at(a, b, offset), state,
		              FRAME_FREE);
	for (unsigned k = order + 1; k <= BLOCK_ORDER; k++)
		if (offset % (1u << k) == 0 && labyrinth_buddy_free_at(pb, offset, k))
			return broken(a, "a block is free in one order only", pfn_at(a, b, offset), k, order);
	if (order < BLOCK_ORDER && labyrinth_buddy_free_at(pb, offset ^ 1u << order, order))
		return broken(a, "two free twins are one block", pfn_at(a, b, offset), order, order + 1);
	if (order < ROW_ORDER && !frames_settled(a->lab->frames, block_page(a->lab->frames, b, offset)))
		return broken(a, "the words of a free block smaller than a row are valid", pfn_at(a, b, offset), order,
		              ROW_ORDER);
	a->count[FRAME_FREE] += UINT64_C(1) << order;
	return interior_free(a, b, offset, order) && check_reach(a, b, offset, (size_t)1 << order, false);
}

/* A red zone before a block comes with one behind it. */
static bool check_fence(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct page *page = block_page(a->lab->frames, b, offset);
	uint64_t behind;

	if (!fenced(a->lab->frames, page, order))
		return true;
	behind = frames_word(a->lab->frames, page + fence_offset(order));
	if (word_state(behind) != FRAME_FENCE || word_order(behind) != order + 1)
		return broken(a, "a block has a red zone before and behind it, or none", pfn_at(a, b, offset),
		              word_state(behind), FRAME_FENCE);
	a->fences += fence_frames(order);
	return true;
}

/* Can a frame in this state be the first of a block? */
static bool has_order(enum frame_state state)
{
	return state == FRAME_SHARED || state == FRAME_CACHED || state == FRAME_FENCE || state == FRAME_WAITING;
}

/* What a frame says of itself tells whose it is, but for those set aside, and bad ones. */
static bool check_taken_reach(struct audit *a, block_t b, unsigned offset, size_t frames, enum frame_state state)
{
	bool exclusive = state == FRAME_OWNED || state == FRAME_LENT || state == FRAME_MAPPED || state == FRAME_RECYCLED
	                 || state == FRAME_DIRTY;

	return state == FRAME_RESERVED || state == FRAME_OFFLINE || state == FRAME_HOLE
	       || check_reach(a, b, offset, frames, exclusive);
}

static bool check_taken_block(struct audit *a, block_t b, unsigned offset, unsigned *order)
{
	uint64_t word = frames_word(a->lab->frames, block_page(a->lab->frames, b, offset));
	enum frame_state state = word_state(word);

	if (state == FRAME_FREE || state > FRAME_HOLE)
		return broken(a, "every frame is in exactly one state", pfn_at(a, b, offset), state, FRAME_SHARED);
	if ((word & WORD_SHRED) && (state == FRAME_OWNED || state == FRAME_LENT || state == FRAME_MAPPED
	                             || state == FRAME_CACHED))
		return broken(a, "only a shared block says that it is to be shredded", pfn_at(a, b, offset), state,
		              FRAME_SHARED);
	*order = has_order(state) ? word_order(word) : 0;
	if (*order > BLOCK_ORDER || offset % (1u << *order) != 0)
		return broken(a, "a block starts at a multiple of its size", pfn_at(a, b, offset), *order, 0);
	a->count[state] += UINT64_C(1) << *order;
	if (state == FRAME_SHARED && tag_moves(word_tag(word))) {
		a->moves[word_tag(word) - TAG_MOVER]++;
		a->movable++;
	}
	return interior_free(a, b, offset, *order) && (state != FRAME_SHARED || check_fence(a, b, offset, *order))
	       && check_taken_reach(a, b, offset, (size_t)1 << *order, state);
}

/* What was counted in a page block, and who may be at work in it. */
static bool check_note(struct audit *a, block_t b)
{
	const struct block_note *note = &a->lab->frames->note[b.i];

	if (note->movable != a->movable)
		return broken(a, "a page block counts the frames in it that can move", pfn_at(a, b, 0), note->movable,
		              a->movable);
	return note->mobility != MOBILITY_LEAVING || compact_busy(a->lab->compactor)
	       || broken(a, "only a compaction empties page blocks", pfn_at(a, b, 0), MOBILITY_LEAVING,
	                 MOBILITY_MOVABLE);
}

static bool check_block(struct audit *a, block_t b)
{
	const struct page_block *pb = &a->lab->frames->block[b.i];

	a->movable = 0;
	for (unsigned offset = 0; offset < BLOCK_FRAMES;) {
		unsigned order = free_order(pb, offset);
		bool holds = order <= BLOCK_ORDER ? check_free_block(a, b, offset, order)
		                                  : check_taken_block(a, b, offset, &order);

		if (!holds)
			return false;
		offset += 1u << order;
	}
	return check_note(a, b);
}

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
			return broken(a, "the trees of a kind agree with the page blocks", pfn_at(a, b, 0), rank, want);
	}
	a->listed += room != 0;
	return !opened || note_room(note) == room
	       || broken(a, "a page block knows which trees point at it", pfn_at(a, b, 0), note_room(note), room);
}

/* A page block inside a larger block, from its frame `begin` on: nothing in it is free, or taken, by itself. */
static bool check_inside(struct audit *a, const struct zone *z, block_t b, unsigned begin)
{
	const struct frames *f = z->frames;
	unsigned free = labyrinth_large_at(&z->large, zone_bit(z, b));

	if (!check_trees(a, z, b))
		return false;
	if (block_absent(f, b))
		return broken(a, "memory that has not come yet is in no block", pfn_at(a, b, 0), 1, 0);
	if (begin == 0 && free != 0)
		return broken(a, "a block that is free does not overlap another block", pfn_at(a, b, 0), free, 0);
	for (unsigned i = begin; i < BLOCK_FRAMES && block_opened(f, b); i++) {
		uint64_t word = frames_word(f, block_page(f, b, i));

		if (word_state(word) != FRAME_FREE)
			return broken(a, "only the first frame of a block carries a state", pfn_at(a, b, i),
			              word_state(word), FRAME_FREE);
		if (free_order(&f->block[b.i], i) <= BLOCK_ORDER)
			return broken(a, "a block that is free does not overlap another block", pfn_at(a, b, i), i, 0);
	}
	return !block_opened(f, b) || check_reach(a, b, 0, BLOCK_FRAMES, false);
}

static bool check_free_large(struct audit *a, const struct zone *z, block_t b, unsigned order)
{
	uint64_t state = word_state(frames_word(z->frames, block_page(z->frames, b, 0)));

	if (state != FRAME_FREE)
		return broken(a, "a frame of a free block is in no other state", pfn_at(a, b, 0), state, FRAME_FREE);
	for (unsigned k = order + 1; k <= LABYRINTH_MAX_ORDER && zone_bit(z, b) % large_blocks(k) == 0; k++)
		if (labyrinth_large_free(&z->large, zone_bit(z, b), k))
			return broken(a, "a block is free in one order only", pfn_at(a, b, 0), k, order);
	if (order < LABYRINTH_MAX_ORDER && labyrinth_large_free(&z->large, zone_bit(z, b) ^ large_blocks(order), order))
		return broken(a, "two free twins are one block", pfn_at(a, b, 0), order, order + 1);
	a->count[FRAME_FREE] += UINT64_C(1) << order;
	a->listed++;
	return true;
}

/* The order of the block of page blocks in use that begins at one; 0 when none does. */
static unsigned taken_order(const struct frames *f, block_t b)
{
	uint64_t word = frames_word(f, block_page(f, b, 0));

	return has_order(word_state(word)) && word_order(word) >= BLOCK_ORDER ? word_order(word) : 0;
}

static bool check_taken_large(struct audit *a, block_t b, unsigned order)
{
	enum frame_state state = word_state(frames_word(a->lab->frames, block_page(a->lab->frames, b, 0)));

	a->count[state] += UINT64_C(1) << order;
	return state != FRAME_SHARED || check_fence(a, b, 0, order);
}

/* A block of page blocks lies in one run, at a multiple of its size. */
static bool check_place(struct audit *a, block_t b, unsigned order)
{
	const struct run *r = labyrinth_frames_run(a->lab->frames, b);

	return (order <= LABYRINTH_MAX_ORDER && (r->bit + (b.i - r->first)) % large_blocks(order) == 0
	        && large_blocks(order) <= r->blocks - (b.i - r->first))
	       || broken(a, "a block starts at a multiple of its size", pfn_at(a, b, 0), order, 0);
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
			return broken(a, "a page block that nobody has used is free", pfn_at(a, b, 0), 0, 1);
		return check_trees(a, z, b) && check_block(a, b);
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
		return broken(a, "every level of a tree sums up the level below", pfn_at(a, z->first, 0), 0, 1);
	return bits == a->listed
	       || broken(a, "every bit of a tree stands for a free block", pfn_at(a, z->first, 0), bits, a->listed);
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
