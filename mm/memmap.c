/*
 * memmap.c - from the firmware's entries to whole usable frames.
 *
 * Idea    One sweep over the entries by base address keeps one run of usable bytes open. A usable entry extends it or
 *         starts the next; any other entry ends it and bars its own bytes. What lies below the current base is final,
 *         because every later entry starts there or above. Only a finished run is rounded to frames, so two usable
 *         entries that touch inside a frame give that frame.
 * Writes  The order of the map, and the caller's list of ranges.
 */
#include <labyrinth/memmap.h>

/* Bytes, the last one included: one past the end of the address space has no number. */
struct span {
	uint64_t first;
	uint64_t last;
};

struct sweep {
	struct labyrinth_ranges *usable;
	uint32_t                 type;      /* of the entries that are wanted            */
	struct labyrinth_range   reachable;
	struct span              run;       /* valid while open                          */
	bool                     open;
	uint64_t                 free_from; /* bytes below this are barred, run or final */
};

const char *labyrinth_memory_type_name(uint32_t type)
{
	switch (type) {
	case LABYRINTH_MEMORY_USABLE:     return "usable";
	case LABYRINTH_MEMORY_RESERVED:   return "reserved";
	case LABYRINTH_MEMORY_ACPI_DATA:  return "ACPI data";
	case LABYRINTH_MEMORY_ACPI_NVS:   return "ACPI NVS";
	case LABYRINTH_MEMORY_BAD:        return "bad";
	case LABYRINTH_MEMORY_PERSISTENT: return "persistent";
	default:                          return "unknown type";
	}
}

/* Moves the entry at i down, in steps of gap, to where it belongs. */
static void sink(struct labyrinth_memmap_entry *at, size_t i, size_t gap)
{
	struct labyrinth_memmap_entry entry = at[i];

	for (; i >= gap && at[i - gap].base.a > entry.base.a; i -= gap)
		at[i] = at[i - gap];
	at[i] = entry;
}

/* Shell's sort with Knuth's gaps 1, 4, 13, 40, ...: in place, O(n^1.5), little to do for a map that comes sorted. */
static void sort_by_base(struct labyrinth_memmap *map)
{
	size_t gap = 1;

	while (gap < map->count / 3)
		gap = 3 * gap + 1;
	for (; gap > 0; gap /= 3)
		for (size_t i = gap; i < map->count; i++)
			sink(map->at, i, gap);
}

static enum labyrinth_status finish_run(struct sweep *s)
{
	phys_addr_t last = { s->run.last };
	bool whole = (s->run.last & (LABYRINTH_PAGE_SIZE - 1)) == LABYRINTH_PAGE_SIZE - 1;
	struct labyrinth_range frames = {
		.begin = labyrinth_pfn_ceil((phys_addr_t){ s->run.first }),
		.end   = { labyrinth_pfn_floor(last).n + whole },
	};

	if (!s->open)
		return LABYRINTH_OK;
	s->open = false;
	return labyrinth_ranges_add(s->usable, labyrinth_range_clip(frames, s->reachable));
}

static enum labyrinth_status take_usable(struct sweep *s, struct span entry)
{
	if (entry.first < s->free_from)
		entry.first = s->free_from;
	if (entry.first > entry.last)
		return LABYRINTH_OK;
	if (s->open && (entry.first <= s->run.last || entry.first - s->run.last == 1)) {
		if (entry.last > s->run.last)
			s->run.last = entry.last;
		return LABYRINTH_OK;
	}

	enum labyrinth_status status = finish_run(s);

	s->run = entry;
	s->open = true;
	return status;
}

/* Ends the run before the entry; what of it lies behind the entry is the next run. */
static enum labyrinth_status take_other(struct sweep *s, struct span entry)
{
	uint64_t last = s->run.last;
	bool more = s->open && last > entry.last;
	/* An entry that ends with the address space leaves one byte too many free: never a frame. */
	uint64_t behind = entry.last < UINT64_MAX ? entry.last + 1 : UINT64_MAX;
	enum labyrinth_status status = LABYRINTH_OK;

	if (s->open && s->run.first < entry.first) {
		if (last >= entry.first)
			s->run.last = entry.first - 1;
		status = finish_run(s);
	}
	if (s->free_from < behind)
		s->free_from = behind;
	s->run = (struct span){ s->free_from, last };
	s->open = more;
	return status;
}

static enum labyrinth_status take(struct sweep *s, const struct labyrinth_memmap_entry *entry)
{
	uint64_t room = UINT64_MAX - entry->base.a; /* bytes behind the first, up to 2^64 */
	struct span span = { entry->base.a, UINT64_MAX };

	if (entry->bytes == 0)
		return LABYRINTH_OK;
	if (entry->bytes - 1 < room)
		span.last = entry->base.a + (entry->bytes - 1);
	return entry->type == s->type ? take_usable(s, span) : take_other(s, span);
}

/* Frames that physical addresses of that many bits reach. */
static struct labyrinth_range reachable(unsigned physical_bits)
{
	unsigned bits = physical_bits < 64 ? physical_bits : 64;
	uint64_t end = bits < LABYRINTH_PAGE_SHIFT ? 0 : UINT64_C(1) << (bits - LABYRINTH_PAGE_SHIFT);

	return (struct labyrinth_range){ .end = { end } };
}

/* The whole frames of one type of memory. */
static enum labyrinth_status collect(struct labyrinth_memmap *map, uint32_t type, unsigned physical_bits,
                                     struct labyrinth_ranges *out)
{
	struct sweep s = { .usable = out, .type = type, .reachable = reachable(physical_bits) };
	enum labyrinth_status status = LABYRINTH_OK;

	if (!map || !out)
		return LABYRINTH_NULL_POINTER;
	out->count = 0;
	sort_by_base(map);
	for (size_t i = 0; i < map->count && status == LABYRINTH_OK; i++)
		status = take(&s, &map->at[i]);
	if (status == LABYRINTH_OK)
		status = finish_run(&s);
	if (status != LABYRINTH_OK)
		out->count = 0;
	return status;
}

enum labyrinth_status labyrinth_memmap_usable(struct labyrinth_memmap *map, unsigned physical_bits,
                                              struct labyrinth_ranges *usable)
{
	enum labyrinth_status status = collect(map, LABYRINTH_MEMORY_USABLE, physical_bits, usable);

	return status == LABYRINTH_OK && usable->count == 0 ? LABYRINTH_NO_USABLE_MEMORY : status;
}

enum labyrinth_status labyrinth_memmap_reclaimable(struct labyrinth_memmap *map, unsigned physical_bits,
                                                   struct labyrinth_ranges *later)
{
	return collect(map, LABYRINTH_MEMORY_ACPI_DATA, physical_bits, later);
}
