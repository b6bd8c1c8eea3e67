/*
 * ways.c - the interrupt's work.
 *
 * Writes  The struct that it is given.
 */
#include <stddef.h>

#include <labyrinth/labyrinth.h>

#include "bench/ways.h"
#include "maintenance.h"
#include "x86/cpu.h"

#define PAGE_BLOCK_ORDER 9u

const char *const way_names[WAYS] = {
	[ALLOC_AT_HAND]       = "alloc, atomic, at hand",
	[FREE_AT_HAND]        = "free, to what is at hand",
	[ALLOC_ZONE]          = "alloc, atomic, from a zone",
	[FREE_ZONE]           = "free, after that",
	[CLAIM_KEPT]          = "claim, recycled, the last",
	[CLAIM_STACK]         = "claim, recycled, others",
	[CLAIM_VAULT]         = "claim, vault",
	[CLAIM_BEYOND]        = "claim, vault, surplus",
	[CLAIM_BEYOND_ASKS]   = "claim, vault, surplus, asks",
	[CLAIM_BEYOND_ASKED]  = "claim, vault, surplus, asked",
	[CLAIM_REFUSED]       = "claim, refused",
	[CLAIM_SHREDS]        = "claim, shreds here",
	[CLAIM_SHREDS_ASKS]   = "claim, shreds here, asks",
	[RELEASE_KEPT]        = "release, the only one kept",
	[RELEASE_STACK]       = "release, others are kept",
	[RELEASE_DIRTY]       = "release, to be shredded",
	[RELEASE_DIRTY_ASKS]  = "release, shredded, asks",
	[RELEASE_DIRTY_ASKED] = "release, shredded, asked",
	[RELEASE_FIRST]       = "release, shredded, the most",
	[LEND]                = "lend",
	[TAKE_BACK]           = "take back",
	[TRANSFER]            = "transfer",
	[MAP]                 = "map a window",
	[UNMAP]               = "unmap it",
};

static void expect(struct ways *w, bool good)
{
	if (!good)
		w->wrong++;
}

static void note(struct ways *w, enum way way, uint64_t took, bool good)
{
	expect(w, good);
	if (good && w->warm)
		sample_add(&w->sample[way], took - w->nothing);
}

/* Times one expression, true when it went as it should. Which way it was is looked at afterwards. */
#define TIMED(w, way, expression) \
	do { \
		uint64_t start_ = cpu_tsc(); \
		bool good_ = (expression); \
		uint64_t took_ = cpu_tsc() - start_; \
		note(w, way, took_, good_); \
	} while (0)

bool ways_asked(const struct ways *w)
{
	return maintenance_kicks() != w->kicks;
}

/* ---- Shared frames. */

static bool allocates(struct ways *w, unsigned i, labyrinth_gfp_t gfp)
{
	w->page[i] = labyrinth_alloc_pages(w->lab, gfp, 0).page;
	return w->page[i] != NULL;
}

static bool frees(struct ways *w, unsigned i)
{
	return w->page[i] == NULL || labyrinth_free_pages(w->lab, w->page[i], 0) == LABYRINTH_OK;
}

static void share(struct ways *w, labyrinth_gfp_t gfp, enum way alloc, enum way free)
{
	for (unsigned i = 0; i < ROUND; i++)
		TIMED(w, alloc, allocates(w, i, gfp));
	for (unsigned i = 0; i < ROUND; i++)
		TIMED(w, free, frees(w, i));
}

void ways_share_at_hand(struct ways *w)
{
	share(w, LABYRINTH_GFP_ATOMIC, ALLOC_AT_HAND, FREE_AT_HAND);
}

/* A frame of a named zone is not looked for among those at hand. */
void ways_share_of_zone(struct ways *w)
{
	share(w, LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_DMA32, ALLOC_ZONE, FREE_ZONE);
}

/* ---- Claims. */

static void prepare(struct ways *w, unsigned i, labyrinth_owner_t owner)
{
	w->claim[i] = (struct labyrinth_claim){ .lab = w->lab, .owner = owner };
}

static bool claims(struct ways *w, unsigned i)
{
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&w->claim[i]);
	return w->claim[i].page != NULL;
}

static bool releases(struct ways *w, unsigned i)
{
	return labyrinth_claim_release(&w->claim[i]) == LABYRINTH_OK;
}

void ways_soil(struct ways *w)
{
	prepare(w, 0, w->shreds);
	expect(w, claims(w, 0));
	expect(w, releases(w, 0));
}

void ways_hoard(struct ways *w)
{
	prepare(w, 0, w->hoards);
	expect(w, claims(w, 0));
}

/* Three ways of one call: it need not ask for maintenance, it does, somebody has. The next two follow `quiet`. */
static enum way which(const struct ways *w, enum way quiet, bool asked_before)
{
	return asked_before ? quiet + 2 : ways_asked(w) ? quiet + 1 : quiet;
}

static void claim_some(struct ways *w, labyrinth_owner_t owner, enum way way, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		prepare(w, i, owner);
		TIMED(w, way, claims(w, i));
	}
}

static void release_half(struct ways *w)
{
	for (unsigned i = 0; i < HALF; i++)
		expect(w, releases(w, i));
}

/* One frame, again and again: it is always the one that was released last. */
void ways_kept(struct ways *w)
{
	prepare(w, 0, w->keeps);
	for (unsigned i = 0; i < ROUND; i++) {
		TIMED(w, CLAIM_KEPT, claims(w, 0));
		TIMED(w, RELEASE_KEPT, releases(w, 0));
	}
}

static void use(struct ways *w, struct labyrinth_claim *claim)
{
	TIMED(w, MAP, labyrinth_claim_map(claim) != NULL);
	TIMED(w, UNMAP, labyrinth_claim_unmap(claim) == LABYRINTH_OK);
	TIMED(w, LEND, labyrinth_claim_lend(claim) == LABYRINTH_OK);
	TIMED(w, TAKE_BACK, labyrinth_claim_take_back(claim) == LABYRINTH_OK);
	TIMED(w, TRANSFER, labyrinth_claim_transfer(claim, w->other) == LABYRINTH_OK);
	TIMED(w, TRANSFER, labyrinth_claim_transfer(claim, w->keeps) == LABYRINTH_OK);
}

/* The frame that was released last is out of the way first, and one is there again before the others are released. */
void ways_stack(struct ways *w)
{
	prepare(w, ROUND, w->keeps);
	expect(w, claims(w, ROUND));
	claim_some(w, w->keeps, CLAIM_STACK, ROUND);
	for (unsigned i = 0; i < ROUND; i++)
		use(w, &w->claim[i]);
	expect(w, releases(w, ROUND));
	for (unsigned i = 0; i < ROUND; i++)
		TIMED(w, RELEASE_STACK, releases(w, i));
}

static uint64_t page_block(const struct ways *w, unsigned i)
{
	return labyrinth_page_phys(w->lab, w->claim[i].page).a >> (LABYRINTH_PAGE_SHIFT + PAGE_BLOCK_ORDER);
}

/* The first frame that an owner releases: its last one was in no page block. */
void ways_first(struct ways *w)
{
	prepare(w, 0, w->fresh[w->next++]);
	expect(w, claims(w, 0));
	TIMED(w, RELEASE_FIRST, releases(w, 0));
}

/* The first one in a page block has its own row. */
static void release_dirty(struct ways *w, unsigned i)
{
	uint64_t block = page_block(w, i);
	bool asked = ways_asked(w);

	if (block != w->block)
		expect(w, releases(w, i));
	else
		TIMED(w, which(w, RELEASE_DIRTY, asked), releases(w, i));
	w->block = block;
}

void ways_vault(struct ways *w)
{
	claim_some(w, w->shreds, CLAIM_VAULT, HALF);
	for (unsigned i = 0; i < HALF; i++)
		release_dirty(w, i);
}

void ways_beyond(struct ways *w)
{
	for (unsigned i = 0; i < HALF; i++) {
		bool asked = ways_asked(w);

		prepare(w, i, w->beyond);
		TIMED(w, which(w, CLAIM_BEYOND, asked), claims(w, i));
	}
	for (unsigned i = 0; i < HALF; i++) {
		prepare(w, HALF, w->beyond);
		TIMED(w, CLAIM_REFUSED, !claims(w, HALF));
	}
	release_half(w);
}

/* Nothing in the vault is clean. */
void ways_shred(struct ways *w)
{
	for (unsigned i = 0; i < HALF; i++) {
		bool asked = ways_asked(w);

		prepare(w, i, w->shreds);
		TIMED(w, !asked && ways_asked(w) ? CLAIM_SHREDS_ASKS : CLAIM_SHREDS, claims(w, i));
	}
	release_half(w);
}
