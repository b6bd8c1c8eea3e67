/*
 * range.h - half-open ranges of frames, and the sorted lists of them that bring-up works on.
 *
 * Idea    Bounds are compared here and nowhere else. A list is sorted, disjoint and merged: no range is empty,
 *         none touches the next.
 * Needs   Storage from the caller. Cutting a range in two needs one free place; without it the call says
 *         LABYRINTH_TOO_MANY_ENTRIES and changes nothing.
 *
 * Context: task, before or after the allocator exists; no locking of their own.
 */
#ifndef LABYRINTH_RANGE_H
#define LABYRINTH_RANGE_H

#include <labyrinth/types.h>

struct labyrinth_range {
	pfn_t begin; /* first frame      */
	pfn_t end;   /* one past the last */
};

struct labyrinth_ranges {
	struct labyrinth_range *at;
	size_t count;
	size_t capacity; /* places in at[] */
};

static inline uint64_t labyrinth_range_frames(struct labyrinth_range r)
{
	return r.end.n > r.begin.n ? r.end.n - r.begin.n : 0;
}

/* The part of r inside lim; empty, never inverted, when they do not meet. */
struct labyrinth_range labyrinth_range_clip(struct labyrinth_range r, struct labyrinth_range lim);

/* The whole frames inside the bytes [base, base + bytes), cut at 2^64; may be empty. */
struct labyrinth_range labyrinth_range_inside(phys_addr_t base, uint64_t bytes);

/* Every frame that the bytes [base, base + bytes), cut at 2^64, touch; empty for no bytes. */
struct labyrinth_range labyrinth_range_touched(phys_addr_t base, uint64_t bytes);

/* Frames in the whole list. */
uint64_t labyrinth_ranges_frames(const struct labyrinth_ranges *ranges);

/* Does the list keep its promises: sorted, disjoint, merged, none empty, all below 2^52 frames? */
bool labyrinth_ranges_valid(const struct labyrinth_ranges *ranges);

/*
 * Adds r, merging it with what it meets or touches. An empty r adds nothing.
 *
 * Errors   LABYRINTH_NULL_POINTER; LABYRINTH_BAD_RANGES: r ends above 2^52 frames; LABYRINTH_TOO_MANY_ENTRIES. Nothing
 *          changed.
 */
enum labyrinth_status labyrinth_ranges_add(struct labyrinth_ranges *ranges,
                                           struct labyrinth_range r) LABYRINTH_MUST_USE;

/* Takes r out, whatever of it is there. Errors: LABYRINTH_NULL_POINTER, LABYRINTH_TOO_MANY_ENTRIES: nothing changed. */
enum labyrinth_status labyrinth_ranges_remove(struct labyrinth_ranges *ranges,
                                              struct labyrinth_range r) LABYRINTH_MUST_USE;

/*
 * Takes `frames` consecutive frames out of the list: the highest that start at a multiple of `align` frames and lie
 * inside `within`. For what must be placed before the allocator exists: page tables, the boot information, metadata.
 *
 * align    a power of two, in frames; 1 for any.
 * out      the frames taken.
 * Errors   LABYRINTH_NULL_POINTER. LABYRINTH_NO_ROOM: no such place, no frames, or an `align` that is no power of two.
 *          LABYRINTH_TOO_MANY_ENTRIES: cutting the highest needs a place in the list. Nothing changed.
 * Memory   Holds whatever was there.
 */
enum labyrinth_status labyrinth_ranges_carve(struct labyrinth_ranges *ranges, uint64_t frames, uint64_t align,
                                             struct labyrinth_range within,
                                             struct labyrinth_range *out) LABYRINTH_MUST_USE;

#endif
