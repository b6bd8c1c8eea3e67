/*
 * blocks.h - what a buddy allocator should do with a handful of frames, as naively as possible.
 *
 * Idea    An array that says what each frame is. Nothing else is kept: which blocks are free, and how large, is read
 *         off the array on every call. Frame numbers are predicted, not just outcomes: the lowest block of the smallest
 *         order that fits.
 */
#ifndef TESTS_BLOCKS_H
#define TESTS_BLOCKS_H

#include <labyrinth/labyrinth.h>

#define BLOCKS_MOST   16
#define BLOCKS_FRAMES (BLOCKS_MOST + 1) /* the last one is always a hole */
#define BLOCKS_NONE   255u

/* SHARED + k: the first frame of a shared block of order k; its other frames are TAIL. */
enum { HOLE, FREE, TAIL, OWNED, LENT, MAPPED, RECYCLED, DIRTY, ASIDE, SHARED };

static inline bool blocks_all_free(const uint8_t *kind, unsigned first, unsigned order)
{
	for (unsigned f = first; f < first + (1u << order); f++)
		if (f >= BLOCKS_FRAMES || kind[f] != FREE)
			return false;
	return true;
}

/* The first frame of the block that an allocation gets; BLOCKS_NONE when none fits. */
static inline unsigned blocks_choose(const uint8_t *kind, unsigned order)
{
	for (unsigned k = order; 1u << k <= BLOCKS_MOST; k++)
		for (unsigned f = 0; f < BLOCKS_MOST; f += 1u << k)
			if (blocks_all_free(kind, f, k) && !blocks_all_free(kind, f ^ 1u << k, k))
				return f;
	return BLOCKS_NONE;
}

static inline enum labyrinth_status blocks_alloc(uint8_t *kind, unsigned order, unsigned *first)
{
	*first = BLOCKS_NONE;
	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	*first = blocks_choose(kind, order);
	if (*first == BLOCKS_NONE)
		return LABYRINTH_NO_MEMORY;
	for (unsigned f = *first; f < *first + (1u << order); f++)
		kind[f] = TAIL;
	kind[*first] = (uint8_t)(SHARED + order);
	return LABYRINTH_OK;
}

static inline enum labyrinth_status blocks_give(uint8_t *kind, unsigned first, unsigned order)
{
	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	if (kind[first] == HOLE)
		return LABYRINTH_FOREIGN_PAGE;
	if (kind[first] == OWNED || kind[first] == LENT || kind[first] == MAPPED)
		return LABYRINTH_NOT_SHARED;
	if (kind[first] < SHARED)
		return LABYRINTH_NOT_ALLOCATED;
	if (kind[first] != SHARED + order)
		return LABYRINTH_WRONG_ORDER;
	for (unsigned f = first; f < first + (1u << order); f++)
		kind[f] = FREE;
	return LABYRINTH_OK;
}

#endif
