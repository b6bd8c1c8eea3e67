/*
 * floor.h - what the machine itself takes for the step that no checked free can do without.
 *
 * Idea    A word changes there and back: a compare-and-swap, and a plain store. Once with and once without a bus lock;
 *         on one word, which stays in the nearest cache, and on as many words as the bulk workload frees, in its order.
 *         On two threads, each with a word of its own; one word after another, stored by one thread and swapped by the
 *         other, passed on as the remote workload passes frames on; the steps of the mix, each thread over words of its
 *         own; and one word that goes to and fro, which says how long a cache line takes from one CPU to the other.
 * Needs   x86-64.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "bench/threads.h"
#include "bench/workloads.h"

static inline __attribute__((always_inline)) void swap(uint64_t *word, uint64_t from, bool locked)
{
	if (locked)
		__asm__ volatile("lock cmpxchgq %2, %0" : "+m"(*word), "+a"(from) : "r"(from ^ 1) : "cc", "memory");
	else
		__asm__ volatile("cmpxchgq %2, %0" : "+m"(*word), "+a"(from) : "r"(from ^ 1) : "cc", "memory");
}

static inline __attribute__((always_inline)) void swap_and_back(uint64_t *word, bool locked)
{
	swap(word, 0, locked);
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

/* ---- Two threads. */

static void swaps_body(struct worker *w)
{
	_Alignas(128) uint64_t word = 0;
	double start = worker_start();

	for (; w->done < 2000000 / divisor && !late(start); w->done += CHUNK)
		for (uint32_t i = 0; i < CHUNK; i++)
			swap_and_back(&word, true);
	w->ns = wall_ns() - start;
}

/* Twice the ring: no word is stored anew before it has been swapped. */
static _Alignas(64) uint64_t passed[2 * RING];

static void store_words(double start)
{
	for (uint64_t i = 0; i < 2000000 / divisor && (i % CHUNK != 0 || !late(start)); i += PUBLISH) {
		wait_for_room(i);
		for (uint64_t k = i; k < i + PUBLISH; k++) {
			uint64_t *word = &passed[k % (2 * RING)];

			*(volatile uint64_t *)word = 1;
			ring[k % RING] = (handle_t)(uintptr_t)word;
		}
		atomic_store_explicit(&written, i + PUBLISH, memory_order_release);
	}
	atomic_store_explicit(&ended, true, memory_order_release);
}

static void swap_words(struct worker *w)
{
	for (; wait_for_items(w->done); w->done += PUBLISH) {
		for (uint64_t k = w->done; k < w->done + PUBLISH; k++)
			swap((uint64_t *)(uintptr_t)ring[k % RING], 1, true);
		atomic_store_explicit(&consumed, w->done + PUBLISH, memory_order_release);
	}
}

static void passed_body(struct worker *w)
{
	double start = ring_start(w);

	if (w->index == 0)
		store_words(start);
	else
		swap_words(w);
	w->ns = wall_ns() - start;
}

/* Words of one thread: a stack of those that are not used, and those that are, in no order. */
struct words {
	uint64_t  word[FRAMES / 2];
	uint64_t *unused[FRAMES / 2], *used[FRAMES / 2];
	uint64_t  free, n;
};

static inline void words_take(struct words *s)
{
	uint64_t *word = s->unused[--s->free];

	*(volatile uint64_t *)word = 1;
	s->used[s->n++] = word;
}

static inline void words_give(struct words *s, uint64_t i)
{
	uint64_t *word = s->used[i];

	s->used[i] = s->used[--s->n];
	swap(word, 1, true);
	s->unused[s->free++] = word;
}

/* The steps of the mix: what is decided, is decided as there. */
static void words_steps(struct words *s, struct mix *m, uint64_t steps)
{
	for (; steps > 0; steps--) {
		uint32_t r = table[m->pos++ % TABLE];

		m->used = m->n = s->n;
		if (mix_takes(m, r, 0))
			words_take(s);
		else
			words_give(s, (r * s->n) >> 32);
	}
}

static void words_body(struct worker *w)
{
	struct words *s = memory_new(sizeof(*s), true);
	double start;

	w->mix = (struct mix){ .target = FRAMES / 4, .slack = FRAMES / 200, .pos = w->index * (TABLE / 2) };
	for (; s->free < FRAMES / 2; s->free++)
		s->unused[s->free] = &s->word[FRAMES / 2 - 1 - s->free];
	while (s->n < w->mix.target)
		words_take(s);
	start = worker_start();
	for (; w->done < 1000000 / divisor && !late(start); w->done += CHUNK)
		words_steps(s, &w->mix, CHUNK);
	w->ns = wall_ns() - start;
}

/* Each thread waits for its turn, and passes it on. */
static void turns_body(struct worker *w)
{
	static _Alignas(64) _Atomic uint64_t turn;
	uint64_t n = 200000 / divisor;
	double start = worker_start();

	for (uint64_t i = w->index; i < 2 * n; i += 2, w->done++) {
		while (atomic_load_explicit(&turn, memory_order_acquire) != i)
			continue;
		atomic_store_explicit(&turn, i + 1, memory_order_release);
	}
	w->ns = wall_ns() - start;
}

static void run_floor(void)
{
	floor_row("swap, locked", 1, true);
	floor_row("swap, not locked", 1, false);
	floor_row("swap at random, locked", BULK, true);
	floor_row("swap at random, not locked", BULK, false);
	if (cpus_allowed() < 2)
		return;
	(void)!setpriority(PRIO_PROCESS, 0, -10); /* where it is allowed */
	report("2 threads, swaps, locked", "M/s", in_two(swaps_body));
	report("2 threads, words passed, locked", "M/s", in_two(passed_body));
	table_fill(1);
	report("2 threads, mix of swaps, locked", "M/s", in_two(words_body));
	report("2 threads, a line passed", "ns", 1e3 / in_two(turns_body));
}

#endif
