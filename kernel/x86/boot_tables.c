/*
 * boot_tables.c - the boot tables grow by what is asked for beyond their first 4 GiB.
 *
 * Idea    Pages of 2 MiB at their places in the direct map. The tables for them are part of the image, and few: whoever
 *         is led all over memory by what firmware wrote is not led there for ever.
 * Writes  The boot tables, and the frames that they grow by.
 */
#include "x86/boot_tables.h"
#include "x86/paging.h"

#define PAGE_BYTES  (UINT64_C(2) << 20)
#define MOST_PAGES  16u
#define TABLES_EACH 2u /* below the root, for a page that is far from all others */
#define TABLES      8u

static uint8_t frames[TABLES][LABYRINTH_PAGE_SIZE] __attribute__((aligned(LABYRINTH_PAGE_SIZE)));

static struct tables tables;
static uint64_t shown[MOST_PAGES];
static unsigned count;

static bool is_shown(uint64_t page)
{
	for (unsigned i = 0; i < count; i++)
		if (shown[i] == page)
			return true;
	return page < BOOT_REACH;
}

static bool show_page(uint64_t page)
{
	if (is_shown(page))
		return true;
	if (tables.root.a == 0)
		tables = tables_live(image_phys(frames), TABLES);
	if (count == MOST_PAGES || tables.spare_frames < TABLES_EACH)
		return false;
	tables_map(&tables, &(struct mapping){ DIRECT_BASE + page, { page }, PAGE_BYTES, MAP_DATA });
	shown[count++] = page;
	return true;
}

bool boot_tables_show(phys_addr_t at, uint64_t bytes)
{
	uint64_t end = UINT64_C(1) << direct_bits();

	if (at.a >= end || bytes > end - at.a)
		return false;
	for (uint64_t page = at.a & ~(PAGE_BYTES - 1); page < at.a + bytes; page += PAGE_BYTES)
		if (!show_page(page))
			return false;
	return true;
}
