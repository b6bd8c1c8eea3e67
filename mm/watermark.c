/*
 * watermark.c - which zones are low, or dug into.
 */
#include "watermark.h"

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void labyrinth_zones_protect(struct zone *zones, uint32_t shift)
{
	uint64_t above = 0;

	for (unsigned z = LABYRINTH_ZONES; shift > 0 && z-- > 0;) {
		zones[z].protect = least(above >> shift, zone_managed(&zones[z]) / 2);
		above += zone_managed(&zones[z]);
	}
}

static enum attention low_bit(const struct labyrinth *lab, const struct zone *z)
{
	return (enum attention)((unsigned)ATTEND_LOW << (z - lab->zones));
}

void labyrinth_zones_mark(struct labyrinth *lab, uint32_t low_shift, uint32_t high_shift)
{
	for (struct zone *z = lab->zones; low_shift > 0 && z < lab->zones + LABYRINTH_ZONES; z++) {
		z->low = least(zone_managed(z) >> low_shift, WATERMARK_MOST_LOW);
		z->high = least(zone_managed(z) >> high_shift, WATERMARK_MOST_HIGH);
		if (zone_free(z) < z->low)
			attend(lab, low_bit(lab, z));
	}
}

void labyrinth_watermark_passed(struct labyrinth *lab, const struct zone *z)
{
	if (zone_free(z) < z->protect)
		attend_first(lab, ATTEND_DUG);
	if (zone_free(z) < z->low) {
		attend_first(lab, low_bit(lab, z));
		labyrinth_kick(lab);
	}
}

/* ---- Taking back what was said. */

/* Bit z: zone z is said to be low. */
static unsigned low_zones(const struct labyrinth *lab)
{
	return (unsigned)attention(lab) / ATTEND_LOW % (1u << LABYRINTH_ZONES);
}

/*
 * Whoever takes frames counts them under the zone's lock, and looks at the notes after that with a plain load: he may
 * find one that is being taken back. So whoever takes it back looks at the zone once more under its lock. Of two who
 * hold it in turn, the second sees what the first has done before: either this one sees the frames gone, or the other
 * one does not see the note, and says it anew. A lock that is held is not waited for: then the note stays.
 */
static bool dug(struct zone *z)
{
	labyrinth_irq_t was;
	bool below;

	if (z->protect == 0)
		return false;
	if (!zone_enter(z, ZONE_TRY, &was))
		return true;
	below = zone_free(z) < z->protect;
	zone_exit(z, was);
	return below;
}

static bool seems_dug(struct zone *z)
{
	return zone_free(z) < z->protect;
}

static bool somewhere(struct labyrinth *lab, bool (*is)(struct zone *z))
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (is(&lab->zones[z]))
			return true;
	return false;
}

static __attribute__((noinline)) void low_no_longer(struct labyrinth *lab, struct zone *z)
{
	labyrinth_irq_t was;

	if (!zone_enter(z, ZONE_TRY, &was))
		return;
	if (zone_free(z) >= z->high)
		unattend(lab, low_bit(lab, z));
	zone_exit(z, was);
}

void labyrinth_watermark_risen(struct labyrinth *lab)
{
	if ((attention(lab) & ATTEND_DUG) && !somewhere(lab, seems_dug)) {
		unattend(lab, ATTEND_DUG);
		if (somewhere(lab, dug))
			attend(lab, ATTEND_DUG);
	}
	for (unsigned low = low_zones(lab); low != 0; low &= low - 1) {
		struct zone *z = &lab->zones[bits_lowest(low)];

		if (zone_free(z) >= z->high)
			low_no_longer(lab, z);
	}
}

void labyrinth_watermark_in_turn(struct labyrinth *lab)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		labyrinth_irq_t was;

		zone_enter(&lab->zones[z], ZONE_WAIT, &was);
		zone_exit(&lab->zones[z], was);
	}
}

uint64_t labyrinth_watermark_shortfall(const struct labyrinth *lab)
{
	uint64_t frames = 0;

	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		const struct zone *zone = &lab->zones[z];
		uint64_t free = zone_free(zone);

		if ((attention(lab) & low_bit(lab, zone)) && free < zone->high)
			frames += zone->high - free;
	}
	return frames;
}
