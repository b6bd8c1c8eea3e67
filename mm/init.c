/*
 * init.c - bring-up: build the structures where the plan says, then hand every usable frame to its zone.
 *
 * Idea    A range costs a place in the table of runs and a few bits, whatever its length; what describes a page block
 *         waits until somebody uses it.
 */
#include <labyrinth/init.h>

#include "plan.h"
#include "policy.h"
#include "populate.h"
#include "watermark.h"

static void build_frames(struct fixed *fixed, uint8_t *memory, const struct plan *p)
{
	fixed->frames = (struct frames){
		.page   = (struct page *)(void *)(memory + p->pages),
		.block  = (struct page_block *)(void *)(memory + p->page_blocks),
		.note   = (struct block_note *)(void *)(memory + p->notes),
		.opened = (_Atomic uint32_t *)(void *)(memory + p->opened),
		.run    = (struct run *)(void *)(memory + p->run),
		.behind = (uint32_t *)(void *)(memory + p->behind),
		.bad    = &fixed->bad,
	};
	labyrinth_frames_init(&fixed->frames, (uint32_t)p->blocks);
	labyrinth_bad_init(&fixed->bad);
}

static void build_zones(struct fixed *fixed, uint8_t *memory, const struct plan *p)
{
	uint64_t *trees = (uint64_t *)(void *)(memory + p->trees);
	uint32_t first = 0, first_section = 0;

	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		uint32_t blocks = (uint32_t)p->zone_blocks[z], bits = (uint32_t)p->zone_bits[z];

		labyrinth_zone_init(&fixed->zones[z], &fixed->frames, (block_t){ first }, blocks, first_section, bits,
		                    trees);
		trees += labyrinth_zone_tree_words(bits);
		first += blocks;
		first_section += (uint32_t)p->zone_sections[z];
	}
}

/* What stands behind the zones. */
static void build_stages(struct fixed *fixed, uint8_t *memory, const struct plan *p,
                         const struct labyrinth_config *config)
{
	labyrinth_magazines_init(&fixed->magazines, (struct magazine *)(void *)(memory + p->magazines),
	                         (struct page **)(void *)(memory + p->places), fixed->zones, config->cpus,
	                         config->magazine, p->shelf, p->frames);
	labyrinth_isolation_init(&fixed->isolation, (struct window *)(void *)(memory + p->windows),
	                         window_cpus(config->cpus));
	labyrinth_shredder_init(&fixed->shredder);
	labyrinth_reserve_init(&fixed->reserve, &fixed->frames, config->reserve_frames, FRAME_RESERVED);
	labyrinth_vault_init(&fixed->vault, &fixed->frames, &fixed->shredder, config->vault_frames);
	labyrinth_vault_tune(&fixed->vault, config->vault_share, config->kick_frames);
	reserve_follow(&fixed->reserve, &fixed->vault.guaranteed, config->reserve_share);
	labyrinth_owners_init(&fixed->owners, (struct owner *)(void *)(memory + p->owners), config->owners);
	labyrinth_injector_init(&fixed->injector);
	labyrinth_hooks_init(&fixed->hooks, &config->hooks);
	labyrinth_reclaimer_init(&fixed->reclaimer, (struct shrinker *)(void *)(memory + p->shrinkers),
	                         config->shrinkers);
	labyrinth_waiters_init(&fixed->waiters, config->sleep_ticks);
	labyrinth_movers_init(&fixed->movers);
	labyrinth_compactor_init(&fixed->compactor);
}

/* Points the structures at their arrays; the arrays hold nothing yet. */
static struct labyrinth *build(uint8_t *memory, const struct plan *p, const struct labyrinth_config *config)
{
	struct labyrinth *lab = (struct labyrinth *)(void *)(memory + p->lab);
	struct fixed *fixed = (struct fixed *)(void *)(memory + p->fixed);

	build_frames(fixed, memory, p);
	build_zones(fixed, memory, p);
	build_stages(fixed, memory, p, config);
	*lab = (struct labyrinth){
		.isolation = &fixed->isolation,
		.shredder = &fixed->shredder,
		.frames = &fixed->frames,
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

/* The page blocks of a range are absent, run by run: all of them are described. */
static void declare_range(struct frames *f, const struct labyrinth_range *r)
{
	uint64_t at = plan_first_block(r), end = plan_end_block(r);
	block_t b;

	while (at < end && labyrinth_frames_index(f, at, &b)) {
		const struct run *run = labyrinth_frames_run(f, b);
		uint64_t rest = run->blocks - (b.i - run->first), blocks = rest < end - at ? rest : end - at;

		labyrinth_frames_absent(f, b, (uint32_t)blocks);
		at += blocks;
	}
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
		fixed->at[i] = later->at[i];
		declare_range(f, &later->at[i]);
	}
	for (size_t i = 0; i < ranges->count; i++) {
		if (labyrinth_frames_index(f, plan_first_block(&ranges->at[i]), &b))
			labyrinth_frames_appear(f, b, 1);
		if (labyrinth_frames_index(f, plan_end_block(&ranges->at[i]) - 1, &b))
			labyrinth_frames_appear(f, b, 1);
	}
}

static void populate(struct labyrinth *lab, uint8_t *memory, const struct plan *p,
                     const struct labyrinth_ranges *ranges, const struct labyrinth_config *config)
{
	struct cursor c = plan_walk(ranges, config);
	uint64_t begin, end;

	while (labyrinth_plan_next(&c, &begin, &end))
		labyrinth_frames_add(lab->frames, begin, (uint32_t)(end - begin));
	declare(lab, memory, p, ranges, labyrinth_plan_later(config));
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

static struct page *take(struct labyrinth *lab, unsigned order, enum mobility m)
{
	return labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, order, m, ZONE_WAIT);
}

/* As much of the target as there are whole page blocks for, a few instructions a frame. */
static void set_blocks_aside(struct labyrinth *lab, struct reserve *r, enum mobility m)
{
	struct page *page;

	while (r->target - reserve_count(r) >= BLOCK_FRAMES && (page = take(lab, BLOCK_ORDER, m)) != NULL) {
		labyrinth_zone_settle_block(zone_of(lab->zones, page), page);
		labyrinth_reserve_push_row(r, page, BLOCK_FRAMES);
	}
}

/*
 * Half of the memory covers both targets, and no zone protects more than half of itself, so there is a frame whenever
 * one is missing.
 */
static void set_aside(struct labyrinth *lab, struct reserve *r, enum mobility m)
{
	set_blocks_aside(lab, r, m);
	while (reserve_count(r) < r->target)
		labyrinth_reserve_push(r, take(lab, 0, m));
}

enum labyrinth_status labyrinth_init(struct labyrinth **out, void *memory, size_t bytes,
                                     const struct labyrinth_ranges *ranges, const struct labyrinth_config *config)
{
	enum labyrinth_status status;
	struct plan p;

	if (out == NULL || memory == NULL)
		return LABYRINTH_NULL_POINTER;
	status = labyrinth_plan(&p, ranges, config);
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
	set_aside(*out, &(*out)->vault->stock, MOBILITY_EXCLUSIVE);
	vault_earn((*out)->vault, config->vault_frames);
	set_aside(*out, (*out)->reserve, MOBILITY_SHARED);
	labyrinth_zones_mark(*out, config->low_shift, config->high_shift);
	return LABYRINTH_OK;
}
