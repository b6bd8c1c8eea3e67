/*
 * tables.h - an isolation port for threads: what a kernel's page tables would say, kept in an array.
 *
 * Idea    A frame is shown; or it lingers, from its hiding to a flush by the same CPU; or it is hidden, and then in one
 *         window at most. Another CPU's flush does not count, so that it cannot stand in for one that was forgotten.
 *         Every call is checked against that; what is wrong is noted for crew_verdict(). Now and then hiding is
 *         refused. A window has the address that the direct map has: so ThreadSanitizer sees a frame with two holders
 *         whichever way they look at it.
 */
#ifndef TESTS_THREADS_TABLES_H
#define TESTS_THREADS_TABLES_H

#include <labyrinth/labyrinth.h>

#include "threads/crew.h"

/* Two windows for each level, one more for shredding in each. */
#define TABLES_SLOTS (3 * LEVELS + LABYRINTH_KEPT_WINDOWS)

/* The hooks: nothing is hidden as yet in frames first .. first + frames - 1. No thread runs. And the end of it. */
struct labyrinth_isolation tables_start(uint64_t first, uint64_t frames);
void tables_end(void);

/* From now on every seventh frame or block that a CPU would hide is refused. */
void tables_refuse(bool refuse);

/* Notes it when a frame just granted is not hidden though exclusive, or is hidden though shared. Any level. */
void tables_expect(phys_addr_t frame, bool exclusive);

/* Frames that are hidden. No thread runs. */
uint64_t tables_hidden(void);

#endif
