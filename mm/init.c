/*
 * init.c - bring-up: lay the structures out in the caller's memory, then hand every usable frame to its zone.
 *
 * Idea    A plan says how many page blocks there are in each zone and where each array lies; the size and the building
 *         follow the same plan. A range costs a place in the table of runs and a few bits, whatever its length; what
 *         describes a page block waits until somebody uses it.
 */
#include <labyrinth/init.h>

#include "compact.h"
#include "debug.h"
#include "hooks.h"
#include "inject.h"
#include "later.h"
#include "magazine.h"
#include "owner.h"
#include "policy.h"
#include "populate.h"
#include "quarantine.h"
#include "reclaim.h"
#include "shred.h"
#include "vault.h"
#include "wait.h"
#include "watermark.h"
#include "window.h"

/* Physical addresses end at 2^52 (Intel SDM vol. 3 section 4.1.4, AMD APM vol. 2 section 5.1). */
#define MAX_PFN (UINT64_C(1) << 40)

/* Percent; with 2^34 frames at most, the product with a share stays small. */
#define MAX_SHARE 1000u

/* As many as a tree has bits for. */
#define MAX_SECTIONS (TREE_MOST_BITS / SECTION_BITS)

#define MIN_ASIDE 64u
#define MAX_ASIDE 16384u

/* On less than 4 MiB, frames that wait in magazines would be missed. */
#define SMALL_FRAMES     1024u
#define MAGAZINE_DEFAULT 128u

struct plan {
	uint64_t frames;
	uint64_t runs, sections, blocks;
	uint64_t zone_sections[LABYRINTH_ZONES], zone_blocks[LABYRINTH_ZONES];
	/* Offsets of the arrays. */
	uint64_t lab, magazines, fixed, windows;
	uint64_t places, owners, shrinkers, run, behind, opened, notes, trees, page_blocks, pages;
	uint64_t later, absent; /* nothing of them when no more memory may come */
	uint64_t debug, waiting, contents, traces; /* nothing of them when no aid is on */
	uint64_t bytes;
};

/* What there is whatever the memory looks like, but for the instance: it is at the start, its front ends follow. */
struct fixed {
	struct isolation isolation;
	struct shredder  shredder;
	struct frames    frames;
	struct bad       bad;
	struct zone      zones[LABYRINTH_ZONES];
	struct magazines magazines;
	struct reserve   reserve;
	struct vault     vault;
	struct injector  injector;
	struct hooks     hooks;
	struct reclaimer reclaimer;
	struct waiters   waiters;
	struct owners    owners;
	struct movers    movers;
	struct compactor compactor;
};

/* What lies there when more memory may come. */
struct later_fixed {
	struct later           later;
	struct labyrinth_range at[];
};

/* What lies there when a debug aid is on. */
struct debug_fixed {
	struct debug      debug;
	struct quarantine quarantine;
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
		.kick_frames    = clamp(frames / 64, least, MAX_ASIDE) / 8,
		.reserve_frames = clamp(frames / 256, least, MAX_ASIDE),
		.vault_frames   = clamp(frames / 64, least, MAX_ASIDE),
		.cpus           = 1,
		.magazine       = frames < SMALL_FRAMES ? 0 : MAGAZINE_DEFAULT,
		.low_shift      = 7,
		.high_shift     = 6,
		.protect_shift  = 8,
		.shrinkers      = 16,
	};
}

static const struct labyrinth_ranges no_ranges = { NULL, 0, 0 };

/* What may come into use after bring-up. */
static const struct labyrinth_ranges *later_of(const struct labyrinth_config *config)
{
	return config->later != NULL ? config->later : &no_ranges;
}

/* Where the walk over all ranges is, those for now and those for later, in ascending order. */
struct cursor {
	const struct labyrinth_ranges *ranges[2];
	size_t   next[2]; /* of each list         */
	uint64_t at;      /* first physical page block not walked yet */
};

static struct cursor start(const struct labyrinth_ranges *ranges, const struct labyrinth_config *config)
{
	return (struct cursor){ .ranges = { ranges, later_of(config) } };
}

static const struct labyrinth_range *peek(const struct cursor *c, unsigned list)
{
	return c->next[list] < c->ranges[list]->count ? &c->ranges[list]->at[c->next[list]] : NULL;
}

/* Which list has the lower range next. */
static unsigned lower(const struct cursor *c)
{
	const struct labyrinth_range *now = peek(c, 0), *later = peek(c, 1);

	return now == NULL || (later != NULL && later->begin.n < now->begin.n) ? 1 : 0;
}

static uint64_t first_block(const struct labyrinth_range *r)
{
	return r->begin.n / BLOCK_FRAMES;
}

static uint64_t end_block(const struct labyrinth_range *r)
{
	return (r->end.n + BLOCK_FRAMES - 1) / BLOCK_FRAMES;
}

/* The lowest range that has page blocks that were not walked; NULL when there is none. */
static const struct labyrinth_range *next_range(struct cursor *c)
{
	const struct labyrinth_range *r;

	while ((r = peek(c, lower(c))) != NULL && end_block(r) <= c->at)
		c->next[lower(c)]++;
	return r;
}

/* The next physical page blocks in a row that hold memory of one zone. */
static bool next_run(struct cursor *c, uint64_t *begin, uint64_t *end)
{
	const struct labyrinth_range *r = next_range(c);
	uint64_t limit;

	if (r == NULL)
		return false;
	*begin = first_block(r) < c->at ? c->at : first_block(r);
	limit = labyrinth_zone_limit(labyrinth_zone_at(*begin));
	do {
		*end = end_block(r) < limit ? end_block(r) : limit;
		c->at = *end;
		r = next_range(c);
	} while (r != NULL && first_block(r) <= *end && *end < limit);
	return true;
}

static void count_runs(struct plan *p, struct cursor c)
{
	uint64_t begin, end;

	while (next_run(&c, &begin, &end)) {
		enum labyrinth_zone z = labyrinth_zone_at(begin);

		p->runs++;
		p->blocks += end - begin;
		p->sections += run_sections(begin, end - begin);
		p->zone_blocks[z] += end - begin;
		p->zone_sections[z] += run_sections(begin, end - begin);
	}
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
	return config->magazine > 0 ? (size_t)config->cpus * FRONT_ENDS : 0;
}

static void lay_out_debug(struct plan *p, const struct labyrinth_debug_config *config)
{
	uint64_t frames = (uint64_t)p->blocks * BLOCK_FRAMES;

	if (config->aids == 0)
		return;
	p->debug = place(p, sizeof(struct debug_fixed), 64);
	if (config->aids & LABYRINTH_DEBUG_QUARANTINE)
		p->waiting = place(p, config->quarantine * sizeof(struct page *), 64);
	if (config->aids & LABYRINTH_DEBUG_POISON)
		p->contents = place(p, frames * sizeof(uint64_t), 64);
	if (config->aids & LABYRINTH_DEBUG_TRACE)
		p->traces = place(p, frames * sizeof(struct trace_record), 64);
}

static void lay_out_later(struct plan *p, size_t count)
{
	if (count == 0)
		return;
	p->later = place(p, sizeof(struct later_fixed) + count * sizeof(struct labyrinth_range), 64);
	p->absent = place(p, opened_words((uint32_t)p->blocks) * sizeof(uint32_t), 64);
}

static void lay_out(struct plan *p, const struct labyrinth_config *config)
{
	uint64_t tree_words = 0;

	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		tree_words += labyrinth_zone_tree_words((uint32_t)p->zone_sections[z]);
	p->lab         = place(p, sizeof(struct labyrinth), 64);
	p->magazines   = place(p, magazine_front_ends(config) * sizeof(struct magazine), 64);
	p->fixed       = place(p, sizeof(struct fixed), _Alignof(struct fixed));
	p->windows     = place(p, window_cpus(config->cpus) * sizeof(struct window), 64);
	p->places      = place(p, magazine_places(config->cpus, config->magazine) * sizeof(struct page *), 64);
	p->owners      = place(p, (uint64_t)config->owners * sizeof(struct owner), 64);
	p->shrinkers   = place(p, (uint64_t)config->shrinkers * sizeof(struct shrinker), 64);
	p->run         = place(p, p->runs * sizeof(struct run), 64);
	p->behind      = place(p, p->sections * sizeof(uint32_t), 64);
	p->opened      = place(p, opened_words((uint32_t)p->blocks) * sizeof(uint32_t), 64);
	p->notes       = place(p, p->blocks * sizeof(struct block_note), 64);
	p->trees       = place(p, tree_words * sizeof(uint64_t), 64);
	p->page_blocks = place(p, p->blocks * sizeof(struct page_block), _Alignof(struct page_block));
	p->pages       = place(p, p->blocks * BLOCK_FRAMES * sizeof(struct page), LABYRINTH_PAGE_SIZE);
	lay_out_later(p, later_of(config)->count);
	lay_out_debug(p, &config->debug);
}

static bool magazines_sound(const struct labyrinth_config *config)
{
	if (config->magazine == 0)
		return true;
	return config->cpus > 0 && config->cpus <= MAGAZINE_CPUS && config->magazine >= MAGAZINE_LEAST
	       && config->magazine <= MAGAZINE_MOST;
}

/* Reserve and vault, at their largest, leave half of the memory. */
static bool aside_sound(const struct labyrinth_config *config, uint64_t frames)
{
	uint64_t vault = config->vault_frames, reserve = config->reserve_frames;

	if (reserve > frames / 2 || vault > frames / 2 || config->kick_frames > vault
	    || config->vault_share > MAX_SHARE || config->reserve_share > MAX_SHARE)
		return false;
	return reserve + vault + share_of(vault, config->vault_share) + share_of(vault, config->reserve_share)
	       <= frames / 2;
}

/* Each aid is known and has what it needs. */
static bool debug_sound(const struct labyrinth_debug_config *d)
{
	const uint32_t all = LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_RED_ZONE
	                     | LABYRINTH_DEBUG_QUARANTINE | LABYRINTH_DEBUG_GUARD;

	if (d->aids & ~all)
		return false;
	if ((d->aids & (LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_RED_ZONE)) && d->report == NULL)
		return false;
	if ((d->aids & LABYRINTH_DEBUG_QUARANTINE)
	    && (d->quarantine == 0 || d->quarantine > LABYRINTH_MAX_QUARANTINE))
		return false;
	return !(d->aids & LABYRINTH_DEBUG_GUARD) || (d->hide != NULL && d->show != NULL);
}

/* Low and high: both or neither, high no lower than low. */
static bool marks_sound(const struct labyrinth_config *config)
{
	return config->low_shift < 64 && config->protect_shift < 64 && config->high_shift <= config->low_shift
	       && (config->high_shift == 0) == (config->low_shift == 0);
}

/* A kernel that can sleep says how, how to wake, who sleeps and for how long: all or none. */
static bool pressure_sound(const struct labyrinth_config *config)
{
	const struct labyrinth_hooks *call = &config->hooks;
	bool sleeps = call->sleep != NULL;

	return config->shrinkers <= LABYRINTH_MAX_SHRINKERS && (call->wake != NULL) == sleeps
	       && (call->self != NULL) == sleeps && (config->sleep_ticks > 0) == sleeps;
}

/* Do two lists have no frame in common? */
static bool disjoint(const struct labyrinth_ranges *a, const struct labyrinth_ranges *b)
{
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		if (a->at[i].end.n <= b->at[k].begin.n)
			i++;
		else if (b->at[k].end.n <= a->at[i].begin.n)
			k++;
		else
			return false;
	}
	return true;
}

/* A list that is well-formed and within reach. */
static bool ranges_sound(const struct labyrinth_ranges *ranges)
{
	return (ranges->at != NULL || ranges->count == 0) && labyrinth_ranges_valid(ranges)
	       && (ranges->count == 0 || ranges->at[ranges->count - 1].end.n <= MAX_PFN);
}

static enum labyrinth_status make_plan(struct plan *p, const struct labyrinth_ranges *ranges,
                                       const struct labyrinth_config *config)
{
	const struct labyrinth_ranges *later;

	*p = (struct plan){ 0 };
	if (ranges == NULL || config == NULL || (ranges->at == NULL && ranges->count > 0))
		return LABYRINTH_NULL_POINTER;
	if (!labyrinth_ranges_valid(ranges))
		return LABYRINTH_BAD_RANGES;
	if (ranges->count == 0)
		return LABYRINTH_NO_USABLE_MEMORY;
	if (ranges->at[ranges->count - 1].end.n > MAX_PFN)
		return LABYRINTH_BAD_RANGES;

	later = later_of(config);
	if (!ranges_sound(later) || !disjoint(ranges, later))
		return LABYRINTH_BAD_RANGES;
	p->frames = labyrinth_ranges_frames(ranges);
	if (p->frames + labyrinth_ranges_frames(later)
	    > WORD_MAX_FRAMES - BLOCK_FRAMES * (ranges->count + later->count) * 2)
		return LABYRINTH_BAD_RANGES;
	if (config->owners == 0 || config->owners > UINT16_MAX || !aside_sound(config, p->frames)
	    || !magazines_sound(config) || !marks_sound(config) || !pressure_sound(config)
	    || !debug_sound(&config->debug))
		return LABYRINTH_BAD_CONFIG;
	count_runs(p, start(ranges, config));
	if (p->sections > MAX_SECTIONS)
		return LABYRINTH_BAD_RANGES;
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
	struct labyrinth *lab = (struct labyrinth *)(void *)(memory + p->lab);
	struct fixed *fixed = (struct fixed *)(void *)(memory + p->fixed);
	struct frames *f = &fixed->frames;
	uint64_t *trees = (uint64_t *)(void *)(memory + p->trees);
	uint32_t first = 0, first_section = 0;

	*f = (struct frames){
		.page   = (struct page *)(void *)(memory + p->pages),
		.block  = (struct page_block *)(void *)(memory + p->page_blocks),
		.note   = (struct block_note *)(void *)(memory + p->notes),
		.opened = (_Atomic uint32_t *)(void *)(memory + p->opened),
		.run    = (struct run *)(void *)(memory + p->run),
		.behind = (uint32_t *)(void *)(memory + p->behind),
		.bad    = &fixed->bad,
	};
	labyrinth_frames_init(f, (uint32_t)p->blocks);
	labyrinth_bad_init(&fixed->bad);
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		uint32_t blocks = (uint32_t)p->zone_blocks[z], sections = (uint32_t)p->zone_sections[z];

		labyrinth_zone_init(&fixed->zones[z], f, (block_t){ first }, blocks, first_section, sections, trees);
		trees += labyrinth_zone_tree_words(sections);
		first += blocks;
		first_section += sections;
	}
	labyrinth_magazines_init(&fixed->magazines, (struct magazine *)(void *)(memory + p->magazines),
	                         (struct page **)(void *)(memory + p->places), fixed->zones, config->cpus,
	                         config->magazine, p->frames);
	labyrinth_isolation_init(&fixed->isolation, (struct window *)(void *)(memory + p->windows),
	                       window_cpus(config->cpus));
	labyrinth_shredder_init(&fixed->shredder);
	labyrinth_reserve_init(&fixed->reserve, f, config->reserve_frames, FRAME_RESERVED);
	labyrinth_vault_init(&fixed->vault, f, &fixed->shredder, config->vault_frames);
	vault_tune(&fixed->vault, config->vault_share, config->kick_frames);
	reserve_follow(&fixed->reserve, &fixed->vault.guaranteed, config->reserve_share);
	labyrinth_owners_init(&fixed->owners, (struct owner *)(void *)(memory + p->owners), config->owners);
	labyrinth_injector_init(&fixed->injector);
	labyrinth_hooks_init(&fixed->hooks, &config->hooks);
	labyrinth_reclaimer_init(&fixed->reclaimer, (struct shrinker *)(void *)(memory + p->shrinkers),
	                         config->shrinkers);
	labyrinth_waiters_init(&fixed->waiters, config->sleep_ticks);
	labyrinth_movers_init(&fixed->movers);
	labyrinth_compactor_init(&fixed->compactor);
	*lab = (struct labyrinth){
		.isolation = &fixed->isolation,
		.shredder = &fixed->shredder,
		.frames = f,
		.zones = fixed->zones,
		.magazines = &fixed->magazines,
		.reserve = &fixed->reserve,
		.vault = &fixed->vault,
		.injector = &fixed->injector,
		.hooks = &fixed->hooks,
		.reclaimer = &fixed->reclaimer,
		.waiters = &fixed->waiters,
		.owners = &fixed->owners,
		.movers = &fixed->movers,
		.compactor = &fixed->compactor,
		.usable = p->frames,
		.metadata_bytes = (size_t)p->bytes,
		.metadata_check = ~(size_t)p->bytes,
		.attention = config->magazine == 0 ? (uint32_t)ATTEND_ABSENCE : attention_to_cpus(config->cpus),
	};
	if (config->hooks.clock != NULL)
		attend(lab, ATTEND_CLOCK);
	return lab;
}

/* Page blocks in which nothing but memory for later lies are absent. Both lists are described: see populate(). */
static void declare(struct labyrinth *lab, uint8_t *memory, const struct plan *p,
                    const struct labyrinth_ranges *ranges, const struct labyrinth_ranges *later)
{
	struct later_fixed *fixed = (struct later_fixed *)(void *)(memory + p->later);
	struct frames *f = lab->frames;
	block_t b = { 0 };

	if (later->count == 0)
		return;
	fixed->later = (struct later){ .at = fixed->at, .count = later->count };
	lab->later = &fixed->later;
	f->absent = (_Atomic uint32_t *)(void *)(memory + p->absent);
	__builtin_memset((void *)f->absent, 0, (size_t)opened_words(f->blocks) * sizeof(*f->absent));
	for (size_t i = 0; i < later->count; i++) {
		const struct labyrinth_range *r = &later->at[i];

		fixed->at[i] = *r;
		for (uint64_t at = first_block(r); at < end_block(r); at++)
			if (labyrinth_frames_index(f, at, &b))
				labyrinth_frames_absent(f, b, 1);
	}
	for (size_t i = 0; i < ranges->count; i++) {
		if (labyrinth_frames_index(f, first_block(&ranges->at[i]), &b))
			labyrinth_frames_appear(f, b, 1);
		if (labyrinth_frames_index(f, end_block(&ranges->at[i]) - 1, &b))
			labyrinth_frames_appear(f, b, 1);
	}
}

static void populate(struct labyrinth *lab, uint8_t *memory, const struct plan *p,
                     const struct labyrinth_ranges *ranges, const struct labyrinth_config *config)
{
	struct cursor c = start(ranges, config);
	uint64_t begin, end;

	while (next_run(&c, &begin, &end))
		labyrinth_frames_add(lab->frames, begin, (uint32_t)(end - begin));
	declare(lab, memory, p, ranges, later_of(config));
	for (size_t i = 0; i < ranges->count; i++)
		labyrinth_populate(lab->zones, ranges->at[i].begin.n, ranges->at[i].end.n);
}

/* The records of all frames, none of which says anything yet. */
static void build_records(struct debug *d, uint8_t *memory, const struct plan *p)
{
	uint64_t frames = (uint64_t)p->blocks * BLOCK_FRAMES;

	if (d->aids & LABYRINTH_DEBUG_POISON)
		d->contents.record = (_Atomic uint64_t *)(void *)(memory + p->contents);
	if (d->aids & LABYRINTH_DEBUG_TRACE)
		d->trace.record = (struct trace_record *)(void *)(memory + p->traces);
	for (uint64_t i = 0; i < frames; i++) {
		if (d->contents.record != NULL)
			atomic_store_explicit(&d->contents.record[i], CONTENT_ANY, memory_order_relaxed);
		if (d->trace.record != NULL)
			d->trace.record[i] = (struct trace_record){ .at = { 0 } };
	}
}

static void build_debug(struct labyrinth *lab, uint8_t *memory, const struct plan *p,
                        const struct labyrinth_debug_config *config)
{
	struct debug_fixed *fixed = (struct debug_fixed *)(void *)(memory + p->debug);
	bool guard = config->aids & LABYRINTH_DEBUG_GUARD;

	if (config->aids == 0)
		return;
	fixed->debug = (struct debug){
		.aids     = config->aids,
		.report   = config->report,
		.context  = config->context,
		.contents = { lab->frames, NULL, guard ? config->hide : NULL, guard ? config->show : NULL,
		              config->context },
		.trace    = { .frames = lab->frames },
	};
	build_records(&fixed->debug, memory, p);
	lab->debug = &fixed->debug;
	lab->shredder->contents = &fixed->debug.contents;
	attend(lab, ATTEND_DEBUG);
	if (!(config->aids & LABYRINTH_DEBUG_QUARANTINE))
		return;
	lab->quarantine = &fixed->quarantine;
	labyrinth_quarantine_init(lab->quarantine, (struct page **)(void *)(memory + p->waiting), lab->zones,
	                          config->quarantine);
}

/*
 * Reserve and vault at their targets: half of the memory covers both, and no zone protects more than half of itself, so
 * every take succeeds.
 */
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
	build_debug(*out, memory, &p, &config->debug);
	populate(*out, memory, &p, ranges, config);
	labyrinth_zones_protect((*out)->zones, config->protect_shift);
	set_aside(*out);
	labyrinth_zones_mark((*out)->zones, config->low_shift, config->high_shift);
	return LABYRINTH_OK;
}
