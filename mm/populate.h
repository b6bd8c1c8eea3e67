/*
 * populate.h - a range of frames becomes free memory.
 *
 * Idea    What of a range fills page blocks joins its zone as the largest blocks that fit; the ragged ends join page
 *         blocks that are written out, frame by frame.
 * Writes  Through the zones.
 */
#ifndef MM_POPULATE_H
#define MM_POPULATE_H

#include "zone.h"

/* Which zone a physical page block belongs to. */
enum labyrinth_zone labyrinth_zone_at(uint64_t at);

/* Frames begin .. end - 1, whose page blocks are described. Interrupts are off for a block at a time. */
void labyrinth_populate(struct zone *zones, uint64_t begin, uint64_t end);

#endif
