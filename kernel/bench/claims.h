/*
 * claims.h - frames taken in a real timer interrupt, a million times, each call timed by itself.
 *
 * Idea    Steady state: what an interrupt takes it gives back, and maintenance comes before the next one. Four ways to
 *         a frame: at hand, from a zone, recycled, from the vault.
 */
#ifndef BENCH_CLAIMS_H
#define BENCH_CLAIMS_H

#include <labyrinth/types.h>

/* Registers its owners, takes memory for its counts. What went wrong, or NULL. Task, before memory is filled. */
const char *claims_open(struct labyrinth *lab);

/*
 * Measures `calls=` calls of each kind, a million if nothing is said, and prints a line for each. Likewise. `vault=` is
 * for those of the vault alone: each of their frames is shredded, and that takes a hundred times as long as the call.
 */
const char *claims_measure(void);

/* Gives back what claims_open() took. */
void claims_close(void);

#endif
