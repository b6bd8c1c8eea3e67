/*
 * sums.c - marks, and what any of 32 have.
 */
#include "sums.h"

static uint32_t groups(uint32_t places)
{
	return places == 0 ? 1 : places / SUMS_GROUP + (places % SUMS_GROUP != 0);
}

struct sums_shape labyrinth_sums_shape(uint32_t places)
{
	struct sums_shape shape = { .levels = 0 };

	do {
		places = groups(places);
		shape.level[shape.levels++] = shape.words;
		shape.words += places * SUMS_WORDS;
	} while (places > 1);
	return shape;
}

/* Four places a word: does not depend on the order of bytes. */
static inline void put(uint64_t *words, uint32_t place, uint32_t marks)
{
	uint64_t *word = &words[place / 4];
	unsigned shift = place % 4 * 16;

	*word = (*word & ~(UINT64_C(0xffff) << shift)) | (uint64_t)marks << shift;
}

/* The marks that any place of a group has. */
static inline uint32_t sum(const uint64_t *w)
{
	uint64_t any = w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7];

	any |= any >> 32;
	return (uint32_t)(any | any >> 16) & 0xffff;
}

/* The same marks in every place of a word. */
static inline uint64_t everywhere(uint32_t marks)
{
	return marks * UINT64_C(0x0001000100010001);
}

uint32_t labyrinth_sums_fill(const struct sums_shape *shape, uint64_t *words, uint32_t first, uint32_t count,
                             uint32_t marks)
{
	uint32_t end = first + count;

	for (uint32_t at = first, step; at < end; at += step) {
		step = at % 4 == 0 && end - at >= 4 ? 4 : 1;
		if (step == 4)
			words[at / 4] = everywhere(marks);
		else
			put(words, at, marks);
	}
	for (uint32_t l = 1; l < shape->levels; l++) {
		first /= SUMS_GROUP;
		end = groups(end);
		for (uint32_t at = first; at < end; at++)
			put(&words[shape->level[l]], at, sum(&words[shape->level[l - 1] + at * SUMS_WORDS]));
	}
	return sum(&words[shape->level[shape->levels - 1]]);
}

uint32_t labyrinth_sums_set(const struct sums_shape *shape, uint64_t *words, uint32_t place, uint32_t marks)
{
	const uint32_t *level = shape->level, *end = level + shape->levels;

	for (; level != end; level++) {
		put(&words[*level], place, marks);
		place /= SUMS_GROUP;
		marks = sum(&words[*level + place * SUMS_WORDS]);
	}
	return marks;
}

uint32_t labyrinth_sums_first(const struct sums_shape *shape, const uint64_t *words, uint32_t marks)
{
	uint64_t wanted = everywhere(marks);
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

bool labyrinth_sums_consistent(const struct sums_shape *shape, const uint64_t *words, uint32_t places)
{
	for (uint32_t l = 0; l < shape->levels; l++, places = groups(places)) {
		const uint64_t *level = &words[shape->level[l]];

		for (uint32_t at = places; at < groups(places) * SUMS_GROUP; at++)
			if (sums_of(level, at) != 0)
				return false;
		for (uint32_t at = 0; l > 0 && at < places; at++)
			if (sums_of(level, at) != sum(&words[shape->level[l - 1] + at * SUMS_WORDS]))
				return false;
	}
	return true;
}
