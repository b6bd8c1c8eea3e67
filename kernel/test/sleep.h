/*
 * sleep.h - a test of hooks.h: GFP_KERNEL sleeps until memory is freed, or until its time is over.
 */
#ifndef TEST_SLEEP_H
#define TEST_SLEEP_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. Borrows all of the DMA zone. Task, interrupts on. */
const char *test_sleep(struct labyrinth *lab);

#endif
