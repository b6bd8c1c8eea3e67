/*
 * reach.h - the structures of an instance, for those who read it when it may be overwritten.
 *
 * Idea    An instance lies in one piece of memory that begins with struct labyrinth. A pointer found in there is
 *         followed when all that it should point to lies inside that piece, and copied first, so that what was judged
 *         is what is used. The size of the piece is believed if it agrees with its complement.
 * Needs   Nothing: these pointers are constant after bring-up. Any context.
 */
#ifndef MM_REACH_H
#define MM_REACH_H

#include "instance.h"
#include "owner.h"
#include "page.h"

static inline bool reach(const struct labyrinth *lab, const void *array, uint64_t count, size_t size, size_t align)
{
	uintptr_t offset = (uintptr_t)array - (uintptr_t)lab; /* wraps for pointers below: then it is too large */

	return lab->metadata_bytes == ~lab->metadata_check && offset <= lab->metadata_bytes && offset % align == 0
	       && count <= (lab->metadata_bytes - offset) / size;
}

#define REACH(lab, array, count) reach(lab, array, count, sizeof(*(array)), _Alignof(__typeof__(*(array))))

/* What a walk over all frames needs; the directory is not looked at. */
static inline bool reach_frames(const struct labyrinth *lab, struct frames *f)
{
	if (!REACH(lab, lab->frames, 1))
		return false;
	*f = *lab->frames;
	return REACH(lab, f->note, f->blocks) && REACH(lab, f->block, f->blocks)
	       && REACH(lab, f->page, (uint64_t)f->blocks * BLOCK_FRAMES);
}

/* at and slots; not the lock. */
static inline bool reach_owners(const struct labyrinth *lab, struct owners *owners)
{
	if (!REACH(lab, lab->owners, 1))
		return false;
	*owners = (struct owners){ .at = lab->owners->at, .slots = lab->owners->slots };
	return owners->slots <= UINT16_MAX && REACH(lab, owners->at, owners->slots);
}

#endif
