/*
 * populate.c - page blocks, and what is left at either end.
 */
#include "populate.h"

enum labyrinth_zone labyrinth_zone_at(uint64_t at)
{
	unsigned z = LABYRINTH_ZONE_DMA;

	while (at >= labyrinth_zone_limit((enum labyrinth_zone)z))
		z++;
	return (enum labyrinth_zone)z;
}

static block_t block_index(const struct zone *zones, uint64_t at)
{
	block_t b = { 0 };

	labyrinth_frames_index(zones[0].frames, at, &b);
	return b;
}

/* Frames of one page block that do not fill it. */
static void part(struct zone *zones, uint64_t begin, uint64_t end)
{
	uint64_t at = begin / BLOCK_FRAMES;

	if (begin < end)
		labyrinth_zone_add_part(&zones[labyrinth_zone_at(at)], block_index(zones, at),
		                        (unsigned)(begin - at * BLOCK_FRAMES), (unsigned)(end - at * BLOCK_FRAMES));
}

static void whole(struct zone *zones, uint64_t at, uint64_t end)
{
	while (at < end) {
		enum labyrinth_zone z = labyrinth_zone_at(at);
		uint64_t upto = labyrinth_zone_limit(z) < end ? labyrinth_zone_limit(z) : end;

		labyrinth_zone_add_whole(&zones[z], block_index(zones, at), (uint32_t)(upto - at));
		at = upto;
	}
}

void labyrinth_populate(struct zone *zones, uint64_t begin, uint64_t end)
{
	uint64_t first = (begin + BLOCK_FRAMES - 1) / BLOCK_FRAMES, last = end / BLOCK_FRAMES;

	if (first > last) {
		part(zones, begin, end);
		return;
	}
	part(zones, begin, first * BLOCK_FRAMES);
	whole(zones, first, last);
	part(zones, last * BLOCK_FRAMES, end);
}
