/*
 * threads.h - two threads, each on a CPU of its own: hot pairs, mixes, and frames that one takes and the other frees.
 *
 * Idea    All operations divided by the wall time of the slower thread. Who is slow, because a lock's holder is not
 *         running, say, is stopped after two seconds, and counted as far as it came. No figure where there is one CPU.
 * Needs   A peer, as peer.h describes it.
 */
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "bench/workloads.h"

/* Its steps write it, so no two of them share a cache line, or a pair of lines. */
struct worker {
	_Alignas(128) pthread_t thread;
	struct peer *peer;
	unsigned     index;
	void       (*body)(struct worker *w);
	struct mix   mix;
	uint64_t     done; /* operations */
	double       ns;
};

static pthread_barrier_t barrier;

static void *worker_main(void *argument)
{
	struct worker *w = argument;

	pin(w->index);
	w->peer = peer_thread(w->peer, w->index);
	w->body(w);
	return NULL;
}

static double worker_start(void)
{
	pthread_barrier_wait(&barrier);
	return wall_ns();
}

static inline bool late(double start)
{
	return wall_ns() - start > 2e9 / (double)divisor;
}

#define CHUNK 16384 /* operations between looks at the clock */

/* Runs one body on two threads; million operations a second. */
static double in_two(void (*body)(struct worker *))
{
	static struct worker workers[2];
	struct peer *p = fresh(FRAMES);

	pthread_barrier_init(&barrier, NULL, 2);
	for (unsigned i = 0; i < 2; i++) {
		workers[i] = (struct worker){ .peer = p, .index = i, .body = body };
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
			stop("cannot start a thread");
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(workers[i].thread, NULL);
	return (double)(workers[0].done + workers[1].done) * 1e3
	       / (workers[0].ns > workers[1].ns ? workers[0].ns : workers[1].ns);
}

static void hot_body(struct worker *w)
{
	uint64_t n = 2000000 / divisor;
	double start;

	must_take(w->peer, 0); /* stays */
	pairs(w->peer, CHUNK, 0);
	start = worker_start();
	for (; w->done < n && !late(start); w->done += CHUNK)
		pairs(w->peer, CHUNK, 0);
	w->ns = wall_ns() - start;
}

static void mix_body(struct worker *w)
{
	uint64_t n = 1000000 / divisor;
	double start;

	w->mix.pos = w->index * (TABLE / 2);
	mix_start(w->peer, &w->mix, FRAMES / 4, FRAMES / 200, false);
	mix_steps(w->peer, &w->mix, CHUNK, false);
	start = worker_start();
	for (; w->done < n && !late(start); w->done += CHUNK)
		mix_steps(w->peer, &w->mix, CHUNK, false);
	w->ns = wall_ns() - start;
}

#define RING    1024
#define PUBLISH 64 /* items after which an index is shown to the other side */

static handle_t ring[RING];
static _Alignas(64) _Atomic uint64_t written;
static _Alignas(64) _Atomic uint64_t consumed;
static _Alignas(64) _Atomic bool     ended; /* nothing more will be written */

/* The ring is empty, and both threads begin. */
static double ring_start(const struct worker *w)
{
	if (w->index == 0) {
		atomic_store(&written, 0);
		atomic_store(&consumed, 0);
		atomic_store(&ended, false);
	}
	return worker_start();
}

static inline void wait_for_room(uint64_t i)
{
	while (atomic_load_explicit(&consumed, memory_order_acquire) + RING < i + PUBLISH)
		__builtin_ia32_pause();
}

/* False when there will be none. */
static inline bool wait_for_items(uint64_t i)
{
	while (atomic_load_explicit(&written, memory_order_acquire) < i + PUBLISH) {
		if (atomic_load_explicit(&ended, memory_order_acquire)
		    && atomic_load_explicit(&written, memory_order_acquire) < i + PUBLISH)
			return false;
		__builtin_ia32_pause();
	}
	return true;
}

static void remote_take(struct worker *w, double start)
{
	uint64_t n = 2000000 / divisor, i;

	for (i = 0; i < n && (i % CHUNK != 0 || !late(start)); i += PUBLISH) {
		wait_for_room(i);
		for (uint64_t k = i; k < i + PUBLISH; k++)
			ring[k % RING] = must_take(w->peer, 0);
		atomic_store_explicit(&written, i + PUBLISH, memory_order_release);
	}
	atomic_store_explicit(&ended, true, memory_order_release);
}

static void remote_give(struct worker *w)
{
	for (; wait_for_items(w->done); w->done += PUBLISH) {
		for (uint64_t k = w->done; k < w->done + PUBLISH; k++)
			peer_give(w->peer, ring[k % RING], 0);
		atomic_store_explicit(&consumed, w->done + PUBLISH, memory_order_release);
	}
}

/* An item counts when it has been given back. */
static void remote_body(struct worker *w)
{
	double start = ring_start(w);

	if (w->index == 0)
		remote_take(w, start);
	else
		remote_give(w);
	w->ns = wall_ns() - start;
}

static void run_threads(void)
{
	if (cpus_allowed() < 2 || PEER_ALONE)
		return;
	(void)!setpriority(PRIO_PROCESS, 0, -10); /* where it is allowed */
	table_fill(1);
	report("hot", "M/s", in_two(hot_body));
	report("mix", "M/s", in_two(mix_body));
	if (PEER_REMOTE)
		report("remote", "M/s", in_two(remote_body));
}

#endif
