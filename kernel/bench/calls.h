/*
 * calls.h - every public call, stepped through: instructions, and the most in a row with interrupts off.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <labyrinth/types.h>

/* As claims_open(). */
const char *calls_open(struct labyrinth *lab);

/* Steps through each call a hundred times or so and prints a line for each. Likewise. */
const char *calls_measure(void);

void calls_close(void);

#endif
