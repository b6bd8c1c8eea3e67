/*
 * memory.c - from the fuzzer's bytes to a firmware map, a configuration and an instance.
 *
 * Idea    Entries lie around the borders of zones, of page blocks and of what firmware likes to keep: ragged, empty,
 *         overlapping, huge, past the end. What the map comes to is judged frame by frame at every edge. Where no
 *         instance can be made of all that, it must be refused as a whole; then one is made that suits the memory.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define ENTRIES     8u
#define MOST_FRAMES (UINT64_C(1) << 20)
#define BITS        36u /* of physical addresses: the host's memory */

static struct labyrinth_memmap_entry entry[ENTRIES];
static struct labyrinth_range        now_at[ENTRIES + 4], later_at[ENTRIES + 1];

/* ---- The map. */

static uint64_t some_base(void)
{
	static const uint64_t anchor[] = { 0, 0x9f000, 0x100000, 0x1000000, 0x40000000, 0x100000000, 0x140000000,
		                           0x200000000, 0xfffff0000, UINT64_MAX - 0x200000 };
	uint64_t at = anchor[below(10)] + (below(1024) << 12);

	if (one_in(4))
		at -= below(0x600) << 12;
	return one_in(8) ? at + below(4096) : at & ~UINT64_C(0xfff);
}

static uint64_t some_length(void)
{
	switch (below(16)) {
	case 0:  return below(0x4000); /* bytes */
	case 1:
	case 2:  return below(64) << 12;
	case 3:  return below(64) << 21;
	case 4:  return one_in(4) ? below(3) << 30 : below(0x4000) << 12;
	default: return below(4 * 512) << 12;
	}
}

static uint32_t some_type(void)
{
	static const uint32_t type[] = { LABYRINTH_MEMORY_USABLE, LABYRINTH_MEMORY_USABLE, LABYRINTH_MEMORY_USABLE,
		                         LABYRINTH_MEMORY_USABLE, LABYRINTH_MEMORY_ACPI_DATA,
		                         LABYRINTH_MEMORY_ACPI_DATA, LABYRINTH_MEMORY_RESERVED };
	uint64_t i = below(8);

	return i < 7 ? type[i] : (uint32_t)below(256);
}

static uint64_t end_of(const struct labyrinth_memmap_entry *e)
{
	return e->bytes > UINT64_MAX - e->base.a ? UINT64_MAX : e->base.a + e->bytes;
}

/* Does an entry of any other type have a byte of these? */
static bool touched_by_others(uint64_t begin, uint64_t end, uint32_t type, size_t entries)
{
	for (const struct labyrinth_memmap_entry *e = entry; e < entry + entries; e++)
		if (e->type != type && e->bytes > 0 && e->base.a < end && end_of(e) > begin)
			return true;
	return false;
}

/* Frame by frame: do entries of this type cover all of it, and no others anything? */
static bool frame_is(uint64_t pfn, uint32_t type, size_t entries)
{
	uint64_t begin = pfn << LABYRINTH_PAGE_SHIFT, end = begin + LABYRINTH_PAGE_SIZE, at = begin, last;

	if (pfn >= UINT64_C(1) << (BITS - LABYRINTH_PAGE_SHIFT) || touched_by_others(begin, end, type, entries))
		return false;
	do {
		last = at;
		for (const struct labyrinth_memmap_entry *e = entry; e < entry + entries; e++)
			if (e->type == type && e->base.a <= at && end_of(e) > at)
				at = end_of(e);
	} while (at < end && at > last);
	return at >= end;
}

static bool listed(const struct labyrinth_ranges *ranges, uint64_t pfn)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (pfn >= ranges->at[i].begin.n && pfn < ranges->at[i].end.n)
			return true;
	return false;
}

static void judge_around(const struct labyrinth_ranges *ranges, uint64_t pfn, uint32_t type, size_t entries)
{
	for (uint64_t n = pfn < 2 ? 0 : pfn - 2; n < pfn + 3; n++)
		must(listed(ranges, n) == frame_is(n, type, entries), "a frame of the map is not what it should be", n);
}

static void judge_map(const struct labyrinth_ranges *ranges, uint32_t type, size_t entries)
{
	must(labyrinth_ranges_valid(ranges), "a map comes to a list that is none", ranges->count);
	for (size_t i = 0; i < entries; i++) {
		judge_around(ranges, entry[i].base.a >> LABYRINTH_PAGE_SHIFT, type, entries);
		judge_around(ranges, end_of(&entry[i]) >> LABYRINTH_PAGE_SHIFT, type, entries);
	}
}

static bool read_map(struct labyrinth_ranges *now, struct labyrinth_ranges *later)
{
	size_t entries = 1 + below(ENTRIES);
	struct labyrinth_memmap map = { entry, entries, ENTRIES };
	enum labyrinth_status status;

	for (size_t i = 0; i < entries; i++)
		entry[i] = (struct labyrinth_memmap_entry){ { some_base() }, some_length(), some_type() };
	boot_through(entry, entries);
	status = labyrinth_memmap_usable(&map, BITS, now);
	must((status == LABYRINTH_OK) == (now->count > 0), "a map without memory is none", status);
	judge_map(now, LABYRINTH_MEMORY_USABLE, entries);
	status = labyrinth_memmap_reclaimable(&map, BITS, later);
	must(status == LABYRINTH_OK, "what may come later is refused", status);
	judge_map(later, LABYRINTH_MEMORY_ACPI_DATA, entries);
	return now->count > 0;
}

/* As a kernel takes its own memory out. */
static void carve(struct labyrinth_ranges *ranges)
{
	uint64_t frames = below(64), align = one_in(8) ? below(16) : UINT64_C(1) << below(10);
	uint64_t before = labyrinth_ranges_frames(ranges);
	struct labyrinth_range within = { { below(1 << 24) }, { below(1 << 24) } }, out;
	enum labyrinth_status status = labyrinth_ranges_carve(ranges, frames, align, within, &out);

	must(labyrinth_ranges_valid(ranges), "a list is none any more", status);
	if (status != LABYRINTH_OK) {
		must(labyrinth_ranges_frames(ranges) == before, "a refusal has changed a list", status);
		return;
	}
	must(labyrinth_ranges_frames(ranges) == before - frames && out.end.n - out.begin.n == frames
	     && out.begin.n >= within.begin.n && out.end.n <= within.end.n && out.begin.n % align == 0
	     && !listed(ranges, out.begin.n) && !listed(ranges, out.end.n - 1), "what was carved does not lie right",
	     out.begin.n);
}

/* ---- The configuration. */

static void debug_aids(struct labyrinth_debug_config *d)
{
	if (!one_in(4))
		return;
	d->aids = (uint32_t)below(32);
	d->quarantine = (uint32_t)below(40);
	d->report = hidden_report;
	d->hide = hidden_guard;
	d->show = hidden_unguard;
}

static struct labyrinth_config some_config(uint64_t frames)
{
	static const uint32_t magazines[] = { 0, 0, 8, 9, 16, 33, 128, 1024 };
	uint64_t most = frames / 2 < 700 ? frames / 2 : 700;
	struct labyrinth_config c = {
		.owners = 1 + (uint32_t)below(OWNERS + 1), .cpus = 1 + (uint32_t)below(CPUS),
		.magazine = magazines[below(8)], .shelf = (uint32_t)below(8),
		.vault_frames = below(4) * most / 8, .reserve_frames = below(4) * most / 8,
		.shrinkers = (uint32_t)below(HELPERS + 1),
	};

	if (one_in(2))
		c.vault_share = (uint32_t)below(120);
	if (one_in(2))
		c.reserve_share = (uint32_t)below(120);
	if (one_in(2))
		c.kick_frames = below(c.vault_frames + 1);
	if (one_in(2)) {
		c.low_shift = 1 + (uint32_t)below(8);
		c.high_shift = 1 + (uint32_t)below(c.low_shift);
	}
	if (one_in(2))
		c.protect_shift = (uint32_t)below(8);
	if (one_in(8))
		c.shelf = LABYRINTH_SHELF_SUITS;
	if (one_in(16))
		c.magazine = (uint32_t)below(2048);
	if (one_in(32))
		c.cpus = (uint32_t)below(8192);
	debug_aids(&c.debug);
	moments_hooks(&c.hooks);
	c.sleep_ticks = c.hooks.sleep != NULL ? 1 + below(8) : 0;
	return c;
}

/* ---- The instance. */

static void add_areas(const struct labyrinth_ranges *ranges, bool later)
{
	for (size_t i = 0; i < ranges->count; i++) {
		struct area a = { ranges->at[i].begin.n, ranges->at[i].end.n, fuzz.frames, later };

		must(fuzz.areas < AREAS, "more areas than entries", fuzz.areas);
		fuzz.area[fuzz.areas++] = a;
		fuzz.frames += a.end - a.begin;
	}
}

static enum labyrinth_status try_init(const struct labyrinth_ranges *now)
{
	enum labyrinth_status status = labyrinth_metadata_bytes(now, &fuzz.config, &fuzz.bytes);
	size_t whole = (fuzz.bytes + LABYRINTH_PAGE_SIZE - 1) & ~(size_t)(LABYRINTH_PAGE_SIZE - 1);

	if (status != LABYRINTH_OK)
		return status;
	fuzz.metadata = aligned_alloc(LABYRINTH_PAGE_SIZE, whole);
	must(fuzz.metadata != NULL, "the host has no memory for metadata", fuzz.bytes);
	memset(fuzz.metadata, 0xa5, whole < 1 << 20 ? whole : 1 << 20);
	__asan_poison_memory_region((uint8_t *)fuzz.metadata + fuzz.bytes, whole - fuzz.bytes);
	status = labyrinth_init(&fuzz.lab, fuzz.metadata, fuzz.bytes - 1, now, &fuzz.config);
	must(status == LABYRINTH_METADATA_TOO_SMALL && fuzz.lab == NULL, "too little metadata is taken", status);
	status = labyrinth_init(&fuzz.lab, fuzz.metadata, fuzz.bytes, now, &fuzz.config);
	must(status == LABYRINTH_OK, "what needs so much metadata is refused", status);
	return status;
}

/* A list that is none is refused, whatever is wrong with it. */
static void refuse_bad_lists(const struct labyrinth_ranges *now)
{
	struct labyrinth_range at[2] = { now->at[0], now->at[now->count - 1] };
	struct labyrinth_ranges bad = { at, 2, 2 };
	size_t bytes;

	at[1].begin.n = at[0].begin.n + below(labyrinth_range_frames(at[0]) + 1);
	must(labyrinth_metadata_bytes(&bad, &fuzz.config, &bytes) == LABYRINTH_BAD_RANGES, "a bad list is accepted", 0);
}

bool memory_bring_up(void)
{
	struct labyrinth_ranges now = { now_at, 0, ENTRIES + 4 }, later = { later_at, 0, ENTRIES + 1 };

	if (!read_map(&now, &later))
		return false;
	while (one_in(4))
		carve(&now);
	if (now.count == 0 || labyrinth_ranges_frames(&now) + labyrinth_ranges_frames(&later) > MOST_FRAMES)
		return false;
	refuse_bad_lists(&now);
	add_areas(&now, false);
	add_areas(&later, true);
	fuzz.frame = calloc(fuzz.frames, sizeof(*fuzz.frame));
	must(fuzz.frame != NULL, "the host has no memory for the books", fuzz.frames);
	for (unsigned a = 0; a < now.count; a++)
		for (uint64_t i = 0; i < fuzz.area[a].end - fuzz.area[a].begin; i++)
			fuzz.frame[fuzz.area[a].first + i].there = true;
	fuzz.config = some_config(labyrinth_ranges_frames(&now));
	fuzz.config.later = one_in(4) ? NULL : &later;
	if (fuzz.config.later == NULL)
		fuzz.areas = (unsigned)now.count;
	if (try_init(&now) != LABYRINTH_OK) {
		fuzz.config = labyrinth_config_for(&now);
		fuzz.areas = (unsigned)now.count;
		must(try_init(&now) == LABYRINTH_OK, "a configuration that suits the memory is refused", now.count);
	}
	fuzz.cpus = fuzz.config.cpus < 1 ? 1 : fuzz.config.cpus < CPUS ? fuzz.config.cpus : CPUS;
	return true;
}

void memory_end(void)
{
	size_t whole = (fuzz.bytes + LABYRINTH_PAGE_SIZE - 1) & ~(size_t)(LABYRINTH_PAGE_SIZE - 1);

	if (fuzz.metadata != NULL)
		__asan_unpoison_memory_region((uint8_t *)fuzz.metadata + fuzz.bytes, whole - fuzz.bytes);
	free(fuzz.metadata);
	free(fuzz.frame);
}
