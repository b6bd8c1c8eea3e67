/*
 * tables.h - a test of what happens when the page tables set aside run out. Only when asked for: it costs 2 MiB.
 */
#ifndef TEST_TABLES_H
#define TEST_TABLES_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. Task, interrupts on. */
const char *test_tables(struct labyrinth *lab);

#endif
