/*
 * sums.c - marks, and what any of 64 have.
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

uint32_t labyrinth_sums_fill(const struct sums_shape *shape, uint64_t *words, uint32_t first, uint32_t count,
                             uint32_t marks)
{
	uint32_t end = first + count;

	for (uint32_t at = first, step; at < end; at += step) {
		step = at % 4 == 0 && end - at >= 4 ? 4 : 1;
		if (step == 4)
			words[at / 4] = sums_everywhere(marks);
		else
			sums_put(words, at, marks);
	}
	for (uint32_t l = 1; l < shape->levels; l++) {
		first /= SUMS_GROUP;
		end = groups(end);
		for (uint32_t at = first; at < end; at++)
			sums_put(&words[shape->level[l]], at, sums_add(&words[shape->level[l - 1] + at * SUMS_WORDS]));
	}
	return sums_add(&words[shape->level[shape->levels - 1]]);
}

bool labyrinth_sums_consistent(const struct sums_shape *shape, const uint64_t *words, uint32_t places)
{
	for (uint32_t l = 0; l < shape->levels; l++, places = groups(places)) {
		const uint64_t *level = &words[shape->level[l]];

		for (uint32_t at = places; at < groups(places) * SUMS_GROUP; at++)
			if (sums_of(level, at) != 0)
				return false;
		for (uint32_t at = 0; l > 0 && at < places; at++)
			if (sums_of(level, at) != sums_add(&words[shape->level[l - 1] + at * SUMS_WORDS]))
				return false;
	}
	return true;
}
