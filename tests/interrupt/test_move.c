/*
 * test_move.c - movable frames taken, freed and moved, interrupted after every instruction by their user and by others.
 *
 * Idea    Two page blocks of movable frames. The last one holds two frames, so a compaction empties it: that is the
 *         interrupted call, or an allocation, or a free. In the interrupt the user frees a frame, the one that is being
 *         moved for one, or takes another one; or somebody else takes what he can get. Afterwards all laws hold, each
 *         frame of the table holds what was written into it, and when all is freed everything is free.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/pairs.h"
#include "page.h"
#include "port/host.h"

#define FIRST  0x1200u
#define FRAMES 1024u
#define PLACES 514u /* page block 0, and two frames more */
#define HOLES  4u   /* places of page block 0 that are free at the start */

static struct scene {
	labyrinth_mover_t mover;
	labyrinth_owner_t owner;
	struct page      *page[PLACES];  /* the user's table; NULL: free */
	uint32_t          holds[FRAMES]; /* what is in each frame, without its bytes */
	struct page      *more;          /* taken by the interrupt, in no table */
	struct labyrinth_claim claim;
	struct page      *offered;       /* freed while its mover has not answered yet */
	bool              compacts;      /* that is what the body does */
	struct labyrinth_compaction done;
	enum labyrinth_status outcome;
} s;

static struct arena arena;

static const char *const scenario_name[] = { "two page blocks", NULL };

static uint32_t *bytes(struct page *page)
{
	return &s.holds[labyrinth_page_pfn(arena.lab, page).n - FIRST];
}

/* Interrupts off, as the lock of a table that handlers use would have them: one step. */
static bool relocate(void *context, struct page *from, struct page *to)
{
	labyrinth_irq_t was = labyrinth_port_irq_off();
	unsigned i = 0;

	(void)context;
	while (i < PLACES && s.page[i] != from)
		i++;
	if (i < PLACES) {
		*bytes(to) = *bytes(from);
		s.page[i] = to;
	}
	labyrinth_port_irq_back(was);
	return i < PLACES;
}

static void fill(unsigned i)
{
	s.page[i] = labyrinth_alloc_movable(arena.lab, LABYRINTH_GFP_ATOMIC, s.mover).page;
	if (s.page[i] != NULL)
		*bytes(s.page[i]) = i;
}

static void drop(unsigned i)
{
	struct page *page = s.page[i];

	s.page[i] = NULL;
	if (page != NULL && labyrinth_free_pages(arena.lab, page, 0) != LABYRINTH_OK)
		s.outcome = LABYRINTH_NOT_ALLOCATED;
}

static void set_up(unsigned scenario)
{
	static const uint64_t ranges[][2] = { { FIRST, FIRST + FRAMES }, { 0, 0 } };
	const struct labyrinth_config config = { .owners = 1, .vault_frames = 0 };
	const struct labyrinth_budget budget = { "owner", 0, 2, 0 };
	const struct labyrinth_mover mover = { "table", relocate, NULL };

	(void)scenario; /* there is one */
	arena = arena_new(ranges, config);
	memset(&s, 0, sizeof(s));
	assert_int_equal(labyrinth_owner_register(arena.lab, &budget, &s.owner), LABYRINTH_OK);
	assert_int_equal(labyrinth_mover_register(arena.lab, &mover, &s.mover), LABYRINTH_OK);
	for (unsigned i = 0; i < PLACES; i++)
		fill(i);
	for (unsigned i = 0; i < HOLES; i++)
		drop(100 * i);
}

/* ---- Calls that are interrupted. */

static void body_fill(void) { fill(0); }
static void body_drop(void) { drop(1); }

static void body_compact(void)
{
	s.compacts = true;
	s.done = labyrinth_compact(arena.lab, 9, 8);
}

/* As compaction leaves a frame while its mover is being asked. */
static void body_drop_offered(void)
{
	s.offered = s.page[1];
	word_store(s.offered, word_load(s.offered) | WORD_OFFERED | WORD_SHRED);
	drop(1);
}

static const struct pairs_call bodies[] = {
	{ "compact", body_compact }, { "alloc movable", body_fill }, { "free movable", body_drop },
	{ "free of a frame on offer", body_drop_offered },
	{ NULL, NULL },
};

/* ---- Calls that interrupt. */

static void inner_drop_moving(void) { drop(512); }
static void inner_drop_next(void)   { drop(513); }

static void scribble(struct page *page)
{
	if (page != NULL)
		*bytes(page) = UINT32_MAX;
}

static void inner_take(void)
{
	s.more = labyrinth_alloc_movable(arena.lab, LABYRINTH_GFP_ATOMIC, s.mover).page;
	scribble(s.more);
}

/* What was freed is taken again, by the same mover. */
static void inner_drop_and_take(void)
{
	drop(512);
	inner_take();
}

/* What compaction does on another CPU when the mover has answered. */
static void inner_end_offer(void)
{
	uint64_t word = s.offered != NULL ? word_load(s.offered) : 0;

	if (word & WORD_OFFERED)
		word_swap(s.offered, word, word & ~(WORD_OFFERED | WORD_SHRED));
}

static void inner_claim(void)
{
	s.claim = (struct labyrinth_claim){ .lab = arena.lab, .owner = s.owner };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&s.claim);
	scribble(s.claim.page);
}

static void inner_reclaimable(void)
{
	s.more = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_RECLAIMABLE, 0).page;
	scribble(s.more);
}

static const struct pairs_call inners[] = {
	{ "alloc movable", inner_take },
	{ "end of an offer", inner_end_offer },
	{ "claim", inner_claim },
	{ "alloc reclaimable", inner_reclaimable },
	{ NULL, NULL },
};

/* In an NMI a free is refused. */
static const struct pairs_call handlers[] = {
	{ "free of what may be moving", inner_drop_moving },
	{ "free of what moves next", inner_drop_next },
	{ "free and alloc", inner_drop_and_take },
	{ NULL, NULL },
};

/* ---- What must be true afterwards. */

static const char *wrong(void)
{
	struct labyrinth_stats stats;

	if (s.outcome != LABYRINTH_OK)
		return "a frame of the table could not be freed";
	for (unsigned i = 0; i < PLACES; i++)
		if (s.page[i] != NULL && *bytes(s.page[i]) != i)
			return "a frame of the table holds something else";
	for (unsigned i = 0; i < PLACES; i++)
		drop(i);
	if (s.more != NULL && labyrinth_free_pages(arena.lab, s.more, 0) != LABYRINTH_OK)
		return "a frame of the interrupt could not be freed";
	if (s.claim.page != NULL && labyrinth_claim_release(&s.claim) != LABYRINTH_OK)
		return "a claim of the interrupt could not be released";
	if (labyrinth_mover_unregister(arena.lab, s.mover) != LABYRINTH_OK)
		return "the mover counts a frame that it does not have";
	labyrinth_maintain(arena.lab, 10);
	labyrinth_stats(arena.lab, &stats);
	return stats.free == FRAMES && stats.zone[LABYRINTH_ZONE_DMA32].free_blocks[9]
	       + stats.zone[LABYRINTH_ZONE_DMA].free_blocks[9] == 2 ? NULL : "a frame is missing at the end";
}

static void alone(void)
{
	if (s.compacts)
		assert_true(s.done.status == LABYRINTH_OK && s.done.moved == 2);
}

int main(void)
{
	const struct pairs all = {
		.bodies = bodies, .inners = inners, .handlers = handlers, .scenarios = scenario_name, .set_up = set_up,
		.wrong = wrong, .alone = alone, .arena = &arena, .scene = { &s, sizeof(s) },
	};

	return pairs_run(&all);
}
