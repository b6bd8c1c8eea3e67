/*
 * page_entry.h - the bits of a page table entry, and the way down to one. For paging.c and those who change single
 * entries of live tables: direct.c, window.c.
 *
 * Manual  Intel SDM vol. 3 sections 4.5.4 (formats), 11.12 (PAT: what PWT and PCD select).
 */
#ifndef X86_PAGE_ENTRY_H
#define X86_PAGE_ENTRY_H

#include "x86/table_pool.h"

#define LEVELS     4u   /* 4: PML4 ... 1: page table */
#define ENTRIES    512u
#define LEVEL_BITS 9u

#define PRESENT  UINT64_C(0x001)
#define WRITE    UINT64_C(0x002)
#define USER     UINT64_C(0x004)
#define PWT      UINT64_C(0x008)
#define PCD      UINT64_C(0x010)
#define LARGE    UINT64_C(0x080)
#define GLOBAL   UINT64_C(0x100)
#define NX       (UINT64_C(1) << 63)
#define ADDRESS  UINT64_C(0x000ffffffffff000)

/* An entry that names a table: what may be done is said by the entry of the page. */
#define TABLE (PRESENT | WRITE)

/* What one entry of a table of this level spans. */
static inline uint64_t level_bytes(unsigned level)
{
	return LABYRINTH_PAGE_SIZE << (level - 1) * LEVEL_BITS;
}

/* The entry for virt in a table of this level. Entries are read and written whole: CPUs walk the tables meanwhile. */
static inline _Atomic uint64_t *entry_in(phys_addr_t table, unsigned level, uint64_t virt)
{
	return table_entries(table) + virt / level_bytes(level) % ENTRIES;
}

#endif
