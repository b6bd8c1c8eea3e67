/*
 * bench_init.c - bring-up of large machines: how long, and how much memory it touches.
 *
 * Idea    A simulated map of one usable range with the usual hole below 4 GiB; metadata from fresh anonymous memory, so
 *         pages that bring-up does not touch cost nothing. Each size is brought up RUNS times in turn, and the median
 *         is shown. "map only" sets no frames aside and finds the metadata's pages mapped, as a kernel's are;
 *         "default" fills reserve and vault too; "fresh" is the same in pages that the host has yet to supply.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <labyrinth/labyrinth.h>

#define RUNS 7
#define GIB  (UINT64_C(1) << 30)

static const uint64_t sizes[] = { 4 * GIB, 64 * GIB, 1024 * GIB, 16384 * GIB };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

struct result {
	double map_only[RUNS], with_default[RUNS], fresh[RUNS]; /* microseconds */
	size_t metadata, touched;        /* bytes        */
	uint64_t frames;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void stop(const char *what)
{
	fprintf(stderr, "bench_init: %s\n", what);
	exit(1);
}

static size_t touched_bytes(void *memory, size_t bytes)
{
	size_t pages = (bytes + 4095) / 4096, touched = 0;
	unsigned char *in_core = malloc(pages);

	if (in_core == NULL || mincore(memory, bytes, in_core) != 0)
		stop("mincore failed");
	for (size_t i = 0; i < pages; i++)
		touched += (in_core[i] & 1) * 4096u;
	free(in_core);
	return touched;
}

static double bring_up(void *memory, size_t bytes, const struct labyrinth_ranges *ranges,
                       const struct labyrinth_config *config)
{
	struct labyrinth *lab;
	double start = now(), end;

	if (labyrinth_init(&lab, memory, bytes, ranges, config) != LABYRINTH_OK)
		stop("labyrinth_init refused");
	end = now();
	return end - start;
}

static void measure(uint64_t bytes, unsigned run, struct result *r)
{
	struct labyrinth_range at[2] = { { { 1 }, { 0xc0000 } },
		                         { { 0x100000 }, { 0x40000 + (bytes >> LABYRINTH_PAGE_SHIFT) } } };
	struct labyrinth_ranges ranges = { at, 2, 2 };
	struct labyrinth_config config = labyrinth_config_for(&ranges), bare = { .owners = config.owners };
	void *memory;

	r->frames = labyrinth_ranges_frames(&ranges);
	if (labyrinth_metadata_bytes(&ranges, &config, &r->metadata) != LABYRINTH_OK)
		stop("labyrinth_metadata_bytes refused");
	memory = mmap(NULL, r->metadata, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		stop("no address space for the metadata");
	madvise(memory, r->metadata, MADV_NOHUGEPAGE);
	r->fresh[run] = bring_up(memory, r->metadata, &ranges, &config);
	r->touched = touched_bytes(memory, r->metadata);
	r->with_default[run] = bring_up(memory, r->metadata, &ranges, &config);
	r->map_only[run] = bring_up(memory, r->metadata, &ranges, &bare);
	munmap(memory, r->metadata);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, RUNS, sizeof(*values), by_value);
	return values[RUNS / 2];
}

int main(void)
{
	static struct result results[SIZES];

	for (unsigned run = 0; run < RUNS; run++)
		for (size_t i = 0; i < SIZES; i++)
			measure(sizes[i], run, &results[i]);

	printf("bring-up, median of %d runs\n", RUNS);
	printf("%9s %12s %12s %10s %11s %9s %12s %14s\n", "memory", "page blocks", "map only us", "ns a block",
	       "default us", "fresh us", "touched KiB", "bytes a frame");
	for (size_t i = 0; i < SIZES; i++) {
		struct result *r = &results[i];
		double map_only = median(r->map_only), blocks = (double)r->frames / 512;

		printf("%5llu GiB %12.0f %12.0f %10.2f %11.0f %9.0f %12zu %14.3f\n",
		       (unsigned long long)(sizes[i] / GIB), blocks, map_only, map_only * 1e3 / blocks,
		       median(r->with_default), median(r->fresh), r->touched / 1024,
		       (double)r->metadata / (double)r->frames);
	}
	return 0;
}
