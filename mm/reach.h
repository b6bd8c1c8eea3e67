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
#include "mover.h"
#include "owner.h"
#include "zone.h"

static inline bool reach(const struct labyrinth *lab, const void *array, uint64_t count, size_t size, size_t align)
{
	uintptr_t offset = (uintptr_t)array - (uintptr_t)lab; /* wraps for pointers below: then it is too large */

	return lab->metadata_bytes == ~lab->metadata_check && offset <= lab->metadata_bytes && offset % align == 0
	       && count <= (lab->metadata_bytes - offset) / size;
}

#define REACH(lab, array, count) reach(lab, array, count, sizeof(*(array)), _Alignof(__typeof__(*(array))))

/* Do the runs number the page blocks from the first to the last? Then the search among them ends inside. */
static inline bool runs_sound(const struct frames *f)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < f->runs; i++) {
		if (f->run[i].first != next || f->run[i].blocks == 0 || f->run[i].blocks > f->blocks - next)
			return false;
		next += f->run[i].blocks;
	}
	return f->runs > 0 && next == f->blocks;
}

/* What a walk over all frames needs: not what leads from bits to page blocks. */
static inline bool reach_frames(const struct labyrinth *lab, struct frames *f)
{
	if (!REACH(lab, lab->frames, 1))
		return false;
	*f = *lab->frames;
	return REACH(lab, f->note, f->blocks) && REACH(lab, f->block, f->blocks)
	       && REACH(lab, f->page, (uint64_t)f->blocks * BLOCK_FRAMES)
	       && REACH(lab, f->opened, opened_words(f->blocks)) && REACH(lab, f->run, f->runs) && runs_sound(f)
	       && (f->absent == NULL || REACH(lab, f->absent, opened_words(f->blocks)));
}

/* What a look at the large blocks of a zone needs; lab->zones has been judged. The shapes are worked out again. */
static inline bool reach_large(const struct labyrinth *lab, const struct frames *f, unsigned which, struct zone *z)
{
	const struct zone *from = &lab->zones[which];

	*z = (struct zone){ .frames = from->frames, .first = from->first, .blocks = from->blocks, .base = from->base,
	                    .sections = from->sections, .managed = zone_managed(from), .low = from->low,
	                    .high = from->high, .protect = from->protect, .large = from->large };
	if (z->first.i > f->blocks || z->blocks > f->blocks - z->first.i || z->sections > RANKS_MOST / SECTION_BITS)
		return false;
	z->large.sections = z->sections;
	z->large.shape = labyrinth_sums_shape(z->sections);
	return REACH(lab, z->large.section, z->sections) && REACH(lab, z->large.marks, z->large.shape.words);
}

/* The bit of a page block by the table of runs alone; it may be none of the zone's. */
static inline uint32_t reach_bit(const struct frames *f, const struct zone *z, block_t b)
{
	const struct run *r = labyrinth_frames_run(f, b);

	return r->bit + (b.i - r->first) - z->base;
}

/* The order of the free block, 9 or above, that begins at a page block; 0 when none does. */
static inline unsigned reach_large_at(const struct frames *f, const struct zone *z, block_t b)
{
	uint32_t bit = reach_bit(f, z, b);

	if (b.i - z->first.i >= z->blocks || bit >= z->sections * SECTION_BITS)
		return 0;
	return labyrinth_large_at(&z->large, bit);
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
