/*
 * watermark.h - how much of each zone should stay free, and for whom.
 *
 * Idea    Three numbers a zone, from the configuration, constant. `low`: below it maintenance is wanted, which asks the
 *         shrinkers until the zone is above `high`. `protect`: what requests leave alone that could have used a higher
 *         zone. There is no `min`: what atomic callers may count on is the reserve, an exact number of frames that
 *         nobody else can take.
 * Writes  The bits of lab->attention that say which zones are low, and that one is below what it protects.
 */
#ifndef MM_WATERMARK_H
#define MM_WATERMARK_H

#include "hooks.h"
#include "zone.h"

/* However large the memory is, more than this need not stay free in a zone; in frames. */
#define WATERMARK_MOST_LOW  UINT64_C(16384)
#define WATERMARK_MOST_HIGH UINT64_C(32768)

/*
 * At bring-up: sets what zones protect, and, once reserve and vault are filled, when they are low; notes those that are
 * so already, for whoever asks: a kernel that is starting is not kicked. A shift of 0: not at all.
 */
void labyrinth_zones_protect(struct zone *zones, uint32_t shift);
void labyrinth_zones_mark(struct labyrinth *lab, uint32_t low_shift, uint32_t high_shift);

/* What a request that may use zones up to `highest` leaves free in z. */
static inline uint64_t watermark_leave(const struct zone *zones, const struct zone *z, enum labyrinth_zone highest)
{
	return z < &zones[highest] ? z->protect : 0;
}

/* Frames have been taken from a zone that now has few. Any context. */
void labyrinth_watermark_passed(struct labyrinth *lab, const struct zone *z);

/* Frames have been taken from a zone. */
static inline void watermark_look(struct labyrinth *lab, const struct zone *z)
{
	uint64_t free = zone_free(z);

	if (__builtin_expect(free < z->low || free < z->protect, 0))
		labyrinth_watermark_passed(lab, z);
}

/* Should what is freed to this zone stay in it? */
static inline bool watermark_dug(const struct labyrinth *lab, const struct zone *z)
{
	return (attention(lab) & ATTEND_DUG) && zone_free(z) < z->protect;
}

/* Frames have been given to a zone: stops saying what is no longer so. Any context. */
void labyrinth_watermark_risen(struct labyrinth *lab);

/* Passes every lock: what was counted by those who held one before is seen. A task. */
void labyrinth_watermark_in_turn(struct labyrinth *lab);

/* Frames that the zones that have been low lack to be above their high watermarks. */
uint64_t labyrinth_watermark_shortfall(const struct labyrinth *lab);

#endif
