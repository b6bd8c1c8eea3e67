/*
 * call_shared.c - shared frames: asked for in every way, and given back.
 *
 * Idea    A request that is in order is granted or finds no memory; any other is refused. Nothing came between and
 *         there is a free block in the highest zone that it may use: then it is granted.
 */
#include "fuzz/fuzz.h"
#include "port/host.h"

#define BULK 24u

/* ---- Requests. */

static labyrinth_gfp_t some_gfp(void)
{
	static const labyrinth_gfp_t zones[] = { 0, 0, 0, 0, 0, 0, LABYRINTH_GFP_DMA, LABYRINTH_GFP_DMA32 };
	static const labyrinth_gfp_t moves[] = { 0, 0, LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE };
	labyrinth_gfp_t gfp = LABYRINTH_GFP_ATOMIC;
	uint64_t how = below(256);

	if (how >= 250)
		return (labyrinth_gfp_t)below(2048);
	if (host_context == LABYRINTH_TASK || how % 16 == 15)
		gfp = how & 1 ? LABYRINTH_GFP_KERNEL : how & 2 ? LABYRINTH_GFP_NOWAIT : LABYRINTH_GFP_ATOMIC;
	else if (host_context == LABYRINTH_INTERRUPT && !fuzz.trying)
		gfp = how & 1 ? LABYRINTH_GFP_NOWAIT : LABYRINTH_GFP_ATOMIC;
	gfp |= zones[how >> 2 & 7] | moves[how >> 5 & 3];
	how = below(64);
	return gfp | (how & 1 ? LABYRINTH_GFP_NOWARN : 0) | (how > 55 ? LABYRINTH_GFP_ZERO : 0)
	       | (how % 16 == 3 ? LABYRINTH_GFP_SHRED : 0);
}

static bool sound(labyrinth_gfp_t gfp)
{
	unsigned kinds = (gfp & LABYRINTH_GFP_KERNEL) != 0;

	kinds += (gfp & LABYRINTH_GFP_NOWAIT) != 0;
	kinds += (gfp & LABYRINTH_GFP_ATOMIC) != 0;
	if (host_context == LABYRINTH_NMI && !(gfp & LABYRINTH_GFP_ATOMIC))
		return false;
	if (host_context == LABYRINTH_INTERRUPT && (gfp & LABYRINTH_GFP_KERNEL))
		return false;
	return kinds == 1 && gfp < 1024 && (gfp & 0x30) != 0x30 && (gfp & 0x300) != 0x300;
}

/* Bytes are written to every frame: not too many of them. */
static bool heavy(labyrinth_gfp_t gfp, uint64_t frames)
{
	bool writes = gfp & (LABYRINTH_GFP_ZERO | LABYRINTH_GFP_SHRED);

	return (writes && frames > 64) || (fuzz.config.debug.aids != 0 && frames > 1024);
}

static uint64_t limit_of(labyrinth_gfp_t gfp)
{
	return gfp & LABYRINTH_GFP_DMA ? 0x1000 : gfp & LABYRINTH_GFP_DMA32 ? 0x100000 : UINT64_MAX;
}

/* What can be said before a call. */
struct request {
	labyrinth_gfp_t gfp;
	bool     sound, room;
	uint64_t disturbed;
};

static bool has_room(labyrinth_gfp_t gfp, unsigned order)
{
	unsigned z = gfp & LABYRINTH_GFP_DMA ? 0 : gfp & LABYRINTH_GFP_DMA32 ? 1 : 2;
	struct labyrinth_stats s;

	if (fuzz.depth > 1 || fuzz.injecting)
		return false;
	fuzz.quiet++;
	labyrinth_stats(fuzz.lab, &s);
	fuzz.quiet--;
	for (unsigned k = order; k <= LABYRINTH_MAX_ORDER; k++)
		if (s.zone[z].free_blocks[k] > 0)
			return true;
	return false;
}

static struct request ask(labyrinth_gfp_t gfp, unsigned order, bool fits)
{
	return (struct request){ gfp, fits && sound(gfp), fits && has_room(gfp, order), fuzz.disturbed };
}

static void judge(const struct request *r, enum labyrinth_status status)
{
	if (status == LABYRINTH_OK) {
		must(r->sound, "a request is granted that is not in order", r->gfp);
		return;
	}
	must(r->sound == (status == LABYRINTH_NO_MEMORY), "a request is refused for the wrong reason", status);
	must(!r->sound || !r->room || r->disturbed != fuzz.disturbed, "a request is refused although there is room",
	     r->gfp);
}

/* ---- What was granted. */

static void add_block(uint64_t pfn, unsigned order, const struct block *like)
{
	struct block *b = &fuzz.block[fuzz.blocks++];

	*b = *like;
	b->page = shadow_page(pfn);
	b->pfn = pfn;
	b->order = order;
	b->mark = shadow_write(pfn, UINT64_C(1) << order);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Frames in a row, as blocks: each the largest that can begin where it does. */
static void hold(struct page *page, uint32_t frames, const struct request *r, bool moves, unsigned mover)
{
	struct block like = { .group = ++fuzz.groups, .frames = frames, .moves = moves, .mover = mover,
		              .shred = (r->gfp & LABYRINTH_GFP_SHRED) != 0 };
	uint64_t pfn, end;

	must(shadow_known(page), "a page is granted that is none", (uintptr_t)page);
	pfn = shadow_pfn(page);
	end = pfn + frames;
	must(shadow_page(pfn) == page, "a page is not that of its frame", pfn);
	must(end <= limit_of(r->gfp), "frames are granted above the limit", pfn);
	shadow_grant(pfn, frames, 0);
	if (r->gfp & LABYRINTH_GFP_ZERO)
		shadow_must_be_zero(pfn, frames);
	while (pfn < end) {
		unsigned order = 63 - (unsigned)__builtin_clzll(end - pfn);

		if (pfn != 0)
			order = (unsigned)least(order, (unsigned)__builtin_ctzll(pfn));
		add_block(pfn, order, &like);
		pfn += UINT64_C(1) << order;
	}
}

/* The frames of a request fit into the books. */
static bool crowded(unsigned blocks)
{
	return fuzz.blocks + blocks * (fuzz.depth + 1) > BLOCKS;
}

/* ---- The calls. */

void call_alloc(void)
{
	labyrinth_gfp_t gfp = some_gfp();
	unsigned how = (unsigned)below(256), order = how < 128 ? 0 : how < 240 ? how % 10 : (unsigned)below(24);
	struct request r;
	struct labyrinth_grant grant;

	if (crowded(1) || (order < 24 && heavy(gfp, UINT64_C(1) << order)))
		return;
	r = ask(gfp, order, order <= LABYRINTH_MAX_ORDER);
	grant = labyrinth_alloc_pages(fuzz.lab, gfp, order);
	judge(&r, grant.status);
	must((grant.page != NULL) == (grant.status == LABYRINTH_OK), "a grant and its status disagree", grant.status);
	if (grant.page == NULL)
		return;
	must(shadow_pfn(grant.page) % (UINT64_C(1) << order) == 0, "a block is not aligned", order);
	hold(grant.page, UINT32_C(1) << order, &r, false, 0);
}

/* Frames that are no power of two, mostly few. */
static uint32_t some_count(void)
{
	uint64_t how = below(64);

	return how < 40 ? 1 + (uint32_t)below(20) : how < 62 ? (uint32_t)below(1200) : (uint32_t)below(1 << 19);
}

static unsigned order_for(uint32_t frames)
{
	unsigned order = 0;

	while (UINT32_C(1) << order < frames)
		order++;
	return order;
}

void call_exact(void)
{
	labyrinth_gfp_t gfp = some_gfp();
	uint32_t frames = some_count();
	bool fits = frames > 0 && frames <= UINT32_C(1) << LABYRINTH_MAX_ORDER && host_context != LABYRINTH_NMI;
	struct labyrinth_grant grant;
	struct request r;

	if (crowded(36) || heavy(gfp, frames))
		return;
	r = ask(gfp, order_for(frames), fits);
	grant = labyrinth_alloc_pages_exact(fuzz.lab, gfp, frames);
	judge(&r, grant.status);
	if (grant.page != NULL)
		hold(grant.page, frames, &r, false, 0);
}

static bool power(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static bool lies_well(const struct labyrinth_contiguous *w, uint64_t at)
{
	uint64_t last = at + w->frames - 1;

	return at % w->alignment == 0 && last <= w->limit.n
	       && (w->boundary == 0 || at / w->boundary == last / w->boundary);
}

void call_range(void)
{
	labyrinth_gfp_t gfp = some_gfp() & ~(LABYRINTH_GFP_MOVABLE | LABYRINTH_GFP_RECLAIMABLE);
	struct labyrinth_contiguous w = { some_count(), { UINT64_MAX }, UINT64_C(1) << below(12), 0 };
	struct labyrinth_grant grant;
	struct request r;

	if (one_in(2))
		w.boundary = UINT64_C(1) << (order_for(w.frames) + below(4));
	if (one_in(4))
		w.limit.n = below(1 << 24);
	if (one_in(32))
		w.alignment = below(1000);
	if (one_in(32))
		w.boundary = below(1000);
	if (crowded(36) || heavy(gfp, w.frames))
		return;
	r = ask(gfp, LABYRINTH_MAX_ORDER, host_context == LABYRINTH_TASK && !(gfp & LABYRINTH_GFP_ATOMIC));
	r.room = r.room && w.limit.n == UINT64_MAX && w.boundary == 0 && power(w.alignment);
	grant = labyrinth_alloc_contiguous(fuzz.lab, gfp, &w);
	if (grant.status != LABYRINTH_BAD_COUNT && grant.status != LABYRINTH_BAD_CONSTRAINT)
		judge(&r, grant.status);
	if (grant.page == NULL)
		return;
	must(power(w.alignment) && (w.boundary == 0 || power(w.boundary))
	     && lies_well(&w, shadow_pfn(grant.page)), "a range does not lie where it should",
	     w.frames);
	hold(grant.page, w.frames, &r, false, 0);
}

void call_bulk(void)
{
	labyrinth_gfp_t gfp = some_gfp();
	uint32_t count = (uint32_t)below(BULK + 1);
	struct page *page[BULK];
	struct labyrinth_bulk bulk;
	struct request r;

	if (crowded(BULK))
		return;
	r = ask(gfp, 0, true);
	bulk = labyrinth_alloc_bulk(fuzz.lab, gfp, count, page);
	r.room = r.room && bulk.count == 0;
	must(bulk.status != LABYRINTH_OK || bulk.count == count, "a bulk call says that all is done", bulk.count);
	must(bulk.status == LABYRINTH_OK || bulk.count < count || !r.sound, "a bulk call has done more than all",
	     bulk.count);
	if (count > 0 || bulk.status != LABYRINTH_OK)
		judge(&r, bulk.status);
	for (uint32_t i = 0; i < bulk.count; i++)
		hold(page[i], 1, &r, false, 0);
}

void movable_take(labyrinth_gfp_t gfp, unsigned mover)
{
	struct request r = ask(gfp | LABYRINTH_GFP_MOVABLE, 0, fuzz.mover_on[mover]);
	struct labyrinth_grant grant;

	if (crowded(1) || fuzz.mover_changes[mover])
		return;
	grant = labyrinth_alloc_movable(fuzz.lab, gfp, fuzz.mover[mover]);
	if (r.disturbed == fuzz.disturbed)
		judge(&r, grant.status);
	if (grant.page != NULL)
		hold(grant.page, 1, &r, true, mover);
}

void call_movable(void)
{
	movable_take(some_gfp(), (unsigned)below(HELPERS));
}
