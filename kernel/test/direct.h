/*
 * direct.h - a test that touches memory: what direct.h and window.h of x86/ promise.
 */
#ifndef TEST_DIRECT_H
#define TEST_DIRECT_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. Borrows a page block. Task, interrupts on. */
const char *test_direct(struct labyrinth *lab);

#endif
