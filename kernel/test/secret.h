/*
 * secret.h - words that nobody else writes: where they are found later says who could get at them.
 */
#ifndef TEST_SECRET_H
#define TEST_SECRET_H

#include <labyrinth/types.h>

#define SECRET_WORDS (LABYRINTH_PAGE_SIZE / sizeof(uint64_t))

/* The word at a place: no two are alike. */
static inline uint64_t secret(unsigned i)
{
	return UINT64_C(0x5ec2e75ec2e7) * (i + 1);
}

/* Fills a frame. */
static inline void secret_write(volatile uint64_t *words)
{
	for (unsigned i = 0; i < SECRET_WORDS; i++)
		words[i] = secret(i);
}

/* How many words of a frame are still what they were. */
static inline unsigned secret_found(const volatile uint64_t *words)
{
	unsigned same = 0;

	for (unsigned i = 0; i < SECRET_WORDS; i++)
		same += words[i] == secret(i);
	return same;
}

#endif
