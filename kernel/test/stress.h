/*
 * stress.h - everything at once: `stress=SECONDS` on the command line.
 */
#ifndef TEST_STRESS_H
#define TEST_STRESS_H

#include <labyrinth/types.h>

/*
 * Every CPU allocates, frees, claims, transfers, lends and releases at random, what it holds itself and what others
 * have handed on: in a thread, in timer interrupts at random instructions, and in NMIs at random instructions. Every
 * second all pause and every law is checked. At the end all frames are back.
 *
 * Returns  NULL, also when the command line does not ask; or what does not hold, as a sentence.
 * Context  task, interrupts on, nobody else in the allocator.
 */
const char *stress_if_asked(struct labyrinth *lab);

#endif
