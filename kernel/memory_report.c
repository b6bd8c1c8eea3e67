/*
 * memory_report.c - prints maps and accounts in short lines.
 */
#include "image.h"
#include "memory_report.h"
#include "view/print.h"

/* Six characters and a unit, rounded down: the largest unit that leaves at least two digits, so that little is lost. */
static void print_size(uint64_t bytes)
{
	static const char *const units[] = { "B  ", "KiB", "MiB", "GiB", "TiB", "PiB" };
	unsigned unit = 0;

	for (; bytes >= 10240 && unit < 5; unit++)
		bytes /= 1024;
	kprintf("%6lu %s", bytes, units[unit]);
}

/* First and last byte: an end of 2^64 could not be printed. */
static void print_bytes_range(uint64_t first, uint64_t bytes)
{
	uint64_t last = bytes - 1 > UINT64_MAX - first ? UINT64_MAX : first + (bytes - 1);

	kprintf("%012lx-%012lx ", first, last);
	print_size(bytes);
}

void report_map(const struct labyrinth_memmap *map)
{
	kprintf("firmware memory map as given: %zu entries\n", map->count);
	for (size_t i = 0; i < map->count; i++) {
		const struct labyrinth_memmap_entry *e = &map->at[i];

		kprintf("%4zu  ", i);
		if (e->bytes > 0)
			print_bytes_range(e->base.a, e->bytes);
		else
			kprintf("%012lx, no bytes", e->base.a);
		kprintf("  %s (%u)\n", labyrinth_memory_type_name(e->type), e->type);
	}
}

void report_usable(const struct labyrinth_ranges *usable)
{
	kprintf("as used: whole frames in %zu ranges\n", usable->count);
	for (size_t i = 0; i < usable->count; i++) {
		kprintf("%4zu  ", i);
		print_bytes_range(labyrinth_pfn_phys(usable->at[i].begin).a,
		                  labyrinth_range_frames(usable->at[i]) * LABYRINTH_PAGE_SIZE);
		kprintf("\n");
	}
}

static void print_frames(const char *what, uint64_t frames)
{
	kprintf("  %-22s %10lu frames ", what, frames);
	print_size(frames * LABYRINTH_PAGE_SIZE);
	kprintf("\n");
}

static void print_zone(enum labyrinth_zone zone, const struct labyrinth_zone_stats *stats)
{
	if (stats->frames == 0)
		return;
	kprintf("  %-6s %9lu free; blocks:", labyrinth_zone_name(zone), stats->free);
	for (unsigned order = 0; order <= LABYRINTH_MAX_ORDER; order++)
		kprintf(" %lu", stats->free_blocks[order]);
	kprintf("\n");
}

static void print_metadata(const struct labyrinth_stats *stats, uint64_t frames)
{
	uint64_t hundredths = frames * LABYRINTH_PAGE_SIZE * 100 / stats->usable;

	print_frames("metadata", frames);
	kprintf("  metadata, bytes a frame %6lu.%02lu\n", hundredths / 100, hundredths % 100);
}

void report_memory(const struct memory *memory, const struct labyrinth *lab)
{
	struct labyrinth_stats stats;

	labyrinth_stats(lab, &stats);
	kprintf("where memory went\n");
	print_frames("usable", memory->usable);
	print_frames("kernel", (uint64_t)(image_end - image_begin) / LABYRINTH_PAGE_SIZE);
	print_frames("page tables", memory->tables);
	if (memory->stack_count > 0)
		print_frames("starts of other CPUs", memory_stack_frames(memory) + 1);
	print_frames("frame 0 and modules", memory->loaded);
	print_metadata(&stats, memory->metadata);
	print_frames("reserve", stats.reserve);
	print_frames("vault", stats.vault);
	print_frames("free", stats.free);
	kprintf("free by zone, and blocks of 2^0 to 2^%d frames\n", LABYRINTH_MAX_ORDER);
	for (unsigned zone = 0; zone < LABYRINTH_ZONES; zone++)
		print_zone((enum labyrinth_zone)zone, &stats.zone[zone]);
}

void report_reclaimed(uint64_t frames)
{
	kprintf("the boot is over: %lu frames more, of ACPI tables\n", frames);
}
