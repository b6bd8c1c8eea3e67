/*
 * direct.h - the direct map's own entries: memory that goes out of everybody's reach, and comes back.
 */
#ifndef X86_DIRECT_H
#define X86_DIRECT_H

#include <labyrinth/types.h>

/*
 * Takes 2^order frames, a multiple of their size and none of them hidden yet, out of the direct map: order 0, or 9 for
 * a page block as a whole. Takes two tables from table_pool.h at most.
 *
 * Translations may linger until direct_flush().
 * false: there was no table; nothing changed.
 * Context: task.
 */
bool direct_hide(phys_addr_t first, unsigned order) LABYRINTH_MUST_USE;

/*
 * When it returns, no CPU reaches what was hidden before the call. One shootdown: each CPU forgets single frames one by
 * one, or, where that would be many, all it knows. Context: task, interrupts on.
 */
void direct_flush(void);

/* How many shootdowns there have been. */
uint64_t direct_flushes(void);

/*
 * Puts 2^order hidden frames back; what was hidden as a whole may come back in parts. Before direct_flush(), during it
 * on another CPU, or after it; only after it does a page block that was in parts become one page again. Any context;
 * cannot fail.
 */
void direct_show(phys_addr_t first, unsigned order);

/* Is there nothing at the frame's place in the direct map? Any context. */
bool direct_hidden(phys_addr_t frame);

/* Makes a page block read-only for good, because page tables will be in it. false: no table for that. Task. */
bool direct_seal(phys_addr_t block) LABYRINTH_MUST_USE;

#endif
