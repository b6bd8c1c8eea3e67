/*
 * mem.c - copy, fill and compare memory.
 *
 * Idea    The string instructions do it: whole words first, then the rest. A loop in C would be turned back into a
 *         call of itself.
 */
#include <stdint.h>

#include "x86/mem.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	void *d = to;
	size_t words = bytes / 8, rest = bytes % 8;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(from), "+c"(words) :: "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(rest) :: "memory");
	return to;
}

/* From the last byte to the first; the direction flag is clear again afterwards, as the ABI wants it. */
static void copy_backwards(void *to, const void *from, size_t bytes)
{
	uint8_t *d = (uint8_t *)to + bytes - 1;
	const uint8_t *s = (const uint8_t *)from + bytes - 1;

	__asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(d), "+S"(s), "+c"(bytes) :: "memory");
}

void *memmove(void *to, const void *from, size_t bytes)
{
	if ((uintptr_t)to - (uintptr_t)from >= bytes)
		return memcpy(to, from, bytes);
	copy_backwards(to, from, bytes);
	return to;
}

void *memset(void *at, int value, size_t bytes)
{
	void *d = at;
	size_t words = bytes / 8, rest = bytes % 8;
	uint64_t pattern = (uint8_t)value * UINT64_C(0x0101010101010101);

	__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(pattern) : "memory");
	return at;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < bytes; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}
