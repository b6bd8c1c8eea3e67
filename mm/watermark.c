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

void labyrinth_zones_mark(struct zone *zones, uint32_t low_shift, uint32_t high_shift)
{
	for (unsigned z = 0; low_shift > 0 && z < LABYRINTH_ZONES; z++) {
		zones[z].low = least(zone_managed(&zones[z]) >> low_shift, WATERMARK_MOST_LOW);
		zones[z].high = least(zone_managed(&zones[z]) >> high_shift, WATERMARK_MOST_HIGH);
	}
}

static enum attention low_bit(const struct labyrinth *lab, const struct zone *z)
{
	return (enum attention)((unsigned)ATTEND_LOW << (z - lab->zones));
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

static bool dug_somewhere(const struct labyrinth *lab)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (zone_free(&lab->zones[z]) < lab->zones[z].protect)
			return true;
	return false;
}

/* Takes back what was said; once more if it has become true meanwhile. */
static void low_no_longer(struct labyrinth *lab, const struct zone *z)
{
	if (!(attention(lab) & low_bit(lab, z)) || zone_free(z) < z->high)
		return;
	unattend(lab, low_bit(lab, z));
	if (zone_free(z) < z->low)
		attend(lab, low_bit(lab, z));
}

void labyrinth_watermark_risen(struct labyrinth *lab)
{
	if ((attention(lab) & ATTEND_DUG) && !dug_somewhere(lab)) {
		unattend(lab, ATTEND_DUG);
		if (dug_somewhere(lab))
			attend(lab, ATTEND_DUG);
	}
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		low_no_longer(lab, &lab->zones[z]);
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
