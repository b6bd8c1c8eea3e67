/*
 * frag.h - how many page blocks of 2 MiB survive: g0 to g3.
 *
 * Idea    A page block counts when no live frame lies in it. Beside it, how many order-9 allocations then succeed.
 *         Three seeds, a value each (one in a quick run); nothing here depends on time.
 * Needs   A peer with PEER_FRAME.
 */
#ifndef BENCH_FRAG_H
#define BENCH_FRAG_H

#include "bench/workloads.h"

#ifdef PEER_FRAME

#define BLOCK 512 /* frames in a page block */

struct aging {
	struct peer *peer;
	struct mix   mix;
	uint64_t     state; /* of the random numbers that are not the mix's */
};

static void count_blocks(const struct aging *a, const char *name)
{
	static bool live[FRAMES / BLOCK];
	uint64_t whole = 0;

	memset(live, 0, sizeof(live));
	for (uint64_t i = 0; i < a->mix.n; i++)
		live[peer_frame(a->peer, a->mix.held[i]) / BLOCK] = true;
	for (size_t b = 0; b < FRAMES / BLOCK; b++)
		whole += !live[b];
	report(name, "blocks", (double)whole);
}

static void count_order9(const struct aging *a, const char *name)
{
	static handle_t held[FRAMES / BLOCK];
	size_t n = 0;

	if (PEER_MAX_ORDER < 9)
		return;
	while (n < FRAMES / BLOCK && (held[n] = peer_take(a->peer, 9)) != HANDLE_NONE)
		n++;
	for (size_t i = 0; i < n; i++)
		peer_give(a->peer, held[i], 9);
	report(name, "blocks", (double)n);
}

static void fill_to(struct aging *a, uint64_t frames)
{
	while (a->mix.n < frames) {
		mix_take(a->peer, &a->mix, 0);
		if (a->mix.refused != 0)
			stop("refused, although there is memory");
	}
}

static void free_to(struct aging *a, uint64_t frames)
{
	while (a->mix.n > frames)
		mix_give(a->peer, &a->mix, below(&a->state, a->mix.n), false);
}

static void age_start(struct aging *a, uint64_t seed, uint64_t frames)
{
	*a = (struct aging){ .peer = fresh(FRAMES), .state = seed };
	mix_start(a->peer, &a->mix, frames, FRAMES / 200, false);
}

static void age_mixed(uint64_t seed)
{
	uint64_t full = FRAMES * 9 / 10, steps = 20 * FRAMES, state = table_fill(seed);
	struct aging a;

	age_start(&a, seed, full);
	for (unsigned i = 0; i < 11; i++) {
		free_to(&a, full / 2);
		fill_to(&a, full);
	}
	count_blocks(&a, "g0 blocks whole");
	free_to(&a, FRAMES / 2);
	count_blocks(&a, "g1 blocks whole");
	count_order9(&a, "g1 order 9 granted");
	a.mix.target = FRAMES / 2;
	for (uint64_t i = 0; i < steps; i += TABLE, table_refill(&state))
		mix_steps(a.peer, &a.mix, steps - i < TABLE ? steps - i : TABLE, false);
	count_blocks(&a, "g2 blocks whole");
	count_order9(&a, "g2 order 9 granted");
}

static void age_replaced(uint64_t seed)
{
	uint64_t full = FRAMES - FRAMES / 256;
	struct aging a;

	age_start(&a, seed, full);
	free_to(&a, full / 2);
	for (unsigned iteration = 0; iteration < 100; iteration++)
		for (uint64_t i = 0; i < FRAMES / 20; i++) {
			free_to(&a, full / 2 - 1);
			fill_to(&a, full / 2);
		}
	count_blocks(&a, "g3 blocks whole");
	count_order9(&a, "g3 order 9 granted");
}

static void run_frag(void)
{
	for (uint64_t seed = 1; seed <= (divisor == 1 ? 3 : 1); seed++) {
		age_mixed(seed);
		age_replaced(seed);
	}
}

#else

static void run_frag(void)
{
	/* Its blocks have no place in an arena of page blocks. */
}

#endif

#endif
