/*
 * table_pool.h - the frames that page tables are made of, and the one place where they can be written.
 *
 * Idea    A stray pointer is a number that somebody made a direct-map address of. So tables are read-only there, and
 *         writable in a region of their own, at TABLES_BASE + physical address. An alias that exists only while
 *         something is written, or write protection switched off meanwhile, would cost an invalidation or two writes of
 *         a control register for every entry; mapping a frame in an interrupt is to be one store.
 */
#ifndef X86_TABLE_POOL_H
#define X86_TABLE_POOL_H

#include <labyrinth/types.h>

#include "x86/paging.h"

/* The 512 entries of a table. */
static inline _Atomic uint64_t *table_entries(phys_addr_t table)
{
	return (_Atomic uint64_t *)(TABLES_BASE + table.a);
}

/* Gives frames below TABLES_REACH to the pool, writable at TABLES_BASE. Any context. */
void table_pool_add(phys_addr_t first, uint64_t frames);

/* Takes a table with all entries 0; false when there is none left. Any context; waits for nobody. */
bool table_take(phys_addr_t *table) LABYRINTH_MUST_USE;

/* Gives a table back: all its entries are 0, and no CPU walks it any more. Any context. */
void table_give(phys_addr_t table);

/* How many there are. */
uint64_t table_pool_frames(void);

#endif
