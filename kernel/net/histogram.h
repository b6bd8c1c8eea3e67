/*
 * histogram.h - how numbers are spread: the largest exactly, the median to 1/32.
 *
 * Idea    Log-linear: 32 buckets for each power of two, so that adding is O(1) with no division and the relative error
 *         is bounded. Numbers below 64 have a bucket each.
 * Writes  The histogram. One writer; read when the writer rests.
 */
#ifndef NET_HISTOGRAM_H
#define NET_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SHIFT   5
#define HISTOGRAM_STEPS   (1u << HISTOGRAM_SHIFT) /* buckets for each power of two */
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_SHIFT + 1) * HISTOGRAM_STEPS)

struct histogram {
	uint64_t count;
	uint64_t worst;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The lower edge of the bucket that holds the median: at most 1/32 below it. 0 when empty. */
uint64_t histogram_median(const struct histogram *histogram);

#endif
