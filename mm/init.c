/*
 * init.c - bring-up: lay the structures out in the caller's memory, then hand every usable frame to its zone.
 *
 * Idea    A plan says how many page blocks there are in each zone and where each array lies; the size and the building
 *         follow the same plan. A page block that is usable as a whole costs a note and a bit; its words wait until
 *         somebody uses it.
 */
#include <labyrinth/init.h>

#include "inject.h"
#include "magazine.h"
#include "owner.h"
#include "policy.h"
#include "shred.h"
#include "vault.h"

/* Physical addresses end at 2^52 (Intel SDM vol. 3 section 4.1.4, AMD APM vol. 2 section 5.1). */
#define MAX_PFN (UINT64_C(1) << 40)

#define MIN_ASIDE 64u
#define MAX_ASIDE 16384u

/* On less than 4 MiB, frames that wait in magazines would be missed. */
#define SMALL_FRAMES     1024u
#define MAGAZINE_DEFAULT 128u

struct plan {
	uint64_t frames;
	uint64_t sections;
	uint32_t blocks;
	uint32_t zone_blocks[LABYRINTH_ZONES];
	/* Offsets of the arrays. */
	uint64_t fixed, magazines, places, owners, section, notes, trees, page_blocks, pages;
	uint64_t bytes;
};

/* What lies at the start of the metadata, whatever the memory looks like. */
struct fixed {
	struct labyrinth lab;
	struct shredder  shredder;
	struct frames    frames;
	struct zone      zones[LABYRINTH_ZONES];
	struct magazines magazines;
	struct reserve   reserve;
	struct vault     vault;
	struct injector  injector;
	struct owners    owners;
};

static uint64_t clamp(uint64_t n, uint64_t least, uint64_t most)
{
	if (n < least)
		return least;
	return n > most ? most : n;
}

struct labyrinth_config labyrinth_config_for(const struct labyrinth_ranges *ranges)
{
	uint64_t frames = ranges == NULL ? 0 : labyrinth_ranges_frames(ranges);
	uint64_t least = frames / 4 < MIN_ASIDE ? frames / 4 : MIN_ASIDE;

	return (struct labyrinth_config){
		.owners         = 64,
		.reserve_frames = clamp(frames / 256, least, MAX_ASIDE),
		.vault_frames   = clamp(frames / 64, least, MAX_ASIDE),
		.cpus           = 1,
		.magazine       = frames < SMALL_FRAMES ? 0 : MAGAZINE_DEFAULT,
	};
}

static enum labyrinth_zone zone_at(uint64_t at)
{
	unsigned z = LABYRINTH_ZONE_DMA;

	while (at >= labyrinth_zone_limit((enum labyrinth_zone)z))
		z++;
	return (enum labyrinth_zone)z;
}

/* Physical page blocks from `begin` to `end`, counted into their zones. */
static void count_blocks(struct plan *p, uint64_t begin, uint64_t end)
{
	p->blocks += (uint32_t)(end - begin);
	while (begin < end) {
		enum labyrinth_zone z = zone_at(begin);
		uint64_t upto = labyrinth_zone_limit(z) < end ? labyrinth_zone_limit(z) : end;

		p->zone_blocks[z] += (uint32_t)(upto - begin);
		begin = upto;
	}
}

static void count_ranges(struct plan *p, const struct labyrinth_ranges *ranges)
{
	uint64_t next = 0; /* first physical page block not counted yet */

	for (size_t i = 0; i < ranges->count; i++) {
		uint64_t begin = ranges->at[i].begin.n / BLOCK_FRAMES;
		uint64_t end = (ranges->at[i].end.n + BLOCK_FRAMES - 1) / BLOCK_FRAMES;

		count_blocks(p, begin < next ? next : begin, end);
		next = end;
	}
	p->sections = (next + SECTION_BLOCKS - 1) / SECTION_BLOCKS;
}

/* Room for an array at the end of the plan; returns its offset. */
static uint64_t place(struct plan *p, uint64_t bytes, uint64_t align)
{
	uint64_t at = (p->bytes + align - 1) & ~(align - 1);

	p->bytes = at + bytes;
	return at;
}

static size_t magazine_front_ends(const struct labyrinth_config *config)
{
	return config->magazine > 0 ? (size_t)config->cpus * 2 : 0;
}

static void lay_out(struct plan *p, const struct labyrinth_config *config)
{
	uint64_t tree_words = 0;

	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		tree_words += labyrinth_zone_tree_words(p->zone_blocks[z]);
	p->fixed       = place(p, sizeof(struct fixed), _Alignof(struct fixed));
	p->magazines   = place(p, magazine_front_ends(config) * sizeof(struct magazine), 64);
	p->places      = place(p, magazine_places(config->cpus, config->magazine) * sizeof(struct page *), 64);
	p->owners      = place(p, (uint64_t)config->owners * sizeof(struct owner), 64);
	p->section     = place(p, p->sections * sizeof(struct section), 64);
	p->notes       = place(p, (uint64_t)p->blocks * sizeof(struct block_note), 64);
	p->trees       = place(p, tree_words * sizeof(uint64_t), 64);
	p->page_blocks = place(p, (uint64_t)p->blocks * sizeof(struct page_block), _Alignof(struct page_block));
	p->pages       = place(p, (uint64_t)p->blocks * BLOCK_FRAMES * sizeof(struct page), LABYRINTH_PAGE_SIZE);
}

static bool magazines_sound(const struct labyrinth_config *config)
{
	if (config->magazine == 0)
		return true;
	return config->cpus > 0 && config->cpus <= MAGAZINE_CPUS && config->magazine >= MAGAZINE_LEAST
	       && config->magazine <= MAGAZINE_MOST;
}

static enum labyrinth_status make_plan(struct plan *p, const struct labyrinth_ranges *ranges,
                                       const struct labyrinth_config *config)
{
	*p = (struct plan){ 0 };
	if (ranges == NULL || config == NULL || (ranges->at == NULL && ranges->count > 0))
		return LABYRINTH_NULL_POINTER;
	if (!labyrinth_ranges_valid(ranges))
		return LABYRINTH_BAD_RANGES;
	if (ranges->count == 0)
		return LABYRINTH_NO_USABLE_MEMORY;
	if (ranges->at[ranges->count - 1].end.n > MAX_PFN)
		return LABYRINTH_BAD_RANGES;

	p->frames = labyrinth_ranges_frames(ranges);
	if (p->frames > WORD_MAX_FRAMES - BLOCK_FRAMES * ranges->count * 2)
		return LABYRINTH_BAD_RANGES;
	if (config->owners == 0 || config->owners > UINT16_MAX || config->reserve_frames > p->frames / 2
	    || config->vault_frames > p->frames / 2 - config->reserve_frames || !magazines_sound(config))
		return LABYRINTH_BAD_CONFIG;
	count_ranges(p, ranges);
	lay_out(p, config);
	/* A 32-bit CPU may have more memory than it has room to describe: no object is larger than this. */
	return p->bytes <= PTRDIFF_MAX ? LABYRINTH_OK : LABYRINTH_BAD_RANGES;
}

enum labyrinth_status labyrinth_metadata_bytes(const struct labyrinth_ranges *ranges,
                                               const struct labyrinth_config *config, size_t *bytes)
{
	struct plan p;
	enum labyrinth_status status;

	if (bytes == NULL)
		return LABYRINTH_NULL_POINTER;
	status = make_plan(&p, ranges, config);
	if (status == LABYRINTH_OK)
		*bytes = (size_t)p.bytes;
	return status;
}

/* Points the structures at their arrays; the arrays hold nothing yet. */
static struct labyrinth *build(uint8_t *memory, const struct plan *p, const struct labyrinth_config *config)
{
	struct fixed *fixed = (struct fixed *)(void *)(memory + p->fixed);
	struct frames *f = &fixed->frames;
	uint64_t *trees = (uint64_t *)(void *)(memory + p->trees);
	block_t first = { 0 };

	*f = (struct frames){
		.page     = (struct page *)(void *)(memory + p->pages),
		.block    = (struct page_block *)(void *)(memory + p->page_blocks),
		.note     = (struct block_note *)(void *)(memory + p->notes),
		.section  = (struct section *)(void *)(memory + p->section),
		.sections = p->sections,
	};
	for (uint64_t s = 0; s < p->sections; s++)
		f->section[s] = (struct section){ 0, 0 };
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		labyrinth_zone_init(&fixed->zones[z], f, first, p->zone_blocks[z], trees);
		trees += labyrinth_zone_tree_words(p->zone_blocks[z]);
		first.i += p->zone_blocks[z];
	}
	labyrinth_magazines_init(&fixed->magazines, (struct magazine *)(void *)(memory + p->magazines),
	                         (struct page **)(void *)(memory + p->places), fixed->zones, config->cpus,
	                         config->magazine);
	labyrinth_shredder_init(&fixed->shredder);
	labyrinth_reserve_init(&fixed->reserve, f, config->reserve_frames);
	labyrinth_vault_init(&fixed->vault, f, config->vault_frames);
	labyrinth_owners_init(&fixed->owners, (struct owner *)(void *)(memory + p->owners), config->owners);
	labyrinth_injector_init(&fixed->injector);
	fixed->lab = (struct labyrinth){
		.shredder = &fixed->shredder,
		.frames = f,
		.zones = fixed->zones,
		.magazines = &fixed->magazines,
		.reserve = &fixed->reserve,
		.vault = &fixed->vault,
		.injector = &fixed->injector,
		.owners = &fixed->owners,
		.usable = p->frames,
		.metadata_bytes = (size_t)p->bytes,
		.metadata_check = ~(size_t)p->bytes,
	};
	return &fixed->lab;
}

/* The part of one range that lies in one physical page block. */
static void populate_block(struct labyrinth *lab, uint64_t at, struct labyrinth_range part)
{
	struct frames *f = lab->frames;
	struct zone *zone = &lab->zones[zone_at(at)];
	unsigned begin = (unsigned)(part.begin.n - at * BLOCK_FRAMES);
	unsigned end = (unsigned)(part.end.n - at * BLOCK_FRAMES);
	block_t b = { f->blocks - 1 };

	if (f->blocks == 0 || f->note[b.i].at != at)
		b = labyrinth_frames_add(f, (uint32_t)at);
	if (begin == 0 && end == BLOCK_FRAMES)
		labyrinth_zone_add_whole(zone, b);
	else
		labyrinth_zone_add_run(zone, b, begin, end);
}

static void populate(struct labyrinth *lab, const struct labyrinth_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		struct labyrinth_range r = ranges->at[i];

		for (uint64_t at = r.begin.n / BLOCK_FRAMES; at * BLOCK_FRAMES < r.end.n; at++)
			populate_block(lab, at, labyrinth_range_clip(r, (struct labyrinth_range){
				{ at * BLOCK_FRAMES }, { (at + 1) * BLOCK_FRAMES } }));
	}
}

/* Reserve and vault at their targets: half of the memory covers both, so every take succeeds. */
static void set_aside(struct labyrinth *lab)
{
	for (uint64_t i = 0; i < lab->vault->stock.target; i++)
		vault_push(lab->vault,
		           labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_EXCLUSIVE, ZONE_WAIT));
	labyrinth_vault_earn(lab->vault, lab->vault->stock.target);
	for (uint64_t i = 0; i < lab->reserve->target; i++)
		labyrinth_reserve_push(lab->reserve,
		                       labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_SHARED, ZONE_WAIT));
}

enum labyrinth_status labyrinth_init(struct labyrinth **out, void *memory, size_t bytes,
                                     const struct labyrinth_ranges *ranges, const struct labyrinth_config *config)
{
	enum labyrinth_status status;
	struct plan p;

	if (out == NULL || memory == NULL)
		return LABYRINTH_NULL_POINTER;
	status = make_plan(&p, ranges, config);
	if (status != LABYRINTH_OK)
		return status;
	if ((uintptr_t)memory % LABYRINTH_PAGE_SIZE != 0)
		return LABYRINTH_BAD_CONFIG;
	if (bytes < p.bytes)
		return LABYRINTH_METADATA_TOO_SMALL;

	*out = build(memory, &p, config);
	populate(*out, ranges);
	set_aside(*out);
	return LABYRINTH_OK;
}
