/*
 * mimalloc.c - a malloc that is known to be fast. Virtual memory, not frames; grows instead of refusing.
 */
#include <mimalloc.h>

#include "bench/measure.h"

typedef void *handle_t;

#define HANDLE_NONE    NULL
#define PEER_MAX_ORDER 9
#define PEER_BOUNDED   false
#define PEER_LARGEST   FRAMES
#define PEER_REMOTE    true

struct peer {
	char unused;
};

static size_t peer_bytes(uint64_t frames)
{
	(void)frames;
	return 0;
}

static void peer_open(struct peer *p, void *memory, uint64_t frames)
{
	(void)p;
	(void)memory;
	(void)frames;
	mi_free(mi_malloc(4096));
}

static struct peer *peer_thread(struct peer *p, unsigned i)
{
	(void)i;
	return p;
}

static inline handle_t peer_take(struct peer *p, unsigned order)
{
	(void)p;
	return mi_malloc((size_t)4096 << order);
}

static inline void peer_give(struct peer *p, handle_t h, unsigned order)
{
	(void)p;
	(void)order;
	mi_free(h);
}

#include "bench/peer.h"
