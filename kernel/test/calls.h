/*
 * calls.h - a test of what CPUs do to each other: calls and NMIs.
 */
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. Task, interrupts on. */
const char *test_calls(struct labyrinth *lab);

#endif
