/*
 * threads.h - a test of thread.h and wait.h: threads count under a lock, take turns, are interrupted, sleep, end.
 */
#ifndef TEST_THREADS_H
#define TEST_THREADS_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence; what never comes is waited for for ever. Task, interrupts on. */
const char *test_threads(struct labyrinth *lab);

#endif
