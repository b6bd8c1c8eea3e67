/*
 * kit.h - what the tests of the allocator's core share: a small machine, and the comparison around a refusal.
 *
 * Idea    A refusal must leave the metadata as it was, byte by byte. ASSERT_REFUSED compares all of it. Where the call
 *         had to look under a lock, or counts refusals, ASSERT_REFUSED_COUNTED compares all but what forget() names.
 */
#ifndef TESTS_KIT_H
#define TESTS_KIT_H

#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "instance.h"
#include "mover.h"
#include "owner.h"
#include "port/host.h"
#include "reclaim.h"
#include "vault.h"
#include "wait.h"
#include "zone.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define GIB4 UINT64_C(0x100000) /* frame number of 4 GiB: the first of zone NORMAL */

/* Four page blocks in zone NORMAL: 2048 frames. */
static const uint64_t small_machine[][2] = { { GIB4, GIB4 + 2048 }, { 0, 0 } };

/* Two page blocks in each zone. */
static const uint64_t three_zones[][2] = { { 0x200, 0x600 }, { 0x2000, 0x2400 }, { GIB4, GIB4 + 0x400 }, { 0, 0 } };

/* The unit of the vault's surplus that claims leave to maintenance. */
#define LEFT 1u

/* Before each test: the host as it is at start, whatever a test that failed has left. */
static inline int host_reset(void **state)
{
	(void)state;
	host_context = LABYRINTH_TASK;
	host_cpu = 0;
	host_irq_on = true;
	host_interrupt = NULL;
	host_seed = 1;
	return 0;
}

#define kit_test(function) cmocka_unit_test_setup(function, host_reset)

/* The end of most tests: nobody is in the allocator, and all laws hold. */
static inline void machine_end(struct arena *a)
{
	host_context = LABYRINTH_TASK;
	host_cpu = 0;
	assert_lawful(a->lab);
	arena_end(a);
}

static inline void assert_status(enum labyrinth_status found, enum labyrinth_status expected)
{
	assert_string_equal(labyrinth_status_name(found), labyrinth_status_name(expected));
}

/* The same field in a copy of the metadata. */
static inline void *in_copy(const struct arena *a, uint8_t *copy, void *field)
{
	return copy + ((uint8_t *)field - (uint8_t *)a->metadata);
}

/* How many tickets are out stays; how many there ever were goes. */
static inline void forget_tickets(struct lock *l)
{
	l->next -= l->serving;
	l->serving = 0;
}

/* What a refusal may write: it draws a ticket and hands it back, and the owner's counters of refusals count it. */
static inline void forget(const struct arena *a, uint8_t *copy)
{
	struct owners *owners = a->lab->owners;

	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		forget_tickets(in_copy(a, copy, &a->lab->zones[z].lock));
	forget_tickets(in_copy(a, copy, &owners->lock));
	forget_tickets(in_copy(a, copy, &a->lab->reclaimer->lock));
	forget_tickets(in_copy(a, copy, &a->lab->waiters->lock));
	forget_tickets(in_copy(a, copy, &a->lab->movers->lock));
	for (uint32_t i = 0; i < owners->slots; i++) {
		struct owner *o = in_copy(a, copy, &owners->at[i]);

		o->over_limit = o->over_rate = o->no_memory = o->misused = o->worst_ticks = 0;
	}
}

/* Frees the snapshot. */
static inline void assert_only_counted(const struct arena *a, void *before)
{
	void *after = arena_snapshot(a);

	forget(a, before);
	forget(a, after);
	assert_memory_equal(after, before, a->bytes);
	free(before);
	free(after);
}

#define ASSERT_REFUSED(arena, call, why) \
	do { \
		void *before_ = arena_snapshot(arena); \
		assert_status(call, why); \
		assert_unchanged(arena, before_); \
	} while (0)

#define ASSERT_REFUSED_COUNTED(arena, call, why) \
	do { \
		void *before_ = arena_snapshot(arena); \
		assert_status(call, why); \
		assert_only_counted(arena, before_); \
	} while (0)

static inline struct labyrinth_config config_of(uint32_t owners, uint64_t reserve, uint64_t vault)
{
	return (struct labyrinth_config){ .owners = owners, .reserve_frames = reserve, .vault_frames = vault };
}

/* As one who waits for no lock: a test may hold some itself. */
static inline struct labyrinth_stats stats_of(const struct labyrinth *lab)
{
	enum labyrinth_context context = host_context;
	struct labyrinth_stats stats;

	host_context = LABYRINTH_NMI;
	labyrinth_stats(lab, &stats);
	host_context = context;
	return stats;
}

/* Page blocks of zone NORMAL that are free as a whole. */
static inline uint64_t whole_blocks(const struct labyrinth *lab)
{
	struct labyrinth_stats stats = stats_of(lab);
	uint64_t blocks = 0;

	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER; k++)
		blocks += stats.zone[LABYRINTH_ZONE_NORMAL].free_blocks[k] << (k - BLOCK_ORDER);
	return blocks;
}

/* ---- Shared frames. */

static inline struct page *must_alloc(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, gfp, order);

	assert_status(grant.status, LABYRINTH_OK);
	assert_non_null(grant.page);
	return grant.page;
}

/* The outcome of a request that should be refused. */
static inline enum labyrinth_status alloc_status(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, gfp, order);

	assert_true((grant.page == NULL) == (grant.status != LABYRINTH_OK));
	return grant.status;
}

static inline void must_free(struct labyrinth *lab, struct page *page, unsigned order)
{
	assert_status(labyrinth_free_pages(lab, page, order), LABYRINTH_OK);
}

/* Single shared frames, as many as the zones have; room for those of any machine in these tests. */
struct hog {
	struct page *page[16384];
	size_t       count;
};

static inline struct hog *hog_new(struct labyrinth *lab)
{
	struct hog *hog = calloc(1, sizeof(*hog));
	struct labyrinth_grant grant;

	assert_non_null(hog);
	while ((grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_NOWAIT, 0)).page != NULL) {
		assert_true(hog->count < COUNT(hog->page));
		hog->page[hog->count++] = grant.page;
	}
	assert_status(grant.status, LABYRINTH_NO_MEMORY);
	assert_int_equal(stats_of(lab).free, 0);
	return hog;
}

/* Gives `count` frames back, the latest first. */
static inline void hog_free(struct labyrinth *lab, struct hog *hog, size_t count)
{
	while (count-- > 0)
		must_free(lab, hog->page[--hog->count], 0);
}

static inline void hog_end(struct labyrinth *lab, struct hog *hog)
{
	hog_free(lab, hog, hog->count);
	free(hog);
}

/* ---- Owners and claims. */

static inline labyrinth_owner_t must_register(struct labyrinth *lab, uint32_t guarantee, uint32_t limit,
                                              uint32_t recycle)
{
	const struct labyrinth_budget budget = { "test", guarantee, limit, recycle };
	labyrinth_owner_t owner = LABYRINTH_NOBODY;

	assert_status(labyrinth_owner_register(lab, &budget, &owner), LABYRINTH_OK);
	return owner;
}

static inline struct labyrinth_claim try_claim(struct labyrinth *lab, labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = { .lab = lab, .owner = owner, .page = (struct page *)(uintptr_t)1 };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	assert_true((claim.page == NULL) == (claim.status != LABYRINTH_OK));
	return claim;
}

static inline struct labyrinth_claim must_claim(struct labyrinth *lab, labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = try_claim(lab, owner);

	assert_status(claim.status, LABYRINTH_OK);
	return claim;
}

static inline void must_release(struct labyrinth_claim *claim)
{
	assert_status(labyrinth_claim_release(claim), LABYRINTH_OK);
	assert_null(claim->page);
	assert_status(claim->status, LABYRINTH_OK);
}

/* Claims until refused, `most` at most; how many were granted. */
static inline size_t claim_many(struct labyrinth *lab, labyrinth_owner_t owner, struct labyrinth_claim *claims,
                                size_t most)
{
	size_t n = 0;

	while (n < most && (claims[n] = try_claim(lab, owner)).page != NULL)
		n++;
	return n;
}

static inline void release_many(struct labyrinth_claim *claims, size_t count)
{
	for (size_t i = 0; i < count; i++)
		must_release(&claims[i]);
}

static inline struct labyrinth_owner_stats owner_stats(const struct labyrinth *lab, labyrinth_owner_t owner)
{
	struct labyrinth_owner_stats stats;

	assert_status(labyrinth_owner_stats(lab, owner, &stats), LABYRINTH_OK);
	return stats;
}

/* Until maintenance has nothing left to do. */
static inline void maintain_all(struct labyrinth *lab)
{
	while (labyrinth_maintain(lab, 100) > 0)
		;
}

/* Pointers that are no page of this machine: below and above its pages, across two of them, metadata, elsewhere. */
#define FOREIGN_PAGES 8

static inline struct page *foreign_page(const struct arena *a, unsigned i)
{
	static struct page elsewhere;
	const struct frames *f = a->lab->frames;
	uintptr_t first = (uintptr_t)f->page, bytes = (uintptr_t)f->blocks * BLOCK_FRAMES * sizeof(struct page);
	const uintptr_t pages[FOREIGN_PAGES] = {
		first - sizeof(struct page), first + bytes, first + 1, first + bytes - 4, (uintptr_t)a->lab,
		(uintptr_t)&elsewhere, 8, UINTPTR_MAX - 7,
	};

	return (struct page *)pages[i];
}

static inline uint8_t *bytes_of(struct labyrinth *lab, const struct page *page)
{
	return host_bytes(labyrinth_page_phys(lab, page));
}

#endif
