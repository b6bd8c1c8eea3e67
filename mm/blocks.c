/*
 * blocks.c - every block in turn, as the page blocks and the frame words show it at that moment.
 *
 * Idea    The walk steps from frame to frame, past the end of each block that it recognises; a block that makes no
 *         sense is one frame. So it comes to its end whatever others write meanwhile.
 */
#include <labyrinth/inspect.h>

#include "reach.h"

struct walk {
	struct frames frames;
	struct zone   zones[LABYRINTH_ZONES]; /* what reach_large() says of them */
	struct owners owners;
	const struct movers *movers;
};

const char *labyrinth_block_state_name(enum labyrinth_block_state state)
{
	static const char *const names[LABYRINTH_BLOCK_STATES] = {
		"free", "shared", "owned", "lent", "recycled", "dirty", "aside", "cached", "quarantined", "fence",
		"offline", "mapped",
		"moving",
	};

	return (unsigned)state < LABYRINTH_BLOCK_STATES ? names[state] : "?";
}

#define NOT_FREE (LABYRINTH_MAX_ORDER + 1)

/* Order of the free block that starts at a page block; NOT_FREE when none does. */
static unsigned free_blocks(const struct walk *w, block_t b)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		unsigned order = reach_large_at(&w->frames, &w->zones[z], b);

		if (order != 0)
			return order;
	}
	return NOT_FREE;
}

/* Order of the free block that starts at a frame; NOT_FREE when none does. */
static unsigned free_order(const struct walk *w, block_t b, unsigned offset)
{
	if (offset == 0 && free_blocks(w, b) != NOT_FREE)
		return free_blocks(w, b);
	for (unsigned k = 0; k < BLOCK_ORDER && block_opened(&w->frames, b) && offset % (1u << k) == 0; k++)
		if (labyrinth_buddy_free_at(&w->frames.block[b.i], offset, k))
			return k;
	return NOT_FREE;
}

/* Who has this slot, or had it last. */
static labyrinth_owner_t holder(const struct walk *w, uint32_t slot)
{
	uint64_t word;

	if (slot >= w->owners.slots)
		return LABYRINTH_NOBODY;
	word = owner_load(&w->owners.at[slot]);
	return (labyrinth_owner_t){ (uint16_t)slot, owner_generation(owner_alive(word) ? word : word - OWNER_BORN) };
}

/* Whom the tag of a shared block names. */
static labyrinth_mover_t mover(const struct walk *w, uint16_t tag)
{
	uint16_t slot = (uint16_t)(tag - TAG_MOVER);

	if (!tag_moves(tag))
		return (labyrinth_mover_t){ 0, 0 };
	return (labyrinth_mover_t){ slot, mover_generation(mover_load(&w->movers->at[slot])) };
}

/* Does this owner keep the frame? As many steps along its stack as the owner has frames there, at most. */
static bool recycled_by(const struct walk *w, const struct owner *o, uint64_t frame)
{
	uint64_t frames = (uint64_t)w->frames.blocks * BLOCK_FRAMES;
	uint32_t left = owner_recycled(owner_load(o));
	uint64_t at = stack_head_index(atomic_load_explicit(&o->recycled.head, memory_order_acquire));

	if (kept_load(&o->kept) >> KEPT_SHIFT == frame + 1)
		return true;
	for (; left > 0 && at < frames; left--) {
		if (at == frame)
			return true;
		at = word_next(word_load(&w->frames.page[at]));
	}
	return false;
}

static labyrinth_owner_t recycler(const struct walk *w, uint64_t frame)
{
	for (uint32_t slot = 0; slot < w->owners.slots; slot++)
		if (recycled_by(w, &w->owners.at[slot], frame))
			return holder(w, slot);
	return LABYRINTH_NOBODY;
}

/* What a frame says of itself that no free block starts at. */
static void read_word(const struct walk *w, uint64_t frame, struct labyrinth_block *out)
{
	static const enum labyrinth_block_state states[] = {
		[FRAME_FREE]     = LABYRINTH_BLOCK_MOVING,
		[FRAME_SHARED]   = LABYRINTH_BLOCK_SHARED,
		[FRAME_OWNED]    = LABYRINTH_BLOCK_OWNED,
		[FRAME_LENT]     = LABYRINTH_BLOCK_LENT,
		[FRAME_RECYCLED] = LABYRINTH_BLOCK_RECYCLED,
		[FRAME_DIRTY]    = LABYRINTH_BLOCK_DIRTY,
		[FRAME_RESERVED] = LABYRINTH_BLOCK_ASIDE,
		[FRAME_CACHED]   = LABYRINTH_BLOCK_CACHED,
		[FRAME_FENCE]    = LABYRINTH_BLOCK_FENCE,
		[FRAME_WAITING]  = LABYRINTH_BLOCK_QUARANTINED,
		[FRAME_OFFLINE]  = LABYRINTH_BLOCK_OFFLINE,
		[FRAME_MAPPED]   = LABYRINTH_BLOCK_MAPPED,
	};
	uint64_t word = frames_word(&w->frames, &w->frames.page[frame]);

	out->state = word_state(word) < FRAME_HOLE ? states[word_state(word)] : LABYRINTH_BLOCK_MOVING;
	if (out->state == LABYRINTH_BLOCK_SHARED || out->state == LABYRINTH_BLOCK_FENCE
	    || out->state == LABYRINTH_BLOCK_QUARANTINED) {
		out->order = word_order(word);
		out->mover = mover(w, word_tag(word));
	} else if (out->state == LABYRINTH_BLOCK_CACHED) {
		out->order = word_order(word);
	} else if (out->state == LABYRINTH_BLOCK_OWNED || out->state == LABYRINTH_BLOCK_LENT
	           || out->state == LABYRINTH_BLOCK_MAPPED) {
		out->owner = holder(w, word_owner(word));
		out->generation = word_generation(word);
	} else if (out->state == LABYRINTH_BLOCK_RECYCLED) {
		out->owner = recycler(w, frame);
	}
}

/* Can a block of this order start here, and end before the hole behind these page blocks? */
static bool fits(const struct run *r, uint64_t frame, const struct labyrinth_block *block)
{
	uint64_t end = ((uint64_t)r->first + r->blocks) * BLOCK_FRAMES;

	return block->order <= LABYRINTH_MAX_ORDER && block->first.n % (UINT64_C(1) << block->order) == 0
	       && UINT64_C(1) << block->order <= end - frame;
}

/* A page block that nobody has opened, and that is not free, is on its way as a whole. */
static unsigned unknown_order(const struct walk *w, block_t b)
{
	return block_opened(&w->frames, b) ? 0 : BLOCK_ORDER;
}

static struct labyrinth_block look(const struct walk *w, uint64_t frame)
{
	block_t b = { (uint32_t)(frame / BLOCK_FRAMES) };
	unsigned offset = (unsigned)(frame % BLOCK_FRAMES);
	const struct run *r = labyrinth_frames_run(&w->frames, b);
	struct labyrinth_block block = {
		.first = { ((uint64_t)r->at + (b.i - r->first)) * BLOCK_FRAMES + offset },
		.order = free_order(w, b, offset),
	};

	if (block.order == NOT_FREE) {
		block.order = unknown_order(w, b);
		read_word(w, frame, &block);
	}
	if (!fits(r, frame, &block))
		block.order = 0;
	return block;
}

static bool hole(const struct walk *w, uint64_t frame)
{
	return word_state(frames_word(&w->frames, &w->frames.page[frame])) == FRAME_HOLE;
}

/* A zone that cannot be reached is one without free blocks of order 9 and above. */
static bool find_all(const struct labyrinth *lab, struct walk *w)
{
	bool zones = REACH(lab, lab->zones, LABYRINTH_ZONES);

	if (!reach_frames(lab, &w->frames) || !reach_owners(lab, &w->owners))
		return false;
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (!zones || !reach_large(lab, &w->frames, z, &w->zones[z]))
			w->zones[z] = (struct zone){ .blocks = 0 };
	return true;
}

bool labyrinth_for_each_block(const struct labyrinth *lab,
                              bool (*visit)(const struct labyrinth_block *block, void *context), void *context)
{
	struct walk w;
	struct labyrinth_block block;

	if (lab == NULL || visit == NULL || !find_all(lab, &w) || !REACH(lab, lab->movers, 1))
		return false;
	w.movers = lab->movers;
	for (uint64_t frame = 0; frame < (uint64_t)w.frames.blocks * BLOCK_FRAMES;
	     frame += UINT64_C(1) << block.order) {
		block_t b = { (uint32_t)(frame / BLOCK_FRAMES) };

		block = (struct labyrinth_block){ .order = block_absent(&w.frames, b) ? BLOCK_ORDER : 0 };
		if (hole(&w, frame))
			continue;
		block = look(&w, frame);
		if (!visit(&block, context))
			return false;
	}
	return true;
}
