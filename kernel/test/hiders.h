/*
 * hiders.h - a test of direct.h on several CPUs at once.
 */
#ifndef TEST_HIDERS_H
#define TEST_HIDERS_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. Borrows a page block for each of a few threads. Task, interrupts on. */
const char *test_hiders(struct labyrinth *lab);

#endif
