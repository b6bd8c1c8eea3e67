/*
 * leaks.c - what is out, by the call that took it.
 *
 * Idea    A walk over all blocks, counted into the caller's array; sorted at the end.
 * Writes  The caller's memory.
 */
#include <labyrinth/inspect.h>

#include "debug.h"

struct count {
	const struct labyrinth *lab;
	uint32_t since, most;
	struct labyrinth_debug_site *at;
	struct labyrinth_debug_leaks sum;
};

static bool is_out(enum labyrinth_block_state state)
{
	return state == LABYRINTH_BLOCK_SHARED || state == LABYRINTH_BLOCK_OWNED || state == LABYRINTH_BLOCK_LENT
	       || state == LABYRINTH_BLOCK_MAPPED;
}

/* Was one event after another? They are less than half of all numbers apart. */
static bool after(uint32_t sequence, uint32_t since)
{
	return since == 0 || (sequence - since != 0 && sequence - since < UINT32_C(1) << 31);
}

/* The place of a call site; a new one while there is room, else NULL. */
static struct labyrinth_debug_site *place_of(struct count *c, uintptr_t site, uint32_t sequence)
{
	for (uint32_t i = 0; i < c->sum.sites; i++)
		if (c->at[i].site == site)
			return &c->at[i];
	if (c->sum.sites == c->most)
		return NULL;
	c->at[c->sum.sites] = (struct labyrinth_debug_site){ site, 0, 0, sequence };
	return &c->at[c->sum.sites++];
}

static void add(struct count *c, const struct labyrinth_debug_event *taken, uint64_t frames)
{
	struct labyrinth_debug_site *s = place_of(c, taken->site, taken->sequence);

	c->sum.blocks++;
	c->sum.frames += frames;
	if (s == NULL) {
		c->sum.other_blocks++;
		c->sum.other_frames += frames;
		return;
	}
	s->blocks++;
	s->frames += frames;
	if (after(s->oldest, taken->sequence))
		s->oldest = taken->sequence;
}

static bool visit(const struct labyrinth_block *block, void *context)
{
	struct count *c = context;
	struct labyrinth_debug_trace trace;
	const struct page *page;

	if (!is_out(block->state))
		return true;
	page = labyrinth_pfn_page(c->lab, block->first);
	if (page == NULL || labyrinth_debug_last(c->lab, page, &trace) != LABYRINTH_OK)
		return true;
	if (after(trace.taken.sequence, c->since))
		add(c, &trace.taken, UINT64_C(1) << block->order);
	return true;
}

/* By insertion: most frames first; of equals, the one that has been out longest. */
static void sort(struct labyrinth_debug_site *at, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		struct labyrinth_debug_site s = at[i];
		uint32_t k = i;

		for (; k > 0 && (at[k - 1].frames < s.frames
		                 || (at[k - 1].frames == s.frames && after(at[k - 1].oldest, s.oldest))); k--)
			at[k] = at[k - 1];
		at[k] = s;
	}
}

enum labyrinth_status labyrinth_debug_leaks(const struct labyrinth *lab, uint32_t since,
                                            struct labyrinth_debug_site *at, uint32_t most,
                                            struct labyrinth_debug_leaks *out)
{
	struct count c = { .lab = lab, .since = since, .most = most, .at = at };

	if (lab == NULL || out == NULL || (at == NULL && most > 0))
		return LABYRINTH_NULL_POINTER;
	if (lab->debug == NULL || lab->debug->trace.record == NULL)
		return LABYRINTH_NOT_ENABLED;
	labyrinth_for_each_block(lab, visit, &c);
	sort(at, c.sum.sites);
	*out = c.sum;
	return LABYRINTH_OK;
}
