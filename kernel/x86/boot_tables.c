/*
 * boot_tables.c - the boot tables grow by what is asked for beyond their first 4 GiB.
 *
 * Idea    Pages of 2 MiB at their places in the direct map. The tables for them are part of the image, and few: whoever
 *         is led all over memory by what firmware wrote is not led there for ever.
 * Writes  The boot tables, and the frames that they grow by.
 */
#include "x86/boot_tables.h"
#include "x86/page_entry.h"

#define PAGE_BYTES  (UINT64_C(2) << 20)
#define TABLES_EACH 2u /* below the root, for a page that is far from all others */
#define TABLES      8u

static uint8_t frames[TABLES][LABYRINTH_PAGE_SIZE] __attribute__((aligned(LABYRINTH_PAGE_SIZE)));

static struct tables tables;

/* The entry of a page of 2 MiB, or the absent one on the way to it. */
static uint64_t entry_of(uint64_t page)
{
	phys_addr_t table = tables.root;
	uint64_t entry = 0;

	for (unsigned level = LEVELS; level >= 2; level--) {
		entry = *entry_in(table, level, DIRECT_BASE + page);
		if (!(entry & PRESENT) || (entry & LARGE))
			break;
		table.a = entry & ADDRESS;
	}
	return entry;
}

/* The screen may be there already, in smaller pages: that is no memory. */
static bool show_page(uint64_t page)
{
	uint64_t entry = entry_of(page);

	if (entry != 0)
		return (entry & LARGE) != 0;
	if (tables.spare_frames < TABLES_EACH)
		return false;
	tables_map(&tables, &(struct mapping){ DIRECT_BASE + page, { page }, PAGE_BYTES, MAP_DATA });
	return true;
}

bool boot_tables_show(phys_addr_t at, uint64_t bytes)
{
	uint64_t end = UINT64_C(1) << direct_bits();

	if (at.a >= end || bytes > end - at.a)
		return false;
	if (tables.root.a == 0)
		tables = tables_live(image_phys(frames), TABLES);
	for (uint64_t page = at.a & ~(PAGE_BYTES - 1); page < at.a + bytes; page += PAGE_BYTES)
		if (!show_page(page))
			return false;
	return true;
}
