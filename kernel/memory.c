/*
 * memory.c - finds memory, takes from it what the boot needs, hands over the rest.
 *
 * Writes  The lists of one struct memory, in storage of its own: there is one.
 */
#include <labyrinth/from_multiboot2.h>
#include <labyrinth/init.h>
#include <labyrinth/online.h>

#include "cmdline.h"
#include "hooks.h"
#include "image.h"
#include "memory.h"
#include "memory_report.h"
#include "net/demo.h"
#include "panic.h"
#include "view/print.h"
#include "x86/cpu.h"
#include "x86/mem.h"
#include "x86/paging.h"

#define MOST_ENTRIES 4096u
#define MOST_RANGES  (MOST_ENTRIES + 256u) /* each thing taken out may cut one range in two */

/* A machine of 32 MiB, of which the firmware keeps less than 1 MiB for itself. */
#define LEAST_MIB       32u
#define LEAST_USABLE    ((LEAST_MIB - 1) * (UINT64_C(1) << 20) / LABYRINTH_PAGE_SIZE)

static struct labyrinth_memmap_entry entries[MOST_ENTRIES];
static struct labyrinth_range direct_ranges[MOST_RANGES], free_ranges[MOST_RANGES], later_ranges[MOST_RANGES];

static void must(enum labyrinth_status status, const char *what)
{
	if (status != LABYRINTH_OK)
		refuse("%s: %s (%s)", what, labyrinth_status_text(status), labyrinth_status_name(status));
}

static void read_map(struct labyrinth_memmap *map, const struct boot_info *boot)
{
	enum labyrinth_status status = labyrinth_from_multiboot2(boot->at, boot->bytes, map);

	if (status == LABYRINTH_TOO_MANY_ENTRIES)
		refuse("the firmware's memory map has more than %u entries; raise MOST_ENTRIES in kernel/memory.c",
		       MOST_ENTRIES);
	must(status, "the firmware's memory map");
}

static void require_enough(uint64_t usable)
{
	if (usable < LEAST_USABLE)
		refuse("Labyrinth needs %u MiB of memory; the firmware map shows %lu KiB usable; add memory", LEAST_MIB,
		       usable * LABYRINTH_PAGE_SIZE / 1024);
}

static void leave_out(struct labyrinth_ranges *ranges, phys_addr_t base, uint64_t bytes, const char *what)
{
	must(labyrinth_ranges_remove(ranges, labyrinth_range_touched(base, bytes)), what);
}

static void leave_out_modules(struct labyrinth_ranges *ranges, const struct boot_info *boot)
{
	struct labyrinth_multiboot2_cursor cursor = { 0 };
	struct module module;

	while (boot_info_next_module(boot, &cursor, &module))
		leave_out(ranges, module.base, module.bytes, "leaving out a boot module");
}

static void copy_list(struct labyrinth_ranges *to, const struct labyrinth_ranges *from)
{
	memcpy(to->at, from->at, from->count * sizeof(from->at[0]));
	to->count = from->count;
}

/* Firmware tables that we do not read. They are seen where all memory is seen, as soon as they are ours. */
static void find_later(struct memory *memory, struct labyrinth_memmap *map, const struct boot_info *boot,
                       const struct display *display)
{
	must(labyrinth_memmap_reclaimable(map, direct_bits(), &memory->later), "the firmware's ACPI tables");
	leave_out(&memory->later, (phys_addr_t){ 0 }, LABYRINTH_PAGE_SIZE, "leaving out frame 0");
	leave_out(&memory->later, display->base, display->bytes, "leaving out the screen");
	leave_out_modules(&memory->later, boot);
	for (size_t i = 0; i < memory->later.count; i++)
		must(labyrinth_ranges_add(&memory->direct, memory->later.at[i]), "the firmware's ACPI tables");
}

void memory_find(struct memory *memory, const struct boot_info *boot, const struct display *display)
{
	struct labyrinth_memmap map = { entries, 0, MOST_ENTRIES };
	phys_addr_t image = { (uintptr_t)image_begin };

	*memory = (struct memory){
		.direct = { direct_ranges, 0, MOST_RANGES },
		.free = { free_ranges, 0, MOST_RANGES },
		.later = { later_ranges, 0, MOST_RANGES },
	};
	read_map(&map, boot);
	report_map(&map);
	must(labyrinth_memmap_usable(&map, direct_bits(), &memory->direct), "the firmware's memory map");
	report_usable(&memory->direct);
	memory->usable = labyrinth_ranges_frames(&memory->direct);
	require_enough(memory->usable);

	leave_out(&memory->direct, image, (uint64_t)(image_end - image_begin), "leaving out the kernel");
	leave_out(&memory->direct, display->base, display->bytes, "leaving out the screen");
	copy_list(&memory->free, &memory->direct);
	leave_out(&memory->free, (phys_addr_t){ 0 }, LABYRINTH_PAGE_SIZE, "leaving out frame 0");
	leave_out_modules(&memory->free, boot);
	memory->loaded = labyrinth_ranges_frames(&memory->direct) - labyrinth_ranges_frames(&memory->free);
	find_later(memory, &map, boot, display);
}

phys_addr_t memory_take(struct memory *memory, uint64_t frames, phys_addr_t limit, const char *what_for)
{
	struct labyrinth_range out, below = { { 0 }, labyrinth_pfn_floor(limit) };

	must(labyrinth_ranges_carve(&memory->free, frames, 1, below, &out), what_for);
	return labyrinth_pfn_phys(out.begin);
}

void memory_leave_out(struct memory *memory, phys_addr_t first, uint64_t frames)
{
	leave_out(&memory->direct, first, frames * LABYRINTH_PAGE_SIZE, "leaving out what was taken");
}

/* SIPI names a page below 1 MiB, and not one of the video memory from 640 KiB on: SDM vol. 3 section 8.4.4.1. */
const char *memory_take_for_cpus(struct memory *memory, uint32_t cpus)
{
	struct labyrinth_range all = { { 0 }, { UINT64_C(1) << (DIRECT_BITS - LABYRINTH_PAGE_SHIFT) } };
	struct labyrinth_range low = { { 0 }, { 0xa0000 / LABYRINTH_PAGE_SIZE } }, start, stacks_at;
	uint64_t count = (uint64_t)(cpus - 1) * STACKS, frames = frames_for(count * STACK_BYTES);

	if (cpus == 1)
		return NULL;
	if (labyrinth_ranges_carve(&memory->free, 1, 1, low, &start) != LABYRINTH_OK)
		return "no memory below 640 KiB, where the others would start";
	if (labyrinth_ranges_carve(&memory->free, frames, 1, all, &stacks_at) != LABYRINTH_OK) {
		must(labyrinth_ranges_add(&memory->free, start), "giving back the place where CPUs start");
		return "no memory for the stacks of the others";
	}
	memory->trampoline = labyrinth_pfn_phys(start.begin);
	memory->stacks = labyrinth_pfn_phys(stacks_at.begin);
	memory->stack_count = count;
	return NULL;
}

/* The demonstration's guarantees must be covered on the smallest machine, too. */
static struct labyrinth_config configure(const struct labyrinth_ranges *ranges, uint32_t cpus)
{
	struct labyrinth_config config = labyrinth_config_for(ranges);

	if (config.vault_frames < DEMO_VAULT_FRAMES)
		config.vault_frames = DEMO_VAULT_FRAMES;
	config.cpus = cpus;
	config.hooks = kernel_hooks();
	config.sleep_ticks = SLEEP_MOST_US;
	return config;
}

static uint64_t metadata_frames(const struct memory *memory, const struct labyrinth_config *config)
{
	size_t bytes;

	must(labyrinth_metadata_bytes(&memory->free, config, &bytes), "the allocator's metadata");
	return frames_for(bytes);
}

/* As many frames as are needed; or one less, so that one can see what comes of that. */
static uint64_t first_try(const struct memory *memory, const struct labyrinth_config *config)
{
	return metadata_frames(memory, config) - memory_falls_short();
}

bool memory_falls_short(void)
{
	const char *fault = cmdline_value("fault");

	return fault != NULL && word_is(fault, "metadata");
}

/* What is taken may open a gap, and what is left then need a little more: init.h. */
static void *take_metadata(struct memory *memory, const struct labyrinth_config *config)
{
	phys_addr_t end = { UINT64_C(1) << DIRECT_BITS }, place;
	uint64_t bytes;

	for (memory->metadata = first_try(memory, config);; memory->metadata++) {
		place = memory_take(memory, memory->metadata, end, "the allocator's metadata");
		if (metadata_frames(memory, config) <= memory->metadata)
			return phys_virt(place);
		kprintf("memory: the metadata do not fit into %lu frames; once more, with one more\n",
		        memory->metadata);
		bytes = memory->metadata * LABYRINTH_PAGE_SIZE;
		must(labyrinth_ranges_add(&memory->free, labyrinth_range_touched(place, bytes)), "giving back");
	}
}

struct labyrinth *memory_hand_over(struct memory *memory, uint32_t cpus)
{
	struct labyrinth_config config = configure(&memory->free, cpus);
	struct labyrinth *lab;
	void *place;

	config.later = &memory->later;
	place = take_metadata(memory, &config);
	memory->cycles = cpu_tsc();
	must(labyrinth_init(&lab, place, memory->metadata * LABYRINTH_PAGE_SIZE, &memory->free, &config),
	     "the allocator");
	memory->cycles = cpu_tsc() - memory->cycles;
	return lab;
}

void memory_reclaim(const struct memory *memory, struct labyrinth *lab)
{
	for (size_t i = 0; i < memory->later.count; i++)
		must(labyrinth_online(lab, memory->later.at[i]), "memory that only the boot needed");
	report_reclaimed(labyrinth_ranges_frames(&memory->later));
}
