/*
 * blocks.c - every block in turn, as the page blocks and the frame words show it at that moment.
 *
 * Idea    The walk steps from frame to frame, past the end of each block that it recognises; a block that makes no
 *         sense is one frame. So it comes to its end whatever others write meanwhile.
 */
#include <labyrinth/inspect.h>

#include "buddy.h"
#include "reach.h"

struct walk {
	struct frames frames;
	struct owners owners;
};

const char *labyrinth_block_state_name(enum labyrinth_block_state state)
{
	static const char *const names[LABYRINTH_BLOCK_STATES] = {
		"free", "shared", "owned", "lent", "recycled", "aside", "cached", "moving",
	};

	return (unsigned)state < LABYRINTH_BLOCK_STATES ? names[state] : "?";
}

/* Order of the free block that starts at a frame; above BLOCK_ORDER when none does. */
static unsigned free_order(const struct page_block *pb, unsigned offset)
{
	unsigned k = 0;

	while (k <= BLOCK_ORDER && (offset % (1u << k) != 0 || !labyrinth_buddy_free_at(pb, offset, k)))
		k++;
	return k;
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

/* Is the frame on this owner's stack? As many steps as the owner has frames there, at most. */
static bool recycled_by(const struct walk *w, const struct owner *o, uint64_t frame)
{
	uint64_t frames = (uint64_t)w->frames.blocks * BLOCK_FRAMES;
	uint32_t left = owner_recycled(owner_load(o));
	uint64_t at = atomic_load_explicit(&o->recycled.head, memory_order_acquire) & WORD_NEXT_NONE;

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
		[FRAME_DIRTY]    = LABYRINTH_BLOCK_RECYCLED,
		[FRAME_RESERVED] = LABYRINTH_BLOCK_ASIDE,
		[FRAME_CACHED]   = LABYRINTH_BLOCK_CACHED,
	};
	uint64_t word = word_load(&w->frames.page[frame]);

	out->state = word_state(word) < FRAME_HOLE ? states[word_state(word)] : LABYRINTH_BLOCK_MOVING;
	if (out->state == LABYRINTH_BLOCK_SHARED)
		out->order = word_order(word);
	else if (out->state == LABYRINTH_BLOCK_OWNED || out->state == LABYRINTH_BLOCK_LENT)
		out->owner = holder(w, word_owner(word));
	else if (out->state == LABYRINTH_BLOCK_RECYCLED)
		out->owner = recycler(w, frame);
}

/* Can a block of this order start here? */
static bool fits(const struct walk *w, uint64_t frame, const struct labyrinth_block *block)
{
	uint64_t frames = (uint64_t)w->frames.blocks * BLOCK_FRAMES;

	return block->order <= LABYRINTH_MAX_ORDER && block->first.n % (UINT64_C(1) << block->order) == 0
	       && UINT64_C(1) << block->order <= frames - frame;
}

static struct labyrinth_block look(const struct walk *w, uint64_t frame)
{
	block_t b = { (uint32_t)(frame / BLOCK_FRAMES) };
	unsigned offset = (unsigned)(frame % BLOCK_FRAMES);
	struct labyrinth_block block = { .first = { block_pfn(&w->frames, b).n + offset } };

	if (offset == 0 && block_virgin(&w->frames, b))
		block.order = BLOCK_ORDER;
	else
		block.order = free_order(&w->frames.block[b.i], offset);
	if (block.order > BLOCK_ORDER) {
		block.order = 0;
		read_word(w, frame, &block);
	}
	if (!fits(w, frame, &block))
		block.order = 0;
	return block;
}

static bool hole(const struct walk *w, uint64_t frame)
{
	return !block_virgin(&w->frames, (block_t){ (uint32_t)(frame / BLOCK_FRAMES) })
	       && word_state(word_load(&w->frames.page[frame])) == FRAME_HOLE;
}

bool labyrinth_for_each_block(const struct labyrinth *lab,
                              bool (*visit)(const struct labyrinth_block *block, void *context), void *context)
{
	struct walk w;
	struct labyrinth_block block;

	if (lab == NULL || visit == NULL || !reach_frames(lab, &w.frames) || !reach_owners(lab, &w.owners))
		return false;
	for (uint64_t frame = 0; frame < (uint64_t)w.frames.blocks * BLOCK_FRAMES;
	     frame += UINT64_C(1) << block.order) {
		block = (struct labyrinth_block){ .order = 0 };
		if (hole(&w, frame))
			continue;
		block = look(&w, frame);
		if (!visit(&block, context))
			return false;
	}
	return true;
}
