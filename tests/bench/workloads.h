/*
 * workloads.h - one thread: hot pairs, bursts, bulk, and random mixes at a given fill.
 *
 * Idea    Everything is inlined into the workload but what the peer itself makes a call, so that no peer pays for the
 *         comparison. Times are the thread's CPU time.
 * Needs   A peer, as peer.h describes it.
 */
#ifndef BENCH_WORKLOADS_H
#define BENCH_WORKLOADS_H

#include "bench/measure.h"

static struct peer *fresh(uint64_t frames)
{
	static struct peer peer;

	peer_open(&peer, memory_new(peer_bytes(frames), true), frames);
	return &peer;
}

static inline handle_t must_take(struct peer *p, unsigned order)
{
	handle_t h = peer_take(p, order);

	if (h == HANDLE_NONE)
		stop("refused, although there is memory");
	return h;
}

/* What is behind a handle may have been used: the compiler can neither drop nor join operations. */
#define USE(h) __asm__ volatile("" : "+r"(h) : : "memory")

static inline __attribute__((always_inline)) void pairs(struct peer *p, uint64_t n, unsigned order)
{
	for (uint64_t i = 0; i < n; i++) {
		handle_t h = peer_take(p, order);

		USE(h);
		peer_give(p, h, order);
	}
}

static inline __attribute__((always_inline)) void hot(uint64_t n, unsigned order)
{
	struct peer *p = fresh(FRAMES);
	double start;

	must_take(p, order); /* stays */
	pairs(p, n / 10, order);
	start = cpu_ns();
	pairs(p, n, order);
	report("pair", "ns", (cpu_ns() - start) / (double)n);
}

static void run_hot(void)
{
	hot(5000000 / divisor, 0);
}

static void run_hot9(void)
{
	if (PEER_MAX_ORDER >= 9)
		hot(2000000 / divisor, 9);
}

static void run_burst(void)
{
	struct peer *p = fresh(FRAMES);
	uint64_t n = 150000 / divisor;
	handle_t held[32];
	double start = 0;

	must_take(p, 0); /* stays */
	for (uint64_t i = 0; i < n + n / 10; i++) {
		if (i == n / 10)
			start = cpu_ns();
		for (unsigned k = 0; k < 32; k++)
			held[k] = peer_take(p, 0);
		USE(held[0]);
		for (unsigned k = 0; k < 32; k++)
			peer_give(p, held[k], 0);
	}
	report("pair", "ns", (cpu_ns() - start) / (double)n / 32);
}

/* The peer's own calls for 32 frames at once. */
static void run_many(void)
{
#ifdef PEER_MANY
	struct peer *p = fresh(FRAMES);
	uint64_t n = 150000 / divisor;
	handle_t held[32];
	double start = 0;

	for (uint64_t i = 0; i < n + n / 10; i++) {
		if (i == n / 10)
			start = cpu_ns();
		peer_take_32(p, held);
		USE(held[0]);
		peer_give_32(p, held);
	}
	report("frame pair", "ns", (cpu_ns() - start) / (double)n / 32);
#endif
}

static void run_o9(void)
{
	enum { BLOCKS = 500, RUNS = 31 };
	static handle_t held[BLOCKS];
	double takes[RUNS], gives[RUNS];
	struct peer *p;

	if (PEER_MAX_ORDER < 9)
		return;
	p = fresh(FRAMES);
	for (unsigned run = 0; run < RUNS; run++) {
		double start = wall_ns(), middle;

		for (unsigned i = 0; i < BLOCKS; i++)
			held[i] = must_take(p, 9);
		middle = wall_ns();
		for (unsigned i = 0; i < BLOCKS; i++)
			peer_give(p, held[i], 9);
		gives[run] = (wall_ns() - middle) / BLOCKS;
		takes[run] = (middle - start) / BLOCKS;
	}
	report("alloc", "ns", quantile(takes, RUNS, 0.5));
	report("free", "ns", quantile(gives, RUNS, 0.5));
}

#define BULK 100000

static double bulk_take(struct peer *p, handle_t *held)
{
	double start = cpu_ns();

	for (size_t i = 0; i < BULK; i++)
		held[i] = must_take(p, 0);
	return (cpu_ns() - start) / BULK;
}

static double bulk_give(struct peer *p, const handle_t *held, const uint32_t *order)
{
	double start = cpu_ns();

	if (order == NULL)
		for (size_t i = 0; i < BULK; i++)
			peer_give(p, held[i], 0);
	else
		for (size_t i = 0; i < BULK; i++)
			peer_give(p, held[order[i]], 0);
	return (cpu_ns() - start) / BULK;
}

static void permute(uint32_t *order, uint32_t n)
{
	uint64_t state = 1;

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = (uint32_t)below(&state, i), was = order[j];

		order[j] = order[i - 1];
		order[i - 1] = was;
	}
}

static void run_bulk(void)
{
	enum { CYCLES = 9, FIGURES = 4 };
	static const char *names[FIGURES] = { "alloc", "free, same order", "free at random", "alloc after random" };
	static handle_t held[BULK];
	static uint32_t order[BULK];
	double figures[FIGURES][CYCLES];
	struct peer *p = fresh(FRAMES);

	permute(order, BULK);
	for (unsigned run = 0; run <= CYCLES; run++) {
		unsigned c = run != 0 ? run - 1 : 0; /* the first warms up; the second overwrites it */

		figures[0][c] = bulk_take(p, held);
		figures[1][c] = bulk_give(p, held, NULL);
		bulk_take(p, held);
		figures[2][c] = bulk_give(p, held, order);
		figures[3][c] = bulk_take(p, held);
		bulk_give(p, held, NULL);
	}
	for (unsigned f = 0; f < FIGURES; f++)
		report(names[f], "ns", quantile(figures[f], CYCLES, 0.5));
}

/* A random walk that stays within `slack` of `target` frames in use. */
struct mix {
	handle_t *held;
	uint8_t  *order;
	uint64_t  n, used, target, slack;
	uint64_t  tried, refused;
	uint32_t  pos; /* in the table */
};

static inline void mix_take(struct peer *p, struct mix *m, unsigned order)
{
	handle_t h = peer_take(p, order);

	m->tried++;
	if (h == HANDLE_NONE) {
		m->refused++;
		return;
	}
	m->held[m->n] = h;
	m->order[m->n++] = (uint8_t)order;
	m->used += UINT64_C(1) << order;
}

static inline void mix_give(struct peer *p, struct mix *m, uint64_t i, bool orders)
{
	unsigned order = orders ? m->order[i] : 0;
	handle_t h = m->held[i];

	m->held[i] = m->held[--m->n];
	if (orders)
		m->order[i] = m->order[m->n];
	m->used -= UINT64_C(1) << order;
	peer_give(p, h, order);
}

/* Half of all requests are single frames, a quarter pairs, ... and 1/512 order 9. */
static inline unsigned mix_order(const struct mix *m, bool orders)
{
	return orders ? (unsigned)__builtin_ctz(table[(7 * m->pos + 13) % TABLE] | 512) : 0;
}

/* What the next step does: true for an allocation. */
static inline bool mix_takes(const struct mix *m, uint32_t r, unsigned order)
{
	if (m->used + (UINT64_C(1) << order) > m->target + m->slack && m->n != 0)
		return false;
	return (r & 1) != 0 || m->used + m->slack < m->target || m->n == 0;
}

static inline __attribute__((always_inline)) void mix_steps(struct peer *p, struct mix *m, uint64_t steps, bool orders)
{
	for (uint64_t i = 0; i < steps; i++) {
		uint32_t r = table[m->pos % TABLE];
		unsigned order = mix_order(m, orders);

		m->pos++;
		if (mix_takes(m, r, order))
			mix_take(p, m, order);
		else
			mix_give(p, m, (r * m->n) >> 32, orders);
	}
}

/* Fills up to the target. */
static void mix_start(struct peer *p, struct mix *m, uint64_t target, uint64_t slack, bool orders)
{
	*m = (struct mix){ .target = target, .slack = slack, .pos = m->pos };
	m->held = memory_new((target + slack + 1) * sizeof(handle_t), true);
	m->order = memory_new(target + slack + 1, true);
	for (;;) {
		unsigned order = mix_order(m, orders);

		if (m->used + (UINT64_C(1) << order) > target || m->refused != 0)
			break;
		mix_take(p, m, order);
		m->pos++;
	}
	if (!orders && m->refused != 0)
		stop("refused while it was filled");
}

static inline __attribute__((always_inline)) void mix(unsigned percent, bool orders, uint64_t timed)
{
	struct peer *p = fresh(FRAMES);
	struct mix m = { .pos = 0 };
	double start;

	table_fill(1);
	mix_start(p, &m, FRAMES * percent / 100, FRAMES / 200, orders);
	mix_steps(p, &m, 1000000 / divisor, orders);
	m.tried = m.refused = 0;
	start = cpu_ns();
	mix_steps(p, &m, timed, orders);
	report("step", "ns", (cpu_ns() - start) / (double)timed);
	if (orders && PEER_BOUNDED)
		report("refused", "%", 100.0 * (double)m.refused / (double)m.tried);
	if (!orders && m.refused != 0)
		stop("refused, although there is memory");
}

static void run_mix50(void)
{
	mix(50, false, 2000000 / divisor);
}

static void run_mix90(void)
{
	mix(90, false, 2000000 / divisor);
}

static void run_orders50(void)
{
	if (PEER_MAX_ORDER >= 9)
		mix(50, true, 1000000 / divisor);
}

static void run_orders90(void)
{
	if (PEER_MAX_ORDER >= 9)
		mix(90, true, 1000000 / divisor);
}

#endif
