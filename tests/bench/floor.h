/*
 * floor.h - what the machine itself takes for the step that no checked free can do without.
 *
 * Idea    A word changes there and back: a compare-and-swap, and a plain store. Once with and once without a bus lock;
 *         on one word, which stays in the nearest cache, and on as many words as the bulk workload frees, in its order.
 * Needs   x86-64.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "bench/workloads.h"

static inline __attribute__((always_inline)) void swap_and_back(uint64_t *word, bool locked)
{
	uint64_t was = 0;

	if (locked)
		__asm__ volatile("lock cmpxchgq %2, %0" : "+m"(*word), "+a"(was) : "r"(UINT64_C(1)) : "cc", "memory");
	else
		__asm__ volatile("cmpxchgq %2, %0" : "+m"(*word), "+a"(was) : "r"(UINT64_C(1)) : "cc", "memory");
	*(volatile uint64_t *)word = 0;
}

static inline __attribute__((always_inline)) void floor_row(const char *metric, uint32_t words, bool locked)
{
	static uint64_t word[BULK];
	static uint32_t order[BULK];
	uint32_t n = 5000000 / (uint32_t)divisor;
	double start = 0;

	permute(order, words);
	for (uint32_t i = 0; i < n + words; i++) { /* the first round touches them */
		if (i == words)
			start = cpu_ns();
		swap_and_back(&word[order[i % words]], locked);
	}
	report(metric, "ns", (cpu_ns() - start) / n);
}

static void run_floor(void)
{
	floor_row("swap, locked", 1, true);
	floor_row("swap, not locked", 1, false);
	floor_row("swap at random, locked", BULK, true);
	floor_row("swap at random, not locked", BULK, false);
}

#endif
