/*
 * address_space.c - lists what is mapped where, and has paging.c count and build it.
 *
 * Idea    One numbered list of mappings, walked twice: to count the tables, then to fill them.
 * Needs   The boot tables; the frames for the final ones lie below TABLES_REACH, so that they can be written before the
 *         switch.
 */
#include "address_space.h"
#include "cpus.h"
#include "image.h"
#include "panic.h"
#include "view/print.h"
#include "x86/stack.h"
#include "x86/table_pool.h"
#include "x86/window.h"

#define PAGE_BLOCK_FRAMES 512u /* 2 MiB: what one table of the lowest level maps */

static struct mapping between(const uint8_t *begin, const uint8_t *end, enum map_kind kind)
{
	return (struct mapping){ (uintptr_t)begin, image_phys(begin), (uint64_t)(end - begin), kind };
}

static struct mapping of_range(struct labyrinth_range range)
{
	phys_addr_t base = labyrinth_pfn_phys(range.begin);
	uint64_t bytes = labyrinth_range_frames(range) * LABYRINTH_PAGE_SIZE;

	return (struct mapping){ DIRECT_BASE + base.a, base, bytes, MAP_DATA };
}

static struct mapping of_device(phys_addr_t page)
{
	return (struct mapping){ DEVICE_BASE + page.a, page, LABYRINTH_PAGE_SIZE, MAP_DEVICE };
}

static struct mapping of_pci(const struct device_pages *devices)
{
	return (struct mapping){ DEVICE_BASE + devices->pci.base.a, devices->pci.base, devices->pci.bytes, MAP_DEVICE };
}

/* The i-th stack of the CPUs that do not boot. */
static struct mapping of_stack(const struct memory *memory, size_t i)
{
	phys_addr_t at = { memory->stacks.a + i * STACK_BYTES };

	return (struct mapping){ (uintptr_t)AP_STACKS[i].bytes, at, STACK_BYTES, MAP_DATA };
}

#define IMAGE_MAPPINGS (4u + STACKS)

/* The kernel image in ascending order; the stacks, between .data and .bss, without their guard pages. */
static bool image_mapping(size_t i, struct mapping *out)
{
	const uint8_t *stacks_end = (const uint8_t *)&stacks[STACKS];

	if (i == 0)
		*out = between(text_begin, text_end, MAP_TEXT);
	else if (i == 1)
		*out = between(rodata_begin, rodata_end, MAP_RODATA);
	else if (i == 2)
		*out = between(data_begin, stacks[0].guard, MAP_DATA);
	else if (i < 3 + STACKS)
		*out = between(stacks[i - 3].bytes, stacks[i - 3].bytes + STACK_BYTES, MAP_DATA);
	else if (i == 3 + STACKS)
		*out = between(stacks_end, data_end, MAP_DATA);
	else
		return false;
	return true;
}

/* What is mapped where. */
struct view {
	const struct memory       *memory;
	const struct display      *display;
	const struct device_pages *devices;
};

/* The i-th mapping of all; false after the last. One of no bytes is nothing to map. */
static bool nth(const struct view *view, size_t i, struct mapping *out)
{
	size_t ranges = view->memory->direct.count, devices = view->devices->count;

	if (i < ranges)
		*out = of_range(view->memory->direct.at[i]);
	else if (i == ranges)
		*out = display_mapping(view->display);
	else if (i < ranges + 1 + devices)
		*out = of_device(view->devices->page[i - ranges - 1]);
	else if (i == ranges + 1 + devices)
		*out = of_pci(view->devices);
	else if (!image_mapping(i - ranges - 2 - devices, out)) {
		i -= ranges + 2 + devices + IMAGE_MAPPINGS;
		if (i >= view->memory->stack_count)
			return false;
		*out = of_stack(view->memory, i);
	}
	return true;
}

/*
 * What comes on top of the tables for the mappings listed: two borders of the tables' own frames in the direct map, at
 * most two tables each; five for the same frames at TABLES_BASE; four for the windows of each CPU (window.h); three for
 * the stacks of threads (thread.c); and one for every page block that may have to be seen frame by frame, until more
 * are asked for: isolate.c.
 */
#define TABLES_EXTRA      28u
#define TABLES_EACH_CPU   4u
#define MOST_SPLIT_BLOCKS 256u

static uint64_t count_tables(const struct view *view)
{
	struct table_count count = { .tables = 1 }; /* the root */
	uint64_t blocks = labyrinth_ranges_frames(&view->memory->direct) / PAGE_BLOCK_FRAMES + 1;
	struct mapping mapping;

	for (size_t i = 0; nth(view, i, &mapping); i++)
		table_count_add(&count, &mapping);
	if (blocks > MOST_SPLIT_BLOCKS)
		blocks = MOST_SPLIT_BLOCKS;
	return count.tables + TABLES_EXTRA + cpus_found() * TABLES_EACH_CPU + blocks;
}

/* Once to read, where all memory is, and once to write. */
static void map_tables(struct tables *tables, phys_addr_t first, uint64_t frames)
{
	uint64_t bytes = frames * LABYRINTH_PAGE_SIZE;

	tables_map(tables, &(struct mapping){ DIRECT_BASE + first.a, first, bytes, MAP_RODATA });
	tables_map(tables, &(struct mapping){ TABLES_BASE + first.a, first, bytes, MAP_DATA });
}

void address_space_build(struct memory *memory, const struct display *display, const struct device_pages *devices)
{
	struct view view = { memory, display, devices };
	struct mapping mapping;
	struct tables tables;
	phys_addr_t first;

	memory->tables = count_tables(&view);
	first = memory_take(memory, memory->tables, (phys_addr_t){ TABLES_REACH }, "page tables");
	memory_leave_out(memory, first, memory->tables);
	tables = tables_new(first, memory->tables);
	for (size_t i = 0; nth(&view, i, &mapping); i++)
		tables_map(&tables, &mapping);
	map_tables(&tables, first, memory->tables);
	tables_activate(&tables);
	table_pool_add(tables.spare, tables.spare_frames);
	if (address_space_for_cpu(0).a == 0)
		panic("page tables: none for the windows of the first CPU");
	kprintf("page tables: %lu frames, read-only in the direct map; %lu spare\n", memory->tables,
	        tables.spare_frames);
}

void address_space_map_device(phys_addr_t base, uint64_t bytes)
{
	struct tables live = tables_live((phys_addr_t){ 0 }, 0);

	tables_map(&live, &(struct mapping){ DEVICE_BASE + base.a, base, bytes, MAP_DEVICE });
}
