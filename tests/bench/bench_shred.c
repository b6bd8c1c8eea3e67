/*
 * bench_shred.c - how long it takes to shred a frame, beside a plain memset of the same frame in the same run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shred.h"
#include "port/host.h"

#define RUNS   9
#define FRAMES 4096

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct shredder shredder;

static void shred(uint64_t frame)
{
	labyrinth_shred(&shredder, (phys_addr_t){ frame * LABYRINTH_PAGE_SIZE });
}

static void clear(uint64_t frame)
{
	volatile uint8_t *at = host_bytes((phys_addr_t){ frame * LABYRINTH_PAGE_SIZE });

	memset((uint8_t *)at, (int)frame, LABYRINTH_PAGE_SIZE);
}

static double nanoseconds_a_frame(void (*each)(uint64_t frame))
{
	double start = now();

	for (uint64_t frame = 0; frame < FRAMES; frame++)
		each(frame);
	return (now() - start) / FRAMES;
}

int main(void)
{
	double shreds[RUNS], clears[RUNS];

	labyrinth_shredder_init(&shredder);
	nanoseconds_a_frame(clear); /* the host supplies the memory */
	for (unsigned run = 0; run < RUNS; run++) {
		shreds[run] = nanoseconds_a_frame(shred);
		clears[run] = nanoseconds_a_frame(clear);
	}
	qsort(shreds, RUNS, sizeof(shreds[0]), by_value);
	qsort(clears, RUNS, sizeof(clears[0]), by_value);
	printf("shred a frame, median of %d: %.0f ns (ChaCha%d, %.2f GB/s); memset of it: %.0f ns\n", RUNS,
	       shreds[RUNS / 2], SHRED_ROUNDS, (double)LABYRINTH_PAGE_SIZE / shreds[RUNS / 2], clears[RUNS / 2]);
	return 0;
}
