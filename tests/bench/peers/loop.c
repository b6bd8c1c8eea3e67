/*
 * loop.c - no allocator: what the workloads cost by themselves.
 */
#include "bench/measure.h"

typedef uint64_t handle_t;

#define HANDLE_NONE    UINT64_MAX
#define PEER_MAX_ORDER 0
#define PEER_BOUNDED   false
#define PEER_LARGEST   0
#define PEER_REMOTE    true

struct peer {
	_Alignas(64) uint64_t next;
};

static size_t peer_bytes(uint64_t frames)
{
	(void)frames;
	return 0;
}

static void peer_open(struct peer *p, void *memory, uint64_t frames)
{
	(void)memory;
	(void)frames;
	p->next = 0;
}

static struct peer *peer_thread(struct peer *p, unsigned i)
{
	static struct peer own[2];

	(void)p;
	return &own[i];
}

static inline handle_t peer_take(struct peer *p, unsigned order)
{
	(void)order;
	return p->next++;
}

static inline void peer_give(struct peer *p, handle_t h, unsigned order)
{
	(void)p;
	(void)h;
	(void)order;
}

static void run_floor(void);

#define PEER_EXTRA { "floor", run_floor },

#include "bench/peer.h"

#include "bench/floor.h"
