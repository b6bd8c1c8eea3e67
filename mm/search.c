/*
 * search.c - through the maps of page blocks, 64 frames at a time.
 */
#include "search.h"

#include "bits.h"
#include "particular.h"

/* The lowest place from a frame on that is aligned, and from which no boundary is crossed. */
static uint64_t fit(const struct labyrinth_contiguous *want, uint64_t at)
{
	at = (at + want->alignment - 1) & ~(want->alignment - 1);
	if (want->boundary != 0 && (at ^ (at + want->frames - 1)) >= want->boundary)
		at = (at + want->boundary - 1) & ~(want->boundary - 1);
	return at;
}

/* 64 frames more are known, all before them that matter being free: is there a place now? */
static bool scan(struct search *s, uint64_t first, uint64_t free)
{
	for (uint64_t taken = ~free; taken != 0; taken &= taken - 1) {
		uint64_t frame = first + bits_lowest(taken);

		if (frame < s->place)
			continue;
		if (s->place + s->want->frames <= frame)
			return true;
		s->place = fit(s->want, frame + 1);
	}
	return s->place + s->want->frames <= first + 64;
}

/* The same with a page block, or with several that are free. How many, in *blocks. */
static bool scan_block(struct search *s, struct zone *zone, block_t b, uint64_t first, uint32_t *blocks)
{
	uint64_t map[BLOCK_FRAMES / 64];
	uint32_t whole = labyrinth_zone_map(zone, b, map);

	*blocks = whole != 0 ? whole : 1;
	if (whole != 0)
		return s->place + s->want->frames <= first + (uint64_t)whole * BLOCK_FRAMES;
	for (unsigned i = 0; i < BLOCK_FRAMES / 64; i++)
		if (scan(s, first + i * 64, map[i]))
			return true;
	return false;
}

bool labyrinth_search_run(struct search *s, struct zone *zone, const struct run *r)
{
	uint64_t first = (uint64_t)r->at * BLOCK_FRAMES, end = first + (uint64_t)r->blocks * BLOCK_FRAMES;
	uint32_t blocks;

	s->place = fit(s->want, s->place > first ? s->place : first);
	end = end < s->end ? end : s->end;
	for (uint64_t at = s->place / BLOCK_FRAMES; s->place + s->want->frames <= end; at += blocks) {
		block_t b = { r->first + (uint32_t)(at - r->at) };

		if (scan_block(s, zone, b, at * BLOCK_FRAMES, &blocks))
			return s->place + s->want->frames <= end;
		if (at + blocks < s->place / BLOCK_FRAMES)
			at = s->place / BLOCK_FRAMES - blocks;
	}
	return false;
}
