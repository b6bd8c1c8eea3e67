/*
 * direct.c - hides frames in the direct map, and shows them again.
 *
 * Idea    The entry of a page block, 2 MiB, is in one of three states:
 *           whole   a page of 2 MiB: all of it is there;
 *           split   a table, whose entries are frames or 0;
 *           closed  not present, so nothing of it is there; it names a table of zeros, for the day when a part returns.
 *         A block that is closed brings its table along, so what goes back needs no memory, no lock and no shootdown:
 *         a frame is one store, and one compare-and-swap if it is the block's first; a whole block one store.
 *         One hides at a time; anybody shows meanwhile, other frames than those being hidden.
 * Writes  The direct map's entries, the list of what is still to be flushed.
 * Manual  Intel SDM vol. 3 sections 4.10.2.3 and 4.10.3.1 (absent entries are not cached), 4.10.4 (invalidation).
 */
#include <stdatomic.h>
#include <stddef.h>

#include "x86/cpu.h"
#include "x86/direct.h"
#include "x86/lock.h"
#include "x86/page_entry.h"
#include "x86/shootdown.h"

#define BLOCK_ORDER 9u
#define BLOCK_BYTES (LABYRINTH_PAGE_SIZE << BLOCK_ORDER)
#define MEMORY      (PRESENT | WRITE | GLOBAL | NX) /* as MAP_DATA in paging.c */

/* In an entry that is not present all other bits are ours. */
#define CLOSED    UINT64_C(0x200)
#define WAS_SPLIT UINT64_C(0x400) /* ... and a CPU may still know the table: it has not been flushed since */

static struct lock hiding, flushing;
static struct shootdown pending; /* under `hiding` */
static _Atomic uint64_t flushes;

static uint64_t direct_virt(phys_addr_t phys)
{
	return DIRECT_BASE + phys.a;
}

static bool is_page(uint64_t entry)
{
	return (entry & PRESENT) != 0 && (entry & LARGE) != 0;
}

static phys_addr_t table_in(uint64_t entry)
{
	return (phys_addr_t){ entry & ADDRESS };
}

/* The entry at this level, 2 or 3; NULL where a larger page or nothing at all is in the way. */
static _Atomic uint64_t *entry_of(phys_addr_t phys, unsigned level)
{
	phys_addr_t table = { cr3_read() & ADDRESS }; /* every CPU's root has the same direct map */

	for (unsigned above = LEVELS; above > level; above--) {
		uint64_t entry = *entry_in(table, above, direct_virt(phys));

		if (!(entry & PRESENT) || is_page(entry))
			return NULL;
		table = table_in(entry);
	}
	return entry_in(table, level, direct_virt(phys));
}

/* A table that maps what the page of this level maps, in pages of the level below. */
static bool table_instead(uint64_t page, unsigned level, phys_addr_t *table)
{
	uint64_t bits = level == 2 ? page & ~LARGE : page;

	if (!table_take(table))
		return false;
	for (uint64_t i = 0; i < ENTRIES; i++)
		table_entries(*table)[i] = bits + i * level_bytes(level - 1);
	return true;
}

/* Every translation stays what it is, so nobody need forget the larger page. */
static bool split(_Atomic uint64_t *entry, unsigned level)
{
	phys_addr_t table;

	if (!is_page(*entry))
		return true;
	if (!table_instead(*entry, level, &table))
		return false;
	*entry = table.a | TABLE;
	return true;
}

/* The entry of the page block, with a page of 1 GiB that it may be in split; NULL: no table for that. */
static _Atomic uint64_t *block_entry(phys_addr_t phys)
{
	_Atomic uint64_t *giant = entry_of(phys, 3);

	return giant != NULL && split(giant, 3) ? entry_of(phys, 2) : NULL;
}

static bool close_block(_Atomic uint64_t *entry)
{
	phys_addr_t table = table_in(*entry);

	if (is_page(*entry)) {
		if (!table_take(&table))
			return false;
		*entry = table.a | CLOSED;
		return true;
	}
	*entry = table.a | CLOSED | WAS_SPLIT;
	for (unsigned i = 0; i < ENTRIES; i++)
		table_entries(table)[i] = 0;
	return true;
}

static bool hide_frame(_Atomic uint64_t *entry, phys_addr_t frame)
{
	if (!split(entry, 2))
		return false;
	*entry_in(table_in(*entry), 1, direct_virt(frame)) = 0;
	return true;
}

bool direct_hide(phys_addr_t first, unsigned order)
{
	lock_take(&hiding);
	_Atomic uint64_t *entry = block_entry(first);
	bool hidden = entry != NULL && (order == BLOCK_ORDER ? close_block(entry) : hide_frame(entry, first));

	if (hidden)
		shootdown_add(&pending, direct_virt(first), order == BLOCK_ORDER);
	lock_give(&hiding);
	return hidden;
}

/* No CPU knows the table any more, so whoever opens the block may give it away. */
static void forget_split(phys_addr_t block)
{
	_Atomic uint64_t *entry = entry_of(block, 2);
	uint64_t seen = *entry;

	if (!(seen & PRESENT) && (seen & WAS_SPLIT))
		atomic_compare_exchange_strong(entry, &seen, seen & ~WAS_SPLIT);
}

/*
 * After a flush of these. A block that came back and was hidden again meanwhile may have become known again meanwhile,
 * too: it waits for the flush that is to come.
 */
static void forget_splits(const struct shootdown *flushed)
{
	lock_take(&hiding);
	for (unsigned i = 0; i < flushed->count; i++) {
		uint64_t block = flushed->virt[i] & ~(BLOCK_BYTES - 1);

		if (!shootdown_may_have(&pending, block, BLOCK_BYTES))
			forget_split((phys_addr_t){ block - DIRECT_BASE });
	}
	lock_give(&hiding);
}

/* `flushing` is held until all is done: who comes meanwhile may depend on what is in the first one's list. */
void direct_flush(void)
{
	lock_take(&flushing);
	lock_take(&hiding);
	struct shootdown now = pending;

	pending = (struct shootdown){ .count = 0 };
	lock_give(&hiding);
	shootdown_run(&now);
	flushes++;
	forget_splits(&now);
	lock_give(&flushing);
}

uint64_t direct_flushes(void)
{
	return flushes;
}

static void show_frame(phys_addr_t frame)
{
	_Atomic uint64_t *entry = entry_of(frame, 2);
	uint64_t seen = *entry;

	*entry_in(table_in(seen), 1, direct_virt(frame)) = frame.a | MEMORY;
	/* When this fails, another frame's owner was faster, or forget_split() was. */
	while (!(seen & PRESENT) && !atomic_compare_exchange_strong(entry, &seen, table_in(seen).a | TABLE))
		;
}

static void show_frames(phys_addr_t first, uint64_t frames)
{
	for (uint64_t i = 0; i < frames; i++)
		show_frame((phys_addr_t){ first.a + i * LABYRINTH_PAGE_SIZE });
}

static void show_block(phys_addr_t block)
{
	_Atomic uint64_t *entry = entry_of(block, 2);
	uint64_t seen = *entry;

	if ((seen & PRESENT) || (seen & WAS_SPLIT)) {
		show_frames(block, ENTRIES);
		return;
	}
	*entry = block.a | MEMORY | LARGE;
	table_give(table_in(seen));
}

void direct_show(phys_addr_t first, unsigned order)
{
	if (order < BLOCK_ORDER) {
		show_frames(first, UINT64_C(1) << order);
		return;
	}
	for (uint64_t i = 0; i < UINT64_C(1) << (order - BLOCK_ORDER); i++)
		show_block((phys_addr_t){ first.a + i * BLOCK_BYTES });
}

bool direct_hidden(phys_addr_t frame)
{
	_Atomic uint64_t *giant = entry_of(frame, 3), *entry = entry_of(frame, 2);

	if (entry == NULL)
		return giant == NULL || !is_page(*giant);
	if (!(*entry & PRESENT))
		return true;
	return !is_page(*entry) && !(*entry_in(table_in(*entry), 1, direct_virt(frame)) & PRESENT);
}

bool direct_seal(phys_addr_t block)
{
	lock_take(&hiding);
	_Atomic uint64_t *entry = block_entry(block);
	bool sealed = entry != NULL;

	if (sealed && is_page(*entry))
		*entry &= ~WRITE;
	else if (sealed)
		for (unsigned i = 0; i < ENTRIES; i++)
			table_entries(table_in(*entry))[i] &= ~WRITE;
	if (sealed)
		shootdown_add(&pending, direct_virt(block), true);
	lock_give(&hiding);
	return sealed;
}
