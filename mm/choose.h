/*
 * choose.h - which free block of a zone serves a request.
 *
 * Idea    A single frame comes from the lowest page block that has room, a larger block from one that has as little as
 *         does; in there the smallest block that fits, the lowest of those. In a page block of the same kind first, in
 *         a whole one, and only then in one of another kind. So the choice depends on the set of free blocks alone.
 * Writes  Through rooms.h. Needs the lock of the zone.
 */
#ifndef MM_CHOOSE_H
#define MM_CHOOSE_H

#include "rooms.h"

/* A page block with a free block of an order below 9, in its own free bits. */
bool labyrinth_choose(struct zone *z, unsigned order, enum mobility m, block_t *b);

/* Only in a page block that is in use by this kind. */
bool labyrinth_choose_partial(const struct zone *z, unsigned order, enum mobility m, block_t *b);

#endif
