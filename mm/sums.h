/*
 * sums.h - of many places, each with some marks, find the first that has a given one.
 *
 * Idea    The marks of a place are 16 bits. Above them stands, for each 64 places in a row, what any of them has; above
 *         that the same again, until one group is left. So however many marks a place gains and loses at once, a group
 *         a level is added up anew: sixteen words.
 * Writes  The caller's words. Needs its lock.
 */
#ifndef MM_SUMS_H
#define MM_SUMS_H

#include "bits.h"

#define SUMS_LEVELS 4
#define SUMS_GROUP  64u                              /* places that are added up                 */
#define SUMS_WORDS  16u                              /* that those take                          */
#define SUMS_MOST   (UINT32_C(1) << 6 * SUMS_LEVELS) /* places                                   */

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

/* Four places a word: does not depend on the order of bytes. */
static inline void sums_put(uint64_t *words, uint32_t place, uint32_t marks)
{
	uint64_t *word = &words[place / 4];
	unsigned shift = place % 4 * 16;

	*word = (*word & ~(UINT64_C(0xffff) << shift)) | (uint64_t)marks << shift;
}

/* The marks that any place of a group has. */
static inline uint32_t sums_add(const uint64_t *w)
{
	uint64_t any = w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]
	               | w[8] | w[9] | w[10] | w[11] | w[12] | w[13] | w[14] | w[15];

	any |= any >> 32;
	return (uint32_t)(any | any >> 16) & 0xffff;
}

/* The same marks in every place of a word. */
static inline uint64_t sums_everywhere(uint32_t marks)
{
	return marks * UINT64_C(0x0001000100010001);
}

/* Marks of a place change; what any place has then. */
static inline uint32_t sums_flip(const struct sums_shape *shape, uint64_t *words, uint32_t place, uint32_t marks)
{
	const uint32_t *level = shape->level, *last = level + shape->levels - 1;

	words[place / 4] ^= (uint64_t)marks << place % 4 * 16;
	for (;; level++) {
		place /= SUMS_GROUP;
		marks = sums_add(&words[*level + place * SUMS_WORDS]);
		if (level == last)
			return marks;
		sums_put(&words[level[1]], place, marks);
	}
}

/* The lowest place that has any of these; there is one. */
static inline uint32_t sums_first(const struct sums_shape *shape, const uint64_t *words, uint32_t marks)
{
	uint64_t wanted = sums_everywhere(marks);
	uint32_t at = 0;

	for (uint32_t l = shape->levels; l-- > 0;) {
		const uint64_t *group = &words[shape->level[l] + at * SUMS_WORDS];
		uint32_t word = 0;

		while ((group[word] & wanted) == 0)
			word++;
		at = at * SUMS_GROUP + word * 4 + bits_lowest(group[word] & wanted) / 16;
	}
	return at;
}

/* The marks of a place. */
static inline uint32_t sums_of(const uint64_t *words, uint32_t place)
{
	return (uint32_t)(words[place / 4] >> place % 4 * 16) & 0xffff;
}

/* For those who check: does every level sum up the one below, and have places that there are not no marks? */
bool labyrinth_sums_consistent(const struct sums_shape *shape, const uint64_t *words, uint32_t places);

#endif
