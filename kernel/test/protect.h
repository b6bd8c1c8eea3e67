/*
 * protect.h - a test of what every CPU is told to refuse the kernel itself.
 */
#ifndef TEST_PROTECT_H
#define TEST_PROTECT_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. Prints what the CPUs refused. Task, interrupts on. */
const char *test_protect(struct labyrinth *lab);

#endif
