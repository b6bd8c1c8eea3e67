/*
 * test_rows.c - calls for several frames at once, interrupted after every instruction by those who take and free.
 *
 * Idea    Ranges, exact counts and bulk calls take and give many frames, under more than one lock and through what is
 *         at hand. Wherever the interrupt comes, no frame is granted twice, what was to be freed is, all laws hold, and
 *         when everything is given back all of it is free.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/pairs.h"
#include "port/host.h"

#define FIRST  0x1100u
#define FRAMES 64u
#define ROW    5u
#define ATOMIC LABYRINTH_GFP_ATOMIC
#define NOWAIT LABYRINTH_GFP_NOWAIT

/* Frames that somebody has: one page, and how many from there on. */
struct holding {
	struct page *page;
	uint32_t     frames;
};

static struct scene {
	labyrinth_owner_t owner;
	struct labyrinth_claim held, claim; /* from before, and by the interrupt         */
	struct holding row, exact;          /* from before; no frames: given back        */
	struct page *many[ROW];             /* likewise, single frames                   */
	uint32_t     have;                  /* of those                                  */
	struct page *hog[FRAMES];           /* what makes memory scarce                  */
	uint32_t     hogged;
	struct holding taken;               /* by the body: a range or an exact count    */
	struct page *bulk[ROW];             /* likewise, single frames                   */
	uint32_t     got;
	struct page *more[2];               /* by the interrupt: a frame, two in a block */
	enum labyrinth_status outcome;      /* of what gives back                        */
} s;

static struct arena arena;

enum scenario { ROOM, CACHED, SCARCE };

static const char *const scenario_name[] = { "room", "magazines", "seven frames left", NULL };

static const struct labyrinth_contiguous want = { ROW, { FIRST + FRAMES - 2 }, 2, 16 };

static struct labyrinth_claim claim_one(void)
{
	struct labyrinth_claim claim = { .lab = arena.lab, .owner = s.owner };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	return claim;
}

/* All but seven frames, of which five are in a row. */
static void run_short(void)
{
	while ((s.hog[s.hogged] = labyrinth_alloc_pages(arena.lab, NOWAIT, 0).page) != NULL)
		s.hogged++;
	assert_true(s.hogged > 20);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(labyrinth_free_pages(arena.lab, s.hog[--s.hogged], 0), LABYRINTH_OK);
}

static void set_up(unsigned scenario)
{
	static const uint64_t ranges[][2] = { { FIRST, FIRST + FRAMES }, { 0, 0 } };
	const struct labyrinth_budget budget = { "owner", 2, 3, 0 };

	arena = arena_new(ranges, config_with(1, 2, 4, 1, scenario == CACHED ? 8 : 0));
	memset(&s, 0, sizeof(s));
	assert_int_equal(labyrinth_owner_register(arena.lab, &budget, &s.owner), LABYRINTH_OK);
	s.held = claim_one();
	s.claim.lab = arena.lab;
	s.row = (struct holding){ labyrinth_alloc_contiguous(arena.lab, NOWAIT, &want).page, ROW };
	s.exact = (struct holding){ labyrinth_alloc_pages_exact(arena.lab, NOWAIT, ROW).page, ROW };
	s.have = labyrinth_alloc_bulk(arena.lab, NOWAIT, ROW, s.many).count;
	assert_true(s.row.page != NULL && s.exact.page != NULL && s.have == ROW);
	if (scenario == SCARCE)
		run_short();
}

/* ---- Calls that are interrupted. */

static void body_alloc_range(void)
{
	s.taken = (struct holding){ labyrinth_alloc_contiguous(arena.lab, NOWAIT, &want).page, ROW };
}

static void body_alloc_exact(void)
{
	s.taken = (struct holding){ labyrinth_alloc_pages_exact(arena.lab, NOWAIT, ROW).page, ROW };
}

static void body_alloc_bulk(void) { s.got = labyrinth_alloc_bulk(arena.lab, NOWAIT, ROW, s.bulk).count; }

static void body_free_range(void)
{
	s.outcome = labyrinth_free_contiguous(arena.lab, s.row.page, ROW);
	s.row.frames = 0;
}

static void body_free_exact(void)
{
	s.outcome = labyrinth_free_pages_exact(arena.lab, s.exact.page, ROW);
	s.exact.frames = 0;
}

static void body_free_bulk(void)
{
	s.outcome = labyrinth_free_bulk(arena.lab, s.many, ROW).status;
	s.have = 0;
}

static void body_statistics(void)
{
	struct labyrinth_stats stats;

	labyrinth_stats(arena.lab, &stats);
}

static const struct pairs_call bodies[] = {
	{ "alloc contiguous", body_alloc_range }, { "free contiguous", body_free_range },
	{ "alloc exact", body_alloc_exact },      { "free exact", body_free_exact },
	{ "alloc in bulk", body_alloc_bulk },     { "free in bulk", body_free_bulk },
	{ "statistics", body_statistics },
	{ NULL, NULL },
};

/* ---- Calls that interrupt. */

static void inner_alloc(void) { s.more[0] = labyrinth_alloc_pages(arena.lab, ATOMIC, 0).page; }
static void inner_block(void) { s.more[1] = labyrinth_alloc_pages(arena.lab, ATOMIC, 1).page; }
static void inner_claim(void) { s.claim = claim_one(); }

static void inner_release(void)
{
	if (labyrinth_claim_release(&s.held) != LABYRINTH_OK)
		s.outcome = LABYRINTH_STALE_CLAIM;
}

/* What it takes it gives back. */
static void inner_come_and_go(void)
{
	struct page *pages[3];
	struct labyrinth_bulk bulk = labyrinth_alloc_bulk(arena.lab, ATOMIC, 3, pages);

	if (labyrinth_free_bulk(arena.lab, pages, bulk.count).status != LABYRINTH_OK)
		s.outcome = LABYRINTH_NOT_ALLOCATED;
}

static const struct pairs_call inners[] = {
	{ "alloc ATOMIC", inner_alloc }, { "alloc a block", inner_block }, { "claim", inner_claim },
	{ "release", inner_release },
	{ NULL, NULL },
};

/* In an NMI a free is refused. */
static const struct pairs_call handlers[] = {
	{ "alloc and free in bulk", inner_come_and_go },
	{ NULL, NULL },
};

/* ---- What must be true afterwards. */

/* Marks frames as somebody's; false when one of them is already. */
static bool mark(uint64_t *map, const struct page *page, uint32_t frames)
{
	uint64_t bits;

	if (page == NULL || frames == 0)
		return true;
	bits = ((UINT64_C(1) << frames) - 1) << (labyrinth_page_pfn(arena.lab, page).n - FIRST);
	if (*map & bits)
		return false;
	*map |= bits;
	return true;
}

static bool mark_each(uint64_t *map, struct page *const *pages, uint32_t count)
{
	while (count-- > 0)
		if (!mark(map, pages[count], 1))
			return false;
	return true;
}

static bool granted_once(void)
{
	uint64_t map = 0;

	return mark(&map, s.row.page, s.row.frames) && mark(&map, s.exact.page, s.exact.frames)
	       && mark_each(&map, s.many, s.have) && mark_each(&map, s.hog, s.hogged)
	       && mark(&map, s.taken.page, s.taken.frames) && mark_each(&map, s.bulk, s.got)
	       && mark(&map, s.more[0], 1) && mark(&map, s.more[1], 2) && mark(&map, s.held.page, 1)
	       && mark(&map, s.claim.page, 1);
}

static bool give_block(struct page *page, unsigned order)
{
	return page == NULL || labyrinth_free_pages(arena.lab, page, order) == LABYRINTH_OK;
}

static bool give_row(struct holding row)
{
	return row.page == NULL || row.frames == 0
	       || labyrinth_free_contiguous(arena.lab, row.page, row.frames) == LABYRINTH_OK;
}

static bool give_all(void)
{
	return give_row(s.row) && give_row(s.exact) && give_row(s.taken) && give_block(s.more[0], 0)
	       && give_block(s.more[1], 1) && labyrinth_free_bulk(arena.lab, s.many, s.have).status == LABYRINTH_OK
	       && labyrinth_free_bulk(arena.lab, s.hog, s.hogged).status == LABYRINTH_OK
	       && labyrinth_free_bulk(arena.lab, s.bulk, s.got).status == LABYRINTH_OK
	       && labyrinth_owner_retire(arena.lab, s.owner) == LABYRINTH_OK;
}

static const char *wrong(void)
{
	struct labyrinth_stats stats;

	if (s.outcome != LABYRINTH_OK)
		return "what was granted could not be given back";
	if (s.claim.status != LABYRINTH_OK)
		return "a claim within its guarantee was refused";
	if (!granted_once())
		return "one frame was granted twice";
	if (!give_all())
		return "a frame could not be given back at the end";
	labyrinth_maintain(arena.lab, 100);
	labyrinth_stats(arena.lab, &stats);
	if (stats.shared + stats.owned + stats.dirty != 0)
		return "a frame is missing at the end";
	return NULL;
}

int main(void)
{
	const struct pairs all = {
		.bodies = bodies, .inners = inners, .handlers = handlers, .scenarios = scenario_name, .set_up = set_up,
		.wrong = wrong, .arena = &arena, .scene = { &s, sizeof(s) },
	};

	return pairs_run(&all);
}
