/*
 * dpdk.c - DPDK's rte_mempool with the largest cache a CPU can have. One size, no merging, no checks in this build.
 *
 * Needs   No root, no huge pages, no devices: the environment stays in this process, but for an empty directory in
 *         $RUNTIME_DIRECTORY. (--in-memory excludes --no-huge.)
 */
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

#include "bench/measure.h"

typedef void *handle_t;

#define HANDLE_NONE    NULL
#define PEER_MAX_ORDER 0
#define PEER_BOUNDED   true
#define PEER_LARGEST   FRAMES
#define PEER_REMOTE    true
#define PEER_MANY

struct peer {
	struct rte_mempool *pool;
};

static size_t peer_bytes(uint64_t frames)
{
	(void)frames;
	return 0;
}

static void start_environment(void)
{
	static char lcores[32];
	char *words[] = { "bench", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "--no-hpet",
		          "--log-level=error", "-m", "64", "--iova-mode=va", "--lcores", lcores, NULL };

	snprintf(lcores, sizeof(lcores), "0@%u", pin(1));
	if (rte_eal_init(sizeof(words) / sizeof(words[0]) - 1, words) < 0)
		stop("rte_eal_init failed");
	pin(1);
}

/* Taking and giving never touch an object. So only bring-up is measured with objects that are frames. */
static unsigned object_bytes(void)
{
	return strcmp(workload, "init") == 0 ? 4096 : 64;
}

static void supply_objects(struct rte_mempool *pool, uint64_t frames)
{
	size_t bytes = frames * (object_bytes() + 512); /* header, and padding that spreads them over channels */

	if (rte_mempool_set_ops_byname(pool, "ring_mp_mc", NULL) != 0
	    || rte_mempool_populate_iova(pool, memory_new(bytes, false), RTE_BAD_IOVA, bytes, NULL, NULL)
	       != (int)pool->size)
		stop("the pool takes no memory");
}

/* A ring of 2^n places holds 2^n - 1 objects: one frame less than the others have. */
static void peer_open(struct peer *p, void *memory, uint64_t frames)
{
	static struct rte_mempool *last;

	(void)memory;
	if (last == NULL)
		start_environment();
	rte_mempool_free(last);
	last = p->pool = rte_mempool_create_empty("frames", (unsigned)frames - 1, object_bytes(),
	                                          RTE_MEMPOOL_CACHE_MAX_SIZE, 0, SOCKET_ID_ANY, 0);
	if (p->pool == NULL)
		stop("rte_mempool_create_empty failed");
	supply_objects(p->pool, frames);
}

/* Only a registered thread has a cache. */
static struct peer *peer_thread(struct peer *p, unsigned i)
{
	(void)i;
	if (rte_thread_register() != 0)
		stop("rte_thread_register failed");
	return p;
}

static inline handle_t peer_take(struct peer *p, unsigned order)
{
	void *h;

	(void)order;
	return rte_mempool_get(p->pool, &h) == 0 ? h : HANDLE_NONE;
}

static inline void peer_give(struct peer *p, handle_t h, unsigned order)
{
	(void)order;
	rte_mempool_put(p->pool, h);
}

static inline void peer_take_32(struct peer *p, handle_t *out)
{
	if (rte_mempool_get_bulk(p->pool, out, 32) != 0)
		stop("refused, although there is memory");
}

static inline void peer_give_32(struct peer *p, handle_t *in)
{
	rte_mempool_put_bulk(p->pool, in, 32);
}

#include "bench/peer.h"
