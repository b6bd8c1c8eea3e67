/*
 * plan.c - ranges and configuration are judged, runs of page blocks counted, arrays laid out.
 */
#include "plan.h"

#include "populate.h"

/* Physical addresses end at 2^52 (Intel SDM vol. 3 section 4.1.4, AMD APM vol. 2 section 5.1). */
#define MAX_PFN (UINT64_C(1) << 40)

/* As many as a tree has bits for. */
#define MAX_SECTIONS (RANKS_MOST / SECTION_BITS)

static const struct labyrinth_ranges no_ranges = { NULL, 0, 0 };

const struct labyrinth_ranges *labyrinth_plan_later(const struct labyrinth_config *config)
{
	return config->later != NULL ? config->later : &no_ranges;
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

/* The lowest range that has page blocks that were not walked; NULL when there is none. */
static const struct labyrinth_range *next_range(struct cursor *c)
{
	const struct labyrinth_range *r;

	while ((r = peek(c, lower(c))) != NULL && plan_end_block(r) <= c->at)
		c->next[lower(c)]++;
	return r;
}

bool labyrinth_plan_next(struct cursor *c, uint64_t *begin, uint64_t *end)
{
	const struct labyrinth_range *r = next_range(c);
	uint64_t limit;

	if (r == NULL)
		return false;
	*begin = plan_first_block(r) < c->at ? c->at : plan_first_block(r);
	limit = labyrinth_zone_limit(labyrinth_zone_at(*begin));
	do {
		*end = plan_end_block(r) < limit ? plan_end_block(r) : limit;
		c->at = *end;
		r = next_range(c);
	} while (r != NULL && plan_first_block(r) <= *end && *end < limit);
	return true;
}

static void count_runs(struct plan *p, struct cursor c)
{
	uint64_t begin, end;

	while (labyrinth_plan_next(&c, &begin, &end)) {
		enum labyrinth_zone z = labyrinth_zone_at(begin);

		p->runs++;
		p->blocks += end - begin;
		p->sections += run_sections(begin, end - begin);
		p->zone_blocks[z] += end - begin;
		p->zone_bits[z] = p->zone_sections[z] * SECTION_BITS + begin % SECTION_BITS + (end - begin);
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
		tree_words += labyrinth_zone_tree_words((uint32_t)p->zone_bits[z]);
	p->lab         = place(p, sizeof(struct labyrinth), 64);
	p->magazines   = place(p, magazine_front_ends(config) * sizeof(struct magazine), 64);
	p->fixed       = place(p, sizeof(struct fixed), _Alignof(struct fixed));
	p->windows     = place(p, window_cpus(config->cpus) * sizeof(struct window), 64);
	p->places      = place(p, magazine_places(config->cpus, config->magazine, p->shelf) * sizeof(struct page *),
	                       64);
	p->owners      = place(p, (uint64_t)config->owners * sizeof(struct owner), 64);
	p->shrinkers   = place(p, (uint64_t)config->shrinkers * sizeof(struct shrinker), 64);
	p->run         = place(p, p->runs * sizeof(struct run), 64);
	p->behind      = place(p, p->sections * sizeof(uint32_t), 64);
	p->opened      = place(p, opened_words((uint32_t)p->blocks) * sizeof(uint32_t), 64);
	p->notes       = place(p, p->blocks * sizeof(struct block_note), 64);
	p->trees       = place(p, tree_words * sizeof(uint64_t), _Alignof(struct page_block));
	p->page_blocks = place(p, p->blocks * sizeof(struct page_block), _Alignof(struct page_block));
	p->pages       = place(p, p->blocks * BLOCK_FRAMES * sizeof(struct page), LABYRINTH_PAGE_SIZE);
	lay_out_later(p, labyrinth_plan_later(config)->count);
	lay_out_debug(p, &config->debug);
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

enum labyrinth_status labyrinth_plan(struct plan *p, const struct labyrinth_ranges *ranges,
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

	later = labyrinth_plan_later(config);
	if (!ranges_sound(later) || !disjoint(ranges, later))
		return LABYRINTH_BAD_RANGES;
	p->frames = labyrinth_ranges_frames(ranges);
	if (!labyrinth_config_sound(config, p->frames))
		return LABYRINTH_BAD_CONFIG;
	p->shelf = config->magazine > 0 ? labyrinth_shelf_places(config->shelf, config->cpus, p->frames) : 0;
	count_runs(p, plan_walk(ranges, config));
	if (p->sections > MAX_SECTIONS || p->blocks * BLOCK_FRAMES > WORD_MAX_FRAMES)
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
	status = labyrinth_plan(&p, ranges, config);
	if (status == LABYRINTH_OK)
		*bytes = (size_t)p.bytes;
	return status;
}
