/*
 * memmap.h - from what the firmware says to the frames that may be used.
 *
 * Idea    Start from "nothing is usable". A frame counts when usable entries cover all of its bytes and no other
 *         entry touches it. Unsorted, overlapping, duplicate, empty and wrapping entries are ordinary input.
 * Needs   The caller's arrays; any number of entries.
 */
#ifndef LABYRINTH_MEMMAP_H
#define LABYRINTH_MEMMAP_H

#include <labyrinth/range.h>

/*
 * Types as in ACPI 6.5 section 15, table 15.1 (E820), which multiboot2 shares. All but USABLE and ACPI_DATA are treated
 * alike.
 */
enum labyrinth_memory_type {
	LABYRINTH_MEMORY_USABLE      = 1,
	LABYRINTH_MEMORY_RESERVED    = 2,
	LABYRINTH_MEMORY_ACPI_DATA   = 3, /* usable once the ACPI tables are no longer needed */
	LABYRINTH_MEMORY_ACPI_NVS    = 4,
	LABYRINTH_MEMORY_BAD         = 5,
	LABYRINTH_MEMORY_PERSISTENT  = 7,
};

struct labyrinth_memmap_entry {
	phys_addr_t base;
	uint64_t    bytes; /* cut at 2^64; an entry of no bytes is ignored */
	uint32_t    type;
};

struct labyrinth_memmap {
	struct labyrinth_memmap_entry *at;
	size_t count;
	size_t capacity; /* places in at[] */
};

/* "usable", "reserved", "ACPI data", ...; "unknown type" for the rest. */
const char *labyrinth_memory_type_name(uint32_t type);

/*
 * Fills `usable` with the whole usable frames of the map, sorted and merged.
 *
 * map            sorted in place by base address; otherwise unchanged.
 * physical_bits  the CPU's physical address width (CPUID 8000_0008h EAX[7:0]); usable memory above it is left out.
 * usable         capacity of map->count + 1 is always enough.
 * Errors         LABYRINTH_NULL_POINTER; LABYRINTH_NO_USABLE_MEMORY; LABYRINTH_TOO_MANY_ENTRIES: usable->capacity;
 *                usable is then empty.
 * Cost           O(n^1.5) in the number of entries, no recursion.
 */
enum labyrinth_status labyrinth_memmap_usable(struct labyrinth_memmap *map, unsigned physical_bits,
                                              struct labyrinth_ranges *usable) LABYRINTH_MUST_USE;

/*
 * Fills `later` with the whole frames of ACPI data that no other entry touches: for `later` of the configuration
 * (init.h), and labyrinth_online() when nobody needs the tables any more. None is no error.
 *
 * Otherwise as labyrinth_memmap_usable().
 */
enum labyrinth_status labyrinth_memmap_reclaimable(struct labyrinth_memmap *map, unsigned physical_bits,
                                                   struct labyrinth_ranges *later) LABYRINTH_MUST_USE;

#endif
