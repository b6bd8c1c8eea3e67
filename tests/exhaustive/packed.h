/*
 * packed.h - a state of the world in 64 bits, and the states that are the same but for twins.
 *
 *	 63 62 61     56 55          32 31           0
 *	+-----+---------+--------------+--------------+
 *	| 0   | budgets | order        | frames       |
 *	+-----+---------+--------------+--------------+
 *
 * Idea    What each frame is, 4 bits; those on piles, pile after pile, 3 bits each; the two budgets, 3 bits each. How
 *         many frames a pile has follows from what the frames are, and so do the tails of shared blocks.
 *         Twins are two frames that a block of order 1 consists of. Whichever call is made, it treats a state in which
 *         two twins have changed places as it treats the state itself, with these two in changed places: an allocation
 *         looks for the lowest of the smallest blocks that fit, and no two blocks that it chooses from differ by their
 *         place inside a block of order 1, but the two halves of one that it is about to split, which are both free.
 *         So of the (up to 16) states that differ by such changes one stands for all: the least as a number.
 */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include "exhaustive/world.h"

#define PACKED_PAIRS (WORLD_FRAMES / 2)

/* What a frame is, in 4 bits; with the slot of the owner added, times 4, from P_OWNED on. A tail is as if free. */
enum { P_FREE, P_DIRTY, P_VAULT, P_RESERVE, P_SHARED, P_OWNED = P_SHARED + 4, P_LENT, P_MAPPED, P_RECYCLED };

static inline bool pile_has(const struct pile *p, unsigned f)
{
	return memchr(p->at, (int)f, p->count) != NULL;
}

static inline unsigned packed_frame(const struct world *w, unsigned f)
{
	switch (w->kind[f]) {
	case OWNED:
		return P_OWNED + 4u * w->owner[f];
	case LENT:
		return P_LENT + 4u * w->owner[f];
	case MAPPED:
		return P_MAPPED + 4u * w->owner[f];
	case RECYCLED:
		return P_RECYCLED + 4u * pile_has(&w->kept[1], f);
	case DIRTY:
		return P_DIRTY;
	case ASIDE:
		return pile_has(&w->vault, f) ? P_VAULT : P_RESERVE;
	default:
		return w->kind[f] >= SHARED ? P_SHARED + w->kind[f] - SHARED : P_FREE;
	}
}

/* The piles, in the order in which they are packed. */
#define PACKED_PILES(w) { &(w)->dirty, &(w)->vault, &(w)->reserve, &(w)->kept[0], &(w)->kept[1], &(w)->windows }

static inline uint64_t world_pack(const struct world *w)
{
	const struct pile *const piles[] = PACKED_PILES(w);
	uint64_t packed = (uint64_t)w->budget[0] << 56 | (uint64_t)w->budget[1] << 59;
	unsigned shift = 32;

	for (unsigned f = 0; f < WORLD_FRAMES; f++)
		packed |= (uint64_t)packed_frame(w, f) << 4 * f;
	for (unsigned i = 0; i < sizeof(piles) / sizeof(piles[0]); i++)
		for (unsigned j = 0; j < piles[i]->count; j++, shift += 3)
			packed |= (uint64_t)piles[i]->at[j] << shift;
	return packed;
}

/* The pile that such a frame is on; NULL for none. */
static inline struct pile *packed_pile(struct world *w, unsigned what)
{
	switch (what) {
	case P_DIRTY:
		return &w->dirty;
	case P_VAULT:
		return &w->vault;
	case P_RESERVE:
		return &w->reserve;
	case P_MAPPED:
	case P_MAPPED + 4:
		return &w->windows;
	case P_RECYCLED:
	case P_RECYCLED + 4:
		return &w->kept[what > P_RECYCLED];
	default:
		return NULL;
	}
}

/* Makes frame f what its 4 bits say, and counts it in its pile. */
static inline void unpack_frame(struct world *w, unsigned f, unsigned what)
{
	static const uint8_t kind[] = { FREE, DIRTY, ASIDE, ASIDE, SHARED, SHARED + 1, SHARED + 2, SHARED + 3,
		                        OWNED, LENT, MAPPED, RECYCLED, OWNED, LENT, MAPPED, RECYCLED };
	struct pile *pile = packed_pile(w, what);

	w->kind[f] = kind[what];
	w->owner[f] = what >= P_OWNED + 4 && kind[what] != RECYCLED;
	if (pile != NULL)
		pile->count++;
}

static inline void world_unpack(uint64_t packed, unsigned frames, struct world *w)
{
	struct pile *const piles[] = PACKED_PILES(w);
	unsigned shift = 32;

	memset(w, 0, sizeof(*w));
	w->budget[0] = packed >> 56 & 7;
	w->budget[1] = packed >> 59 & 7;
	for (unsigned f = 0; f < frames; f++) {
		if (w->kind[f] != TAIL)
			unpack_frame(w, f, packed >> 4 * f & 15);
		if (w->kind[f] > SHARED)
			memset(&w->kind[f + 1], TAIL, (1u << (w->kind[f] - SHARED)) - 1);
	}
	for (unsigned i = 0; i < sizeof(piles) / sizeof(piles[0]); i++)
		for (unsigned j = 0; j < piles[i]->count; j++, shift += 3)
			piles[i]->at[j] = packed >> shift & 7;
}

/* ---- Twins. */

static inline void swap_bytes(uint8_t *a, uint8_t *b)
{
	uint8_t was = *a;

	*a = *b;
	*b = was;
}

/* The two frames of a pair change places. Not when a block covers both. */
static inline void world_swap(struct world *w, unsigned pair)
{
	struct pile *const piles[] = PACKED_PILES(w);
	unsigned f = 2 * pair;

	swap_bytes(&w->kind[f], &w->kind[f + 1]);
	swap_bytes(&w->owner[f], &w->owner[f + 1]);
	for (unsigned i = 0; i < sizeof(piles) / sizeof(piles[0]); i++)
		for (unsigned j = 0; j < piles[i]->count; j++)
			piles[i]->at[j] ^= piles[i]->at[j] / 2 == pair;
}

static inline bool world_can_swap(const struct world *w, unsigned pair)
{
	return w->kind[2 * pair + 1] != TAIL && w->kind[2 * pair + 1] != HOLE;
}

/* Changes the world into the one that stands for it; a bit for each pair that has changed places. */
static inline unsigned world_represent(struct world *w)
{
	uint64_t least = world_pack(w);
	unsigned form = 0;

	for (unsigned pair = 0; pair < PACKED_PAIRS; pair++) {
		uint64_t packed;

		if (!world_can_swap(w, pair))
			continue;
		world_swap(w, pair);
		packed = world_pack(w);
		if (packed < least) {
			least = packed;
			form |= 1u << pair;
		} else {
			world_swap(w, pair);
		}
	}
	return form;
}

#endif
