/*
 * others.h - a test that touches memory from every CPU: what one has put out of reach is so for all.
 */
#ifndef TEST_OTHERS_H
#define TEST_OTHERS_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. An owner of its own for as long as it takes. Task, interrupts on. */
const char *test_others(struct labyrinth *lab);

#endif
