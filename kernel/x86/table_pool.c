/*
 * table_pool.c - a stack of spare tables.
 *
 * Idea    Lock-free: a frame goes back into the direct map in any context, and its block's table with it. The link is
 *         the table's first entry. Head is a frame number, 20 bits, and a tag that every change counts up, so that a
 *         head that was seen before is not taken for one that never changed.
 * Writes  The stack; the tables on it.
 */
#include <stdatomic.h>

#include "x86/mem.h"
#include "x86/table_pool.h"

#define FRAME_BITS 20u /* TABLES_REACH in frames */
#define FRAME_MASK ((UINT64_C(1) << FRAME_BITS) - 1)

_Static_assert(TABLES_REACH >> LABYRINTH_PAGE_SHIFT == UINT64_C(1) << FRAME_BITS, "every frame in reach has a number");

static _Atomic uint64_t head; /* frame 0 is never a table: 0 ends the stack */
static _Atomic uint64_t frames_in;

static phys_addr_t table_of(uint64_t head_seen)
{
	return (phys_addr_t){ (head_seen & FRAME_MASK) << LABYRINTH_PAGE_SHIFT };
}

static uint64_t changed(uint64_t head_seen, uint64_t frame)
{
	return ((head_seen >> FRAME_BITS) + 1) << FRAME_BITS | frame;
}

void table_give(phys_addr_t table)
{
	uint64_t seen = head;

	frames_in++;
	do
		*table_entries(table) = seen & FRAME_MASK;
	while (!atomic_compare_exchange_weak(&head, &seen, changed(seen, table.a >> LABYRINTH_PAGE_SHIFT)));
}

/* The link may be read from a table that somebody else has just taken; then the head has another tag. */
bool table_take(phys_addr_t *table)
{
	uint64_t seen = head, next;

	do {
		if ((seen & FRAME_MASK) == 0)
			return false;
		next = *table_entries(table_of(seen)) & FRAME_MASK;
	} while (!atomic_compare_exchange_weak(&head, &seen, changed(seen, next)));
	frames_in--;
	*table = table_of(seen);
	*table_entries(*table) = 0;
	return true;
}

void table_pool_add(phys_addr_t first, uint64_t frames)
{
	/* Downwards, so that the lowest is taken first. */
	for (uint64_t i = frames; i-- > 0;) {
		phys_addr_t table = { first.a + i * LABYRINTH_PAGE_SIZE };

		memset((void *)(TABLES_BASE + table.a), 0, LABYRINTH_PAGE_SIZE);
		table_give(table);
	}
}

uint64_t table_pool_frames(void)
{
	return frames_in;
}
