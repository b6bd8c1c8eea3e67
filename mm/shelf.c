/*
 * shelf.c - where blocks at hand come from, and how they go.
 */
#include "shelf.h"

#include <labyrinth/init.h>

/* What suits: so many, where all that front ends can keep is at most a 64th of memory; else as many as that is. */
#define SHELF_USUAL 8u
#define SHELF_SHARE 64u

/* Frames of a block of each order, in the two front ends of a CPU. */
#define SHELF_FRAMES ((2u + 4u + 8u) * 2u)

/* Blocks kept since the last fetched, after which another must be: others take and give meanwhile. */
#define SHELF_TRUST 64u

uint32_t labyrinth_shelf_places(uint32_t configured, uint32_t cpus, uint64_t frames)
{
	uint32_t most = (uint32_t)(frames / SHELF_SHARE) / (SHELF_FRAMES * cpus); /* of 2^34 frames at most */

	if (configured != LABYRINTH_SHELF_SUITS)
		return configured;
	return most < SHELF_USUAL ? most : SHELF_USUAL;
}

static void set_frontier(struct shelf *s, const struct zone *zone, const struct page *page, unsigned order)
{
	unsigned room = note_room(&zone->frames->note[page_block_of(zone->frames, page).i]);

	s->zone = zone;
	s->frontier = page;
	s->room = (uint16_t)(room > order ? room : order + 1);
	s->trust = SHELF_TRUST;
}

struct page *labyrinth_shelf_fetch(struct shelf *s, struct zone *zones, unsigned order, enum patience patience)
{
	for (unsigned z = LABYRINTH_ZONES; z-- > 0;) {
		uint64_t leave = z < LABYRINTH_ZONE_NORMAL ? zones[z].protect : 0;
		struct page *page = labyrinth_zone_take_leaving(&zones[z], leave, order, MOBILITY_SHARED, patience);

		if (page != NULL) {
			set_frontier(s, &zones[z], page, order);
			return page;
		}
	}
	return NULL;
}

/* One block; false, and nothing done, when the zone's lock was held. */
static bool give_last(struct shelf *s, struct zone *zones, unsigned order, enum patience patience)
{
	struct page *page = s->at[shelf_count(s) - 1];

	word_store(page, word_loose(word_load(page)));
	if (!labyrinth_zone_put(zone_of(zones, page), page, order, patience)) {
		word_store(page, word_make(FRAME_CACHED, word_generation(word_load(page)), order, 0));
		return false; /* it stays; nobody else has seen it */
	}
	shelf_set_count(s, shelf_count(s) - 1);
	return true;
}

uint32_t labyrinth_shelf_give(struct shelf *s, struct zone *zones, unsigned order, enum patience patience)
{
	uint32_t given = 0;

	s->trust = 0;
	while (given < SHELF_PIECE && shelf_count(s) > 0 && give_last(s, zones, order, patience))
		given++;
	return given << order;
}
