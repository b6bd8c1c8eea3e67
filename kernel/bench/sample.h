/*
 * sample.h - how long calls took: each number exactly up to a bound, the largest in any case.
 *
 * Writes  Its counts, in frames of the allocator, so that a kernel that measures nothing has none. One writer.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <labyrinth/types.h>

#define SAMPLE_ORDER 2u                                            /* of the block that holds the counts */
#define SAMPLE_MOST  ((LABYRINTH_PAGE_SIZE << SAMPLE_ORDER) / sizeof(uint32_t)) /* numbers below have a count each */

struct sample {
	uint32_t    *counts; /* the last one is of all that are larger, too */
	struct page *page;
	uint64_t     count, least, worst;
};

/* false: there is no memory for it. Task. */
bool sample_open(struct sample *sample, struct labyrinth *lab);
void sample_close(struct sample *sample, struct labyrinth *lab);

/* Any context. */
void sample_add(struct sample *sample, uint64_t value);

/* The smallest number that at least per_mille of all are not above. 0 when empty. */
uint64_t sample_quantile(const struct sample *sample, uint32_t per_mille);

#endif
