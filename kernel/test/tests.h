/*
 * tests.h - what the kernel tests of itself at every boot, because it takes no time.
 */
#ifndef TEST_TESTS_H
#define TEST_TESTS_H

#include <labyrinth/types.h>

/*
 * Runs the tests, or that one which `test=NAME` on the command line names, or none with test=none. Prints a line each.
 * NULL, or what does not hold, as a sentence. Task, interrupts on.
 */
const char *tests_run(struct labyrinth *lab);

#endif
