/*
 * stack.c - an array of frame numbers: the physical limit. No order but 0, no merging, no checks, no second CPU.
 */
#include <string.h>

#include "bench/measure.h"

typedef uint32_t handle_t;

#define HANDLE_NONE    UINT32_MAX
#define PEER_MAX_ORDER 0
#define PEER_BOUNDED   true
#define PEER_LARGEST   (UINT64_C(1) << 24)
#define PEER_REMOTE    false /* without a lock, no */
#define PEER_MANY
#define PEER_FRAME

struct peer {
	_Alignas(64) uint32_t *at;
	uint64_t n;
};

static size_t peer_bytes(uint64_t frames)
{
	return frames * sizeof(uint32_t);
}

static void peer_open(struct peer *p, void *memory, uint64_t frames)
{
	*p = (struct peer){ memory, frames };
	for (uint64_t i = 0; i < frames; i++)
		p->at[i] = (uint32_t)(frames - 1 - i);
}

/* Each thread has half of the frames to itself. */
static struct peer *peer_thread(struct peer *p, unsigned i)
{
	static struct peer own[2];

	own[i] = (struct peer){ p->at + p->n / 2 * i, p->n / 2 };
	return &own[i];
}

static inline handle_t peer_take(struct peer *p, unsigned order)
{
	(void)order;
	return p->n != 0 ? p->at[--p->n] : HANDLE_NONE;
}

static inline void peer_give(struct peer *p, handle_t h, unsigned order)
{
	(void)order;
	p->at[p->n++] = h;
}

static inline void peer_take_32(struct peer *p, handle_t *out)
{
	if (p->n < 32)
		stop("refused, although there is memory");
	p->n -= 32;
	memcpy(out, p->at + p->n, 32 * sizeof(*out));
}

static inline void peer_give_32(struct peer *p, const handle_t *in)
{
	memcpy(p->at + p->n, in, 32 * sizeof(*in));
	p->n += 32;
}

static inline uint64_t peer_frame(const struct peer *p, handle_t h)
{
	(void)p;
	return h;
}

#include "bench/peer.h"
