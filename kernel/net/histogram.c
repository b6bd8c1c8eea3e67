/*
 * histogram.c - from a number to its bucket and back.
 *
 * Idea    The bucket is the number's highest 6 bits: the position of the first, and the 5 after it.
 */
#include "histogram.h"

static uint32_t bucket_of(uint64_t value)
{
	if (value < HISTOGRAM_STEPS)
		return (uint32_t)value;
	uint32_t shift = 63 - HISTOGRAM_SHIFT - (uint32_t)__builtin_clzll(value);
	return shift * HISTOGRAM_STEPS + (uint32_t)(value >> shift);
}

static uint64_t lower_edge(uint32_t bucket)
{
	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	uint32_t shift = bucket / HISTOGRAM_STEPS - 1;
	return (uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->bucket[bucket_of(value)]++;
	histogram->count++;
	if (value > histogram->worst)
		histogram->worst = value;
}

uint64_t histogram_median(const struct histogram *histogram)
{
	uint64_t below = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		below += histogram->bucket[i];
		if (below > histogram->count / 2)
			return lower_edge(i);
	}
	return 0;
}
