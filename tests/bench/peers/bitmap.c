/*
 * bitmap.c - a bit a frame, next fit, under a spinlock: what people write. No checks.
 */
#include <stdatomic.h>
#include <string.h>

#include "bench/measure.h"

typedef uint64_t handle_t;

#define HANDLE_NONE    UINT64_MAX
#define PEER_MAX_ORDER 9
#define PEER_BOUNDED   true
#define PEER_LARGEST   (UINT64_C(1) << 28)
#define PEER_REMOTE    true
#define PEER_FRAME

struct peer {
	atomic_flag lock;
	uint64_t   *used;   /* a bit a frame; 1: allocated    */
	uint64_t    words;
	uint64_t    cursor; /* word where the next search begins */
};

static size_t peer_bytes(uint64_t frames)
{
	return frames / 8;
}

static void peer_open(struct peer *p, void *memory, uint64_t frames)
{
	*p = (struct peer){ .lock = ATOMIC_FLAG_INIT, .used = memory, .words = frames / 64 };
	memset(memory, 0, frames / 8);
}

static struct peer *peer_thread(struct peer *p, unsigned i)
{
	(void)i;
	return p;
}

static inline void lock(struct peer *p)
{
	while (atomic_flag_test_and_set_explicit(&p->lock, memory_order_acquire))
		__builtin_ia32_pause();
}

static inline void unlock(struct peer *p)
{
	atomic_flag_clear_explicit(&p->lock, memory_order_release);
}

/* The bits at which 2^order aligned clear bits begin; order 0 to 5. */
static inline uint64_t starts(uint64_t used, unsigned order)
{
	static const uint64_t aligned[6] = { UINT64_MAX, 0x5555555555555555, 0x1111111111111111, 0x0101010101010101,
		                             0x0001000100010001, 0x0000000100000001 };
	uint64_t free = ~used;

	for (unsigned k = 0; k < order; k++)
		free &= free >> (1u << k);
	return free & aligned[order];
}

static handle_t find_small(struct peer *p, unsigned order)
{
	uint64_t run = order == 0 ? 1 : (UINT64_C(1) << (1u << order)) - 1;

	for (uint64_t i = 0, w = p->cursor; i < p->words; i++, w = w + 1 < p->words ? w + 1 : 0) {
		uint64_t at = starts(p->used[w], order);

		if (at != 0) {
			unsigned bit = (unsigned)__builtin_ctzll(at);

			p->used[w] |= run << bit;
			p->cursor = w;
			return w * 64 + bit;
		}
	}
	return HANDLE_NONE;
}

static bool all_clear(const uint64_t *word, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (word[i] != 0)
			return false;
	return true;
}

static handle_t find_large(struct peer *p, unsigned order)
{
	uint64_t n = UINT64_C(1) << (order - 6), w = p->cursor & ~(n - 1);

	for (uint64_t i = 0; i < p->words; i += n, w = w + n < p->words ? w + n : 0)
		if (all_clear(p->used + w, n)) {
			memset(p->used + w, 0xff, n * 8);
			p->cursor = w;
			return w * 64;
		}
	return HANDLE_NONE;
}

static inline handle_t peer_take(struct peer *p, unsigned order)
{
	handle_t h;

	lock(p);
	h = order < 6 ? find_small(p, order) : find_large(p, order);
	unlock(p);
	return h;
}

static inline void peer_give(struct peer *p, handle_t h, unsigned order)
{
	lock(p);
	if (order < 6)
		p->used[h / 64] &= ~((order == 0 ? 1 : (UINT64_C(1) << (1u << order)) - 1) << h % 64);
	else
		memset(p->used + h / 64, 0, (size_t)8 << (order - 6));
	unlock(p);
}

static inline uint64_t peer_frame(const struct peer *p, handle_t h)
{
	(void)p;
	return h;
}

#include "bench/peer.h"
