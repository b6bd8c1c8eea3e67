/*
 * isolation.h - a test that touches memory: what is exclusive is out of reach, and comes back clean.
 */
#ifndef TEST_ISOLATION_H
#define TEST_ISOLATION_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. Two owners of its own for as long as it takes. Task, interrupts on. */
const char *test_isolation(struct labyrinth *lab);

#endif
