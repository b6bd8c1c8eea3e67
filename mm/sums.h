/*
 * sums.h - of many places, each with some marks, find the first that has a given one.
 *
 * Idea    The marks of a place are 16 bits. Above them stands, for each 32 places in a row, what any of them has; above
 *         that the same again, until one group is left. So however many marks a place gains and loses at once, a group
 *         a level is added up anew: eight words.
 * Writes  The caller's words. Needs its lock.
 */
#ifndef MM_SUMS_H
#define MM_SUMS_H

#include "bits.h"

#define SUMS_LEVELS 5
#define SUMS_GROUP  32u                              /* places that are added up                 */
#define SUMS_WORDS  8u                               /* that those take                          */
#define SUMS_MOST   (UINT32_C(1) << 5 * SUMS_LEVELS) /* places                                   */

/* Which word begins each level, the places themselves first. */
struct sums_shape {
	uint32_t level[SUMS_LEVELS];
	uint32_t levels;
	uint32_t words;
};

struct sums_shape labyrinth_sums_shape(uint32_t places);

/* Sets the marks of `count` places from one on; what any place has then. */
uint32_t labyrinth_sums_fill(const struct sums_shape *shape, uint64_t *words, uint32_t first, uint32_t count,
                             uint32_t marks);

/* The same for one place. */
uint32_t labyrinth_sums_set(const struct sums_shape *shape, uint64_t *words, uint32_t place, uint32_t marks);

/* The lowest place that has any of these; there is one. */
uint32_t labyrinth_sums_first(const struct sums_shape *shape, const uint64_t *words, uint32_t marks);

/* The marks of a place. */
static inline uint32_t sums_of(const uint64_t *words, uint32_t place)
{
	return (uint32_t)(words[place / 4] >> place % 4 * 16) & 0xffff;
}

/* For those who check: does every level sum up the one below, and have places that there are not no marks? */
bool labyrinth_sums_consistent(const struct sums_shape *shape, const uint64_t *words, uint32_t places);

#endif
