/*
 * atomic.h - C11's atomics, on a 32-bit x86 too.
 *
 * Idea    There GCC loads and stores 64 bits in one step only through the FPU or SSE, which a handler must not touch;
 *         forbidden those (-mgeneral-regs-only), it calls libatomic, for a compare-and-swap too. CMPXCHG8B (Intel SDM
 *         vol. 2A; -march=i586 or later) does all of it in general registers. Clang sees that by itself.
 * Needs   Nothing elsewhere: then this is <stdatomic.h>. Here memory that is read must be writable, because CMPXCHG8B
 *         always writes; and every step is a full barrier, whatever order was asked for.
 */
#ifndef MM_ATOMIC_H
#define MM_ATOMIC_H

#include <stdatomic.h>

#if defined __i386__ && !defined __clang__

#include <stdbool.h>
#include <stdint.h>

/* Returns what was there; `desired` is there now if that was `expected`. */
static inline uint64_t wide_exchange(const volatile void *at, uint64_t expected, uint64_t desired)
{
	return __sync_val_compare_and_swap((volatile uint64_t *)(uintptr_t)at, expected, desired);
}

static inline bool wide_swap(volatile void *at, void *expected, uint64_t desired)
{
	uint64_t *want = (uint64_t *)expected, was = wide_exchange(at, *want, desired);
	bool same = was == *want;

	*want = was;
	return same;
}

static inline uint64_t wide_load(const volatile void *at)
{
	return wide_exchange(at, 0, 0);
}

static inline uint64_t wide_add(volatile void *at, uint64_t n)
{
	uint64_t was = wide_load(at);

	while (!wide_swap(at, &was, was + n))
		;
	return was;
}

static inline void wide_store(volatile void *at, uint64_t value)
{
	uint64_t was = wide_load(at);

	while (!wide_swap(at, &was, value))
		;
}

/* By the size of the object, while compiling: the other form is parsed and dropped. */
#define WIDE(at, wide, narrow) __builtin_choose_expr(sizeof(*(at)) == 8, wide, narrow)

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit

#define atomic_load_explicit(at, order) WIDE(at, wide_load(at), __atomic_load_n(at, order))
#define atomic_store_explicit(at, value, order) WIDE(at, wide_store(at, value), __atomic_store_n(at, value, order))
#define atomic_fetch_add_explicit(at, n, order) WIDE(at, wide_add(at, n), __atomic_fetch_add(at, n, order))
#define atomic_fetch_sub_explicit(at, n, order) \
	WIDE(at, wide_add(at, -(uint64_t)(n)), __atomic_fetch_sub(at, n, order))
#define atomic_compare_exchange_strong_explicit(at, expected, desired, order, otherwise) \
	WIDE(at, wide_swap(at, expected, desired), \
	     __atomic_compare_exchange_n(at, expected, desired, 0, order, otherwise))
#define atomic_compare_exchange_weak_explicit(at, expected, desired, order, otherwise) \
	atomic_compare_exchange_strong_explicit(at, expected, desired, order, otherwise)

#endif

#endif
