/*
 * bits.h - find and count bits without a library call.
 *
 * Idea    A compiler turns the built-ins into one instruction where the CPU has it, and into a call to its own run-time
 *         library where it has not; mm/ links against nothing, so there the arithmetic stands here.
 */
#ifndef MM_BITS_H
#define MM_BITS_H

#include <labyrinth/types.h>

static inline unsigned bits_count(uint64_t x)
{
	/* Sums of 2, 4, then 8 bits side by side; the multiplication adds the eight bytes. */
	x -= (x >> 1) & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)((x * UINT64_C(0x0101010101010101)) >> 56);
}

/* Index of the lowest bit that is set; x is not 0. */
static inline unsigned bits_lowest(uint64_t x)
{
#if defined __x86_64__ || defined __aarch64__
	return (unsigned)__builtin_ctzll(x);
#elif defined __i386__
	return (unsigned)((uint32_t)x ? __builtin_ctz((uint32_t)x) : 32 + __builtin_ctz((uint32_t)(x >> 32)));
#else
	return bits_count((x & (~x + 1)) - 1);
#endif
}

/* Index of the highest bit that is set; x is not 0. */
static inline unsigned bits_highest(uint64_t x)
{
#if defined __x86_64__ || defined __aarch64__
	return 63 - (unsigned)__builtin_clzll(x);
#elif defined __i386__
	return 31 - (unsigned)(x >> 32 ? __builtin_clz((uint32_t)(x >> 32)) - 32 : __builtin_clz((uint32_t)x));
#else
	for (unsigned shift = 1; shift < 64; shift *= 2)
		x |= x >> shift;
	return bits_count(x) - 1;
#endif
}

#endif
