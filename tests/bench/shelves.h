/*
 * shelves.h - what blocks of orders 1 to 3 at hand bring and cost, by how many a CPU may have.
 *
 * Idea    The mix of orders at 50 and at 90 %: the time of a step, how many page blocks it leaves whole, and how many
 *         order-9 allocations then succeed. And g3 of frag.h with blocks of one order instead of frames: half of memory
 *         freed at random, then one freed and one taken, again and again, which undoes "the smallest room first, the
 *         lowest of those" if what was freed last is kept wherever it lies.
 * Needs   Labyrinth: `bare` is its configuration, for fresh().
 */
#ifndef BENCH_SHELVES_H
#define BENCH_SHELVES_H

#include "bench/frag.h"

/* A row's name says how many blocks of each order a CPU may have. */
static const char *shelves_row(const char *what, unsigned number, const char *result)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s %u, shelves of %u, %s", what, number, bare.shelf, result);
	return name;
}

static void shelves_mixed(unsigned percent)
{
	struct aging a = { .peer = fresh(FRAMES) };
	uint64_t steps = 1000000 / divisor;
	double start;

	mix_start(a.peer, &a.mix, FRAMES * percent / 100, FRAMES / 200, true);
	mix_steps(a.peer, &a.mix, steps, true);
	a.mix.tried = a.mix.refused = 0;
	start = cpu_ns();
	mix_steps(a.peer, &a.mix, steps, true);
	report(shelves_row("mix at", percent, "step"), "ns", (cpu_ns() - start) / (double)steps);
	report(shelves_row("mix at", percent, "refused"), "%", 100.0 * (double)a.mix.refused / (double)a.mix.tried);
	count_blocks(&a, shelves_row("mix at", percent, "whole"));
	count_order9(&a, shelves_row("mix at", percent, "order 9 granted"));
}

static void shelves_fill(struct aging *a, uint64_t blocks, unsigned order)
{
	while (a->mix.n < blocks) {
		mix_take(a->peer, &a->mix, order);
		if (a->mix.refused != 0)
			stop("refused, although there is memory");
	}
}

static void shelves_free(struct aging *a, uint64_t blocks)
{
	while (a->mix.n > blocks)
		mix_give(a->peer, &a->mix, below(&a->state, a->mix.n), true);
}

static void shelves_replaced(unsigned order, uint64_t seed)
{
	uint64_t full = (FRAMES - FRAMES / 256) >> order, steps = (5 * FRAMES >> order) / divisor;
	struct aging a = { .peer = fresh(FRAMES), .state = seed };

	a.mix.held = memory_new(full * sizeof(handle_t), true);
	a.mix.order = memory_new(full, true);
	shelves_fill(&a, full, order);
	shelves_free(&a, full / 2);
	for (uint64_t i = 0; i < steps; i++) {
		shelves_free(&a, full / 2 - 1);
		shelves_fill(&a, full / 2, order);
	}
	count_blocks(&a, shelves_row("g3 of order", order, "whole"));
}

static void run_shelves(void)
{
	static const uint32_t places[] = { 0, 4, 8, 16, 32 };

	for (uint64_t seed = 1; seed <= 3; seed++)
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			bare.shelf = places[i];
			table_fill(seed);
			shelves_mixed(50);
			shelves_mixed(90);
			for (unsigned order = 1; order <= 3; order++)
				shelves_replaced(order, seed);
		}
}

#endif
