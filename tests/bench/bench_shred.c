/*
 * bench_shred.c - how long it takes to shred a frame: with 8, 12 and 20 rounds, and beside a plain memset of the same
 * frame, in the same run.
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
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/* What labyrinth_shred() does, with another number of rounds. */
static void with_rounds(uint64_t frame, unsigned rounds)
{
	const uint32_t nonce[3] = { 0, (uint32_t)frame, 0 };
	uint8_t *at = host_bytes((phys_addr_t){ frame * LABYRINTH_PAGE_SIZE });

	for (uint32_t block = 0; block < LABYRINTH_PAGE_SIZE / 64; block++)
		labyrinth_chacha(shredder.key, nonce, block, rounds, at + 64 * block);
}

static void with_8(uint64_t frame)  { with_rounds(frame, 8); }
static void with_12(uint64_t frame) { with_rounds(frame, 12); }
static void with_20(uint64_t frame) { with_rounds(frame, 20); }

static const struct {
	const char *name;
	void      (*each)(uint64_t frame);
} ways[] = {
	{ "labyrinth_shred()", shred }, { "ChaCha8", with_8 }, { "ChaCha12", with_12 }, { "ChaCha20", with_20 },
	{ "memset", clear },
};

static double nanoseconds_a_frame(void (*each)(uint64_t frame))
{
	double start = now();

	for (uint64_t frame = 0; frame < FRAMES; frame++)
		each(frame);
	return (now() - start) / FRAMES;
}

int main(void)
{
	double times[COUNT(ways)][RUNS];

	labyrinth_shredder_init(&shredder);
	nanoseconds_a_frame(clear); /* the host supplies the memory */
	for (unsigned run = 0; run < RUNS; run++)
		for (size_t w = 0; w < COUNT(ways); w++)
			times[w][run] = nanoseconds_a_frame(ways[w].each);
	printf("shred a frame, median of %d\n", RUNS);
	for (size_t w = 0; w < COUNT(ways); w++) {
		qsort(times[w], RUNS, sizeof(times[w][0]), by_value);
		printf("  %-24s%6.0f ns%8.2f GB/s%s\n", ways[w].name, times[w][RUNS / 2],
		       (double)LABYRINTH_PAGE_SIZE / times[w][RUNS / 2], ways[w].each == shred ? "  in use" : "");
	}
	return 0;
}
