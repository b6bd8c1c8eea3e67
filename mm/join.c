/*
 * join.c - memory joins an instance that is at work.
 *
 * Idea    Check that all of it was declared and none of it has come yet; then hand it to its zones as at bring-up.
 * Writes  Through the zones; the count of what has joined.
 */
#include <labyrinth/online.h>
#include <labyrinth/port.h>

#include "bad.h"
#include "instance.h"
#include "later.h"
#include "policy.h"
#include "populate.h"

/* Is it inside one of the declared ranges? They are merged, so it need not be looked for in two. */
static bool declared(const struct later *later, struct labyrinth_range range)
{
	for (uint64_t i = 0; later != NULL && i < later->count; i++)
		if (range.begin.n >= later->at[i].begin.n && range.end.n <= later->at[i].end.n)
			return true;
	return false;
}

/* Is one of these frames, all of one page block, in use as memory? */
static bool joined_in_block(const struct frames *f, block_t b, uint64_t begin, uint64_t end)
{
	if (block_absent(f, b))
		return false;
	for (; begin < end; begin++)
		if (word_state(frames_word(f, block_page(f, b, (unsigned)(begin % BLOCK_FRAMES)))) != FRAME_HOLE)
			return true;
	return false;
}

/* The same for the frames of a range that lie in a run of page blocks. */
static bool joined_in_run(const struct frames *f, const struct run *run, struct labyrinth_range range)
{
	const struct labyrinth_range all = { { (uint64_t)run->at * BLOCK_FRAMES },
	                                     { ((uint64_t)run->at + run->blocks) * BLOCK_FRAMES } };
	uint64_t next;

	range = labyrinth_range_clip(range, all);
	for (uint64_t at = range.begin.n; at < range.end.n; at = next) {
		block_t b = { run->first + (uint32_t)(at / BLOCK_FRAMES - run->at) };

		next = (at / BLOCK_FRAMES + 1) * BLOCK_FRAMES;
		if (joined_in_block(f, b, at, next < range.end.n ? next : range.end.n))
			return true;
	}
	return false;
}

/* Wherever the range begins and ends: of what lies between runs there is nothing. */
static bool any_joined(const struct frames *f, struct labyrinth_range range)
{
	for (uint32_t i = 0; i < f->runs; i++)
		if (joined_in_run(f, &f->run[i], range))
			return true;
	return false;
}

static enum labyrinth_status check(const struct labyrinth *lab, struct labyrinth_range range)
{
	if (labyrinth_range_frames(range) == 0)
		return LABYRINTH_BAD_RANGES;
	if (any_joined(lab->frames, range))
		return LABYRINTH_ALREADY_ONLINE;
	return declared(lab->later, range) ? LABYRINTH_OK : LABYRINTH_NOT_DECLARED;
}

/* Alone: nobody joins the same frames meanwhile, or takes one out of use. */
static enum labyrinth_status join(struct labyrinth *lab, struct labyrinth_range range)
{
	enum labyrinth_status status = check(lab, range);

	if (status != LABYRINTH_OK)
		return status;
	atomic_fetch_add_explicit(&lab->joined, labyrinth_range_frames(range), memory_order_relaxed);
	labyrinth_populate(lab->zones, range.begin.n, range.end.n);
	policy_given(lab);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_online(struct labyrinth *lab, struct labyrinth_range range)
{
	enum labyrinth_status status;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (!bad_begin(lab->frames->bad))
		return LABYRINTH_BUSY;
	status = join(lab, range);
	bad_end(lab->frames->bad);
	return status;
}
