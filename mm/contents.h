/*
 * contents.h - what a free frame holds, as far as it is known, and whether anybody can reach it.
 *
 * Idea    Whoever fills a frame that has no user notes with what; whoever hands it out compares. Beside that, frames
 *         without a user can be taken out of the direct map by the kernel's own means.
 * Writes  The records, one a frame: by whoever has the frame in hand.
 */
#ifndef MM_CONTENTS_H
#define MM_CONTENTS_H

#include <labyrinth/debug.h>

#include "page.h"

/* A record: any bytes, the poison, or the keystream of a shredding with its serial number above these bits. */
enum content {
	CONTENT_ANY,
	CONTENT_POISON,
	CONTENT_KEYSTREAM,
};

#define CONTENT_BITS 2

struct contents {
	/* Constant after bring-up. */
	const struct frames *frames;
	_Atomic uint64_t    *record; /* one a frame; NULL: nothing is noted or compared */
	void (*hide)(phys_addr_t first, unsigned order, void *context); /* NULL: nothing is hidden */
	void (*show)(phys_addr_t first, unsigned order, void *context);
	void *context;
};

static inline enum content content_kind(uint64_t record)
{
	return (enum content)(record & ((1u << CONTENT_BITS) - 1));
}

static inline uint64_t content_serial(uint64_t record)
{
	return record >> CONTENT_BITS;
}

static inline uint64_t content_keystream(uint64_t serial)
{
	return CONTENT_KEYSTREAM | serial << CONTENT_BITS;
}

/* 2^order frames hold the same kind of thing. */
void labyrinth_contents_note(const struct contents *c, const struct page *page, unsigned order, uint64_t record);

/* What a frame holds. */
uint64_t labyrinth_contents_of(const struct contents *c, const struct page *page);

void labyrinth_contents_hide(const struct contents *c, const struct page *page, unsigned order);
void labyrinth_contents_show(const struct contents *c, const struct page *page, unsigned order);

/* Words that each hold the pattern; and the offset of the first byte that does not: `bytes` when all do. */
void labyrinth_pattern_fill(void *at, size_t bytes, uint64_t pattern);
size_t labyrinth_pattern_differs(const void *at, size_t bytes, uint64_t pattern);

static inline uint8_t pattern_byte(uint64_t pattern, size_t offset)
{
	return ((const uint8_t *)&pattern)[offset % sizeof(pattern)];
}

#endif
