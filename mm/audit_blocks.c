/*
 * audit_blocks.c - a page block, frame by frame.
 */
#include "audit.h"
#include "compact.h"
#include "debug.h"
#include "window.h"

/* Order of the free block inside a page block that starts at a frame; above BLOCK_ORDER when none does. */
static unsigned free_order(const struct page_block *pb, unsigned offset)
{
	unsigned k = 0;

	while (k <= BLOCK_ORDER && (offset % (1u << k) != 0 || !labyrinth_buddy_free_at(pb, offset, k)))
		k++;
	return k;
}

bool labyrinth_audit_interior(struct audit *a, block_t b, unsigned begin, unsigned end)
{
	const struct frames *f = a->lab->frames;

	for (unsigned i = begin; i < end; i++) {
		uint64_t word = frames_word(f, block_page(f, b, i));

		if (word_state(word) != FRAME_FREE)
			return broken(a, "only the first frame of a block carries a state", audit_pfn(a, b, i),
			              word_state(word), FRAME_FREE);
		if (free_order(&f->block[b.i], i) <= BLOCK_ORDER)
			return broken(a, "a block that is free does not overlap another block", audit_pfn(a, b, i), i,
			              end);
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

static bool check_free_block(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct page_block *pb = &a->lab->frames->block[b.i];
	uint64_t state = word_state(frames_word(a->lab->frames, block_page(a->lab->frames, b, offset)));

	if (state != FRAME_FREE)
		return broken(a, "a frame of a free block is in no other state", audit_pfn(a, b, offset), state,
		              FRAME_FREE);
	for (unsigned k = order + 1; k <= BLOCK_ORDER; k++)
		if (offset % (1u << k) == 0 && labyrinth_buddy_free_at(pb, offset, k))
			return broken(a, "a block is free in one order only", audit_pfn(a, b, offset), k, order);
	if (order < BLOCK_ORDER && labyrinth_buddy_free_at(pb, offset ^ 1u << order, order))
		return broken(a, "two free twins are one block", audit_pfn(a, b, offset), order, order + 1);
	if (order < ROW_ORDER && !frames_settled(a->lab->frames, block_page(a->lab->frames, b, offset)))
		return broken(a, "the words of a free block smaller than a row are valid", audit_pfn(a, b, offset),
		              order, ROW_ORDER);
	a->count[FRAME_FREE] += UINT64_C(1) << order;
	return labyrinth_audit_interior(a, b, offset + 1, offset + (1u << order))
	       && audit_reach_in(a, b, offset, (size_t)1 << order, false);
}

bool labyrinth_audit_fence(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct page *page = block_page(a->lab->frames, b, offset);
	uint64_t behind;

	if (!fenced(a->lab->frames, page, order))
		return true;
	behind = frames_word(a->lab->frames, page + fence_offset(order));
	if (word_state(behind) != FRAME_FENCE || word_order(behind) != order + 1)
		return broken(a, "a block has a red zone before and behind it, or none", audit_pfn(a, b, offset),
		              word_state(behind), FRAME_FENCE);
	a->fences += fence_frames(order);
	return true;
}

/* What a frame says of itself tells whose it is, but for those set aside, and bad ones. */
static bool check_taken_reach(struct audit *a, block_t b, unsigned offset, size_t frames, enum frame_state state)
{
	bool exclusive = state == FRAME_OWNED || state == FRAME_LENT || state == FRAME_MAPPED || state == FRAME_RECYCLED
	                 || state == FRAME_DIRTY;

	return state == FRAME_RESERVED || state == FRAME_OFFLINE || state == FRAME_HOLE
	       || audit_reach_in(a, b, offset, frames, exclusive);
}

static bool check_taken_block(struct audit *a, block_t b, unsigned offset, unsigned *order)
{
	uint64_t word = frames_word(a->lab->frames, block_page(a->lab->frames, b, offset));
	enum frame_state state = word_state(word);

	if (state == FRAME_FREE || state > FRAME_HOLE)
		return broken(a, "every frame is in exactly one state", audit_pfn(a, b, offset), state, FRAME_SHARED);
	if ((word & WORD_SHRED) && (state == FRAME_OWNED || state == FRAME_LENT || state == FRAME_MAPPED
	                             || state == FRAME_CACHED))
		return broken(a, "only a shared block says that it is to be shredded", audit_pfn(a, b, offset), state,
		              FRAME_SHARED);
	if (state == FRAME_SHARED && (word & WORD_OFFERED) && !compact_busy(a->lab->compactor))
		return broken(a, "only a compaction offers frames", audit_pfn(a, b, offset), 1, 0);
	*order = audit_has_order(state) ? word_order(word) : 0;
	if (*order > BLOCK_ORDER || offset % (1u << *order) != 0)
		return broken(a, "a block starts at a multiple of its size", audit_pfn(a, b, offset), *order, 0);
	a->count[state] += UINT64_C(1) << *order;
	if (state == FRAME_SHARED && tag_moves(word_tag(word))) {
		a->moves[word_tag(word) - TAG_MOVER]++;
		a->movable++;
	}
	return labyrinth_audit_interior(a, b, offset + 1, offset + (1u << *order))
	       && (state != FRAME_SHARED || labyrinth_audit_fence(a, b, offset, *order))
	       && check_taken_reach(a, b, offset, (size_t)1 << *order, state);
}

/* What was counted in a page block, and who may be at work in it. */
static bool check_note(struct audit *a, block_t b)
{
	const struct block_note *note = &a->lab->frames->note[b.i];

	if (note->movable != a->movable)
		return broken(a, "a page block counts the frames in it that can move", audit_pfn(a, b, 0),
		              note->movable, a->movable);
	return note->mobility != MOBILITY_LEAVING || compact_busy(a->lab->compactor)
	       || broken(a, "only a compaction empties page blocks", audit_pfn(a, b, 0), MOBILITY_LEAVING,
	                 MOBILITY_MOVABLE);
}

bool labyrinth_audit_block(struct audit *a, block_t b)
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
