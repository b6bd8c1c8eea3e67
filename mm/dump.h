/*
 * dump.h - the instance in a few lines of text, in a panic too.
 *
 * Idea    dump.c says how the stages are, dump_owners.c who holds what. A pointer is followed when reach.h allows it.
 * Writes  Its own stack.
 */
#ifndef MM_DUMP_H
#define MM_DUMP_H

#include "instance.h"
#include "lines.h"

static inline void dump_counter(struct lines *t, const char *words, const _Atomic uint64_t *counter)
{
	labyrinth_lines_say(t, words, atomic_load_explicit(counter, memory_order_relaxed));
}

/* Each owner. The line that has been begun ends with what the vault owes to all of them. */
void labyrinth_dump_owners(struct lines *t, const struct labyrinth *lab);

/* Each registered mover. */
void labyrinth_dump_movers(struct lines *t, const struct labyrinth *lab);

#endif
