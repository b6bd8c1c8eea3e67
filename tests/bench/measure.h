/*
 * measure.h - clocks, random numbers and lines of results, the same for every peer.
 *
 * Idea    A result is a line "workload, metric, unit, value", tabs between; bench.sh takes medians of equal ones.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define FRAMES (UINT64_C(1) << 18) /* 1 GiB */
#define TABLE  (UINT32_C(1) << 20) /* random numbers, read cyclically */

static uint64_t divisor = 1; /* of the number of steps; more for a quick, rough run */
static uint32_t table[TABLE];
static const char *workload; /* the one that runs */

static inline _Noreturn void stop(const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", workload != NULL ? workload : "start", why);
	exit(1);
}

static inline double clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline double cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static inline double wall_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* The CPUs that this process might use before it pinned itself. */
static inline const cpu_set_t *cpus(void)
{
	static cpu_set_t allowed;
	static bool known;

	if (!known && sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		stop("cannot read the CPU affinity");
	known = true;
	return &allowed;
}

static inline unsigned cpus_allowed(void)
{
	return (unsigned)CPU_COUNT(cpus());
}

/* Pins the calling thread to the n-th CPU that it may use; to the last one if there are fewer. */
static inline unsigned pin(unsigned n)
{
	cpu_set_t one;
	unsigned last = 0;

	for (unsigned cpu = 0, seen = 0; cpu < CPU_SETSIZE && seen <= n; cpu++)
		if (CPU_ISSET(cpu, cpus())) {
			last = cpu;
			seen++;
		}
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	if (sched_setaffinity(0, sizeof(one), &one) != 0)
		stop("cannot pin to a CPU");
	return last;
}

/* Steele, Lea and Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014. */
static inline uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline void table_refill(uint64_t *state)
{
	for (uint32_t i = 0; i < TABLE; i++)
		table[i] = (uint32_t)(splitmix64(state) >> 32);
}

/* Returns the generator's state, for table_refill(). */
static inline uint64_t table_fill(uint64_t seed)
{
	uint64_t state = seed * 77 + 5;

	table_refill(&state);
	return state;
}

/* Evenly from 0 to n - 1. */
static inline uint64_t below(uint64_t *state, uint64_t n)
{
	return ((splitmix64(state) >> 32) * n) >> 32;
}

static inline void report(const char *metric, const char *unit, double value)
{
	printf("%s\t%s\t%s\t%.4f\n", workload, metric, unit, value);
}

static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which a part of them lies; sorts them. */
static inline double quantile(double *values, size_t n, double part)
{
	qsort(values, n, sizeof(*values), by_value);
	return values[(size_t)((double)(n - 1) * part)];
}

/* Memory that costs nothing until it is touched; present: all of it is touched now. */
static inline void *memory_new(size_t bytes, bool present)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (present ? MAP_POPULATE : 0);
	void *at = mmap(NULL, bytes != 0 ? bytes : 1, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (at == MAP_FAILED)
		stop("no memory for the benchmark");
	return at;
}

#endif
