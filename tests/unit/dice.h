/*
 * dice.h - random numbers that can be had again.
 *
 * Idea    The seed comes from LABYRINTH_SEED or the clock, and is printed: a failure is replayed with the seed that it
 *         printed.
 */
#ifndef TESTS_DICE_H
#define TESTS_DICE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct dice {
	uint64_t state;
};

static inline struct dice dice_new(const char *test)
{
	const char *given = getenv("LABYRINTH_SEED");
	uint64_t seed = given && *given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	printf("%s: LABYRINTH_SEED=%llu\n", test, (unsigned long long)seed);
	return (struct dice){ seed };
}

/* SplitMix64: any seed will do, 0 included. */
static inline uint64_t dice_roll(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0..sides - 1. */
static inline uint64_t dice_below(struct dice *dice, uint64_t sides)
{
	return dice_roll(dice) % sides;
}

#endif
