/*
 * steps.h - the exact number of instructions of a piece of code.
 *
 * Idea    The trap flag raises SIGTRAP after each instruction (Intel SDM vol. 3 section 18.3.1.4); the handler counts.
 *         What the two calls around the piece cost themselves is measured once and subtracted. A `rep` instruction
 *         counts once an iteration.
 * Needs   Linux on x86-64.
 */
#ifndef BENCH_STEPS_H
#define BENCH_STEPS_H

#include <signal.h>
#include <string.h>

#include "bench/measure.h"

static volatile uint64_t steps_seen;
static uint64_t          steps_of_nothing;
static uint64_t          steps_left; /* until enough was counted */

static void on_step(int number)
{
	(void)number;
	steps_seen++;
}

/* Functions of their own: pushf would write into the caller's red zone. */
__attribute__((noinline)) static void steps_begin(void)
{
	steps_seen = 0;
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" : : : "memory", "cc");
}

__attribute__((noinline)) static double steps_end(void)
{
	__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" : : : "memory", "cc");
	steps_left = steps_left > steps_seen ? steps_left - steps_seen : 0;
	return steps_seen > steps_of_nothing ? (double)(steps_seen - steps_of_nothing) : 0;
}

static inline void steps_prepare(void)
{
	struct sigaction action = { .sa_handler = on_step };

	if (sigaction(SIGTRAP, &action, NULL) != 0)
		stop("cannot catch SIGTRAP");
	steps_begin();
	steps_end();
	steps_of_nothing = steps_seen;
}

/* A step takes up to 25 us in a virtual machine: so many for each row, and rather fewer samples. */
static inline void steps_budget(void)
{
	steps_left = 120000 / divisor;
}

#define SAMPLES 8192

struct samples {
	size_t n;
	double at[SAMPLES];
};

static inline void sample(struct samples *s, double value)
{
	if (s->n == SAMPLES)
		stop("more samples than there is room for");
	s->at[s->n++] = value;
}

static inline void report_samples(const char *what, struct samples *s)
{
	static const struct { const char *name; double part; } rows[] = {
		{ "min", 0 }, { "median", 0.5 }, { "p99", 0.99 }, { "max", 1 },
	};
	char metric[96];

	snprintf(metric, sizeof(metric), "%s samples", what);
	report(metric, "count", (double)s->n);
	for (size_t i = 0; s->n != 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(metric, sizeof(metric), "%s %s", what, rows[i].name);
		report(metric, "instr", quantile(s->at, s->n, rows[i].part));
	}
	s->n = 0;
}

#endif
