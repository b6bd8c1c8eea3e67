/*
 * costs.h - what one operation costs in instructions, and what bring-up costs in time and memory.
 *
 * Idea    Instructions are counted one operation at a time, in the states in which the times are taken: a hot pair, a
 *         mix at 50 % and 99.8 % full, also of 64 GiB, and bursts on a fresh allocator. What is shown is what was seen:
 *         a sample of states, no proof of a bound.
 * Needs   A peer, as peer.h describes it.
 */
#ifndef BENCH_COSTS_H
#define BENCH_COSTS_H

#include "bench/steps.h"
#include "bench/workloads.h"

static struct samples take_samples, give_samples;

__attribute__((noinline)) static handle_t counted_take(struct peer *p)
{
	handle_t h;

	if (steps_left == 0)
		return must_take(p, 0);
	steps_begin();
	h = peer_take(p, 0);
	USE(h);
	sample(&take_samples, steps_end());
	return h;
}

__attribute__((noinline)) static void counted_give(struct peer *p, handle_t h)
{
	if (steps_left == 0) {
		peer_give(p, h, 0);
		return;
	}
	steps_begin();
	peer_give(p, h, 0);
	sample(&give_samples, steps_end());
}

static void report_both(const char *name)
{
	char what[48];

	snprintf(what, sizeof(what), "%s alloc", name);
	report_samples(what, &take_samples);
	snprintf(what, sizeof(what), "%s free", name);
	report_samples(what, &give_samples);
}

static void instr_hot(void)
{
	struct peer *p = fresh(FRAMES);
	static struct samples both;

	must_take(p, 0); /* stays */
	pairs(p, 1000, 0);
	for (unsigned i = 0; i < 20; i++) {
		steps_budget();
		counted_give(p, counted_take(p));
		sample(&both, take_samples.at[i] + give_samples.at[i]);
	}
	report_samples("hot pair", &both);
	report_both("hot");
}

static void instr_mix(const char *name, uint64_t frames, uint64_t target, uint64_t slack)
{
	struct peer *p = fresh(frames);
	struct mix m = { .pos = 0 };

	mix_start(p, &m, target, slack, false);
	mix_steps(p, &m, 2000000 / divisor, false);
	steps_budget();
	for (uint64_t i = 0; i < 4000 && steps_left != 0; i++) {
		uint32_t r = table[m.pos++ % TABLE];

		if (mix_takes(&m, r, 0)) {
			m.held[m.n++] = counted_take(p);
			m.used++;
		} else {
			uint64_t at = (r * m.n) >> 32;
			handle_t h = m.held[at];

			m.held[at] = m.held[--m.n];
			m.used--;
			counted_give(p, h);
		}
	}
	report_both(name);
}

/*
 * From nothing: the first use of everything, caches that fill and run empty. Of the frees the first are counted, then,
 * in the second round, the last: those at which blocks become whole.
 */
static void instr_burst(void)
{
	enum { BURST = 1500 };
	static handle_t held[BURST];
	struct peer *p = fresh(FRAMES);
	uint64_t state = 1;

	for (unsigned round = 0; round < 2; round++) {
		steps_budget();
		for (unsigned i = 0; i < BURST; i++)
			held[i] = counted_take(p);
		steps_left = 0;
		for (uint64_t n = BURST; n > 0; n--) {
			uint64_t i = below(&state, n);
			handle_t h = held[i];

			if (n == (round == 0 ? BURST : 256 / divisor))
				steps_budget();

			held[i] = held[n - 1];
			counted_give(p, h);
		}
		steps_left = 0;
	}
	report_both("fresh burst");
}

static void run_instr(void)
{
	const uint64_t large = UINT64_C(1) << 24; /* 64 GiB */

	if (PEER_LARGEST == 0)
		return;
	steps_prepare();
	table_fill(1);
	instr_hot();
	instr_burst();
	instr_mix("50 %", FRAMES, FRAMES / 2, FRAMES / 200);
	instr_mix("99.8 %", FRAMES, FRAMES - FRAMES / 500, FRAMES / 1000);
	if (PEER_LARGEST >= large && divisor == 1)
		instr_mix("99.8 % of 64 GiB", large, large - large / 500, large / 1000);
}

static void init_timed(const char *size, uint64_t frames, void *memory, const char *kind)
{
	static struct peer peer;
	char metric[48];
	double start = wall_ns();

	peer_open(&peer, memory, frames);
	snprintf(metric, sizeof(metric), "%s, memory %s", size, kind);
	report(metric, "us", (wall_ns() - start) / 1e3);
}

/* The second time, the pages that bring-up touches are there, as a kernel's are. */
static void run_init(void)
{
	static const struct { const char *name; uint64_t frames; } sizes[] = {
		{ "1 GiB",  UINT64_C(1) << 18 }, { "64 GiB", UINT64_C(1) << 24 }, { "1 TiB",  UINT64_C(1) << 28 },
	};
	uint64_t largest = PEER_LARGEST;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && sizes[i].frames <= largest; i++) {
		size_t bytes = peer_bytes(sizes[i].frames);
		void *memory = memory_new(bytes, false);

		init_timed(sizes[i].name, sizes[i].frames, memory, "fresh");
		if (bytes == 0)
			return; /* it brings its memory, and starts once */
		init_timed(sizes[i].name, sizes[i].frames, memory, "mapped");
		munmap(memory, bytes);
	}
	if (largest != 0)
		report("metadata a frame", "bytes", (double)peer_bytes(largest) / (double)largest);
}

#endif
