/*
 * test_isolate.c - exclusive frames are out of the direct map: strays fault, refills are batches, guarantees hold.
 */
#include "kit.h"

#include "claims.h"
#include "hide.h"
#include "port/mmu.h"
#include "window.h"

#define VAULT   700u
#define BLOCKS  20u
#define CPUS    2u
#define CLAIMED (MMU_SLOTS - LABYRINTH_KEPT_WINDOWS) /* windows that claims may have */

/* Large enough for the vault to have a page block of slack, also behind many that nobody has used; and too small. */
static const uint64_t large[][2] = { { GIB4, GIB4 + BLOCKS * BLOCK_FRAMES }, { 0, 0 } };
static const uint64_t apart[][2] = { { GIB4 - 61 * BLOCK_FRAMES, GIB4 + BLOCKS * BLOCK_FRAMES }, { 0, 0 } };
static const uint64_t small[][2] = { { GIB4, GIB4 + 4 * BLOCK_FRAMES }, { 0, 0 } };

static struct labyrinth_isolation port;

static struct arena bare(const uint64_t (*ranges)[2], uint64_t vault)
{
	struct labyrinth_config config = config_of(4, 8, vault);
	struct arena a;

	config.cpus = CPUS;
	a = arena_new(ranges, config);
	port = mmu_start(ranges[0][0], ranges[0][1] - ranges[0][0]);
	mmu.lab = a.lab;
	return a;
}

static struct arena isolated(const uint64_t (*ranges)[2], uint64_t vault)
{
	struct arena a = bare(ranges, vault);

	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	assert_lawful(a.lab);
	return a;
}

static void end(struct arena *a)
{
	host_context = LABYRINTH_TASK;
	assert_lawful(a->lab);
	arena_end(a);
	mmu_end();
}

static void assert_hidden(struct labyrinth *lab, const struct page *page)
{
	assert_true(mmu_read_faults(bytes_of(lab, page)));
	assert_true(mmu_write_faults(bytes_of(lab, page) + LABYRINTH_PAGE_SIZE - 1));
}

static uint8_t *must_map(struct labyrinth_claim *claim)
{
	uint8_t *at = labyrinth_claim_map(claim);

	assert_status(claim->status, LABYRINTH_OK);
	return at;
}

static void must_unmap(struct labyrinth_claim *claim)
{
	assert_status(labyrinth_claim_unmap(claim), LABYRINTH_OK);
}

/* ---- The port comes. */

static uint64_t sleep_not(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	(void)lab;
	(void)seen;
	(void)context;
	return ticks;
}

static void wake_nobody(struct labyrinth *lab, void *context)
{
	(void)lab;
	(void)context;
}

static const void *only_one(void *context)
{
	(void)context;
	return "task";
}

static struct arena bare_with_sleepers(const uint64_t (*ranges)[2])
{
	struct labyrinth_config config = config_of(4, 8, 16);
	struct arena a;

	config.cpus = CPUS;
	config.sleep_ticks = 1;
	config.hooks = (struct labyrinth_hooks){ .sleep = sleep_not, .wake = wake_nobody, .self = only_one };
	a = arena_new(ranges, config);
	port = mmu_start(ranges[0][0], ranges[0][1] - ranges[0][0]);
	mmu.lab = a.lab;
	return a;
}

/* Who has looked while the vault tried to take a frame in does not find it: he hears that it has come back. */
static void what_cannot_be_hidden_wakes(void **state)
{
	struct arena a = bare_with_sleepers(small);
	struct page *page;
	uint32_t wakes;

	(void)state;
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	page = labyrinth_zone_take(&a.lab->zones[LABYRINTH_ZONE_NORMAL], 0, MOBILITY_EXCLUSIVE, ZONE_WAIT);
	assert_non_null(page);
	labyrinth_wait_join(a.lab);
	wakes = labyrinth_wakes(a.lab);
	mmu.tables = 0;
	assert_int_equal(labyrinth_hide_enter(a.lab, &page, 1), 0);
	assert_int_equal(labyrinth_wakes(a.lab), wakes + 1);
	labyrinth_wait_leave(a.lab, false);
	end(&a);
}

/* The same for frames with which the vault is rounded up when a port comes: they are back, or it has them to spare. */
static void what_rounds_up_the_vault_wakes(void **state)
{
	struct arena a = bare_with_sleepers(large);
	uint32_t wakes;

	(void)state;
	labyrinth_wait_join(a.lab);
	mmu.tables = 0;
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_NO_MEMORY);
	wakes = labyrinth_wakes(a.lab);
	assert_true(wakes > 0);
	mmu.tables = UINT64_MAX;
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	assert_true(vault_surplus(a.lab->vault) > vault_full(a.lab->vault));
	assert_int_equal(labyrinth_wakes(a.lab), wakes + 1);
	labyrinth_wait_leave(a.lab, false);
	end(&a);
}

static void bad_ports(void **state)
{
	struct arena a = bare(large, VAULT);
	struct labyrinth_isolation bad[] = { port, port, port, port, port, port };

	(void)state;
	bad[0].hide = NULL;
	bad[1].flush = NULL;
	bad[2].show = NULL;
	bad[3].map = NULL;
	bad[4].unmap = NULL;
	bad[5].hidden = NULL;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &bad[i]), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, NULL), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_isolate(NULL, &port), LABYRINTH_NULL_POINTER);
	bad[0] = port;
	bad[0].slots = LABYRINTH_KEPT_WINDOWS;
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &bad[0]), LABYRINTH_BAD_CONFIG);
	bad[0].slots = LABYRINTH_MAX_WINDOWS + 1;
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &bad[0]), LABYRINTH_BAD_CONFIG);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &port), LABYRINTH_IN_INTERRUPT);
	end(&a);
}

static void only_when_nothing_is_out(void **state)
{
	struct arena a = bare(large, VAULT);
	labyrinth_owner_t keeps = must_register(a.lab, 1, 1, 1), other = must_register(a.lab, 1, 1, 0);
	struct labyrinth_claim claim = must_claim(a.lab, keeps);

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &port), LABYRINTH_BUSY); /* claimed */
	must_release(&claim);
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &port), LABYRINTH_BUSY); /* kept */
	assert_status(labyrinth_owner_retire(a.lab, keeps), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &port), LABYRINTH_BUSY); /* to be shredded */
	maintain_all(a.lab);
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &port), LABYRINTH_ALREADY_ISOLATED);
	claim = must_claim(a.lab, other);
	must_release(&claim);
	end(&a);
}

/* The tables are used up after any number of calls: nothing is hidden, and the allocator is as it was. */
/* What the vault has too much of a shared request may take at any moment: also one that `hide` makes, for a table. */
static void not_with_more_than_the_vault_keeps(void **state)
{
	struct arena a = bare(small, VAULT);
	struct page *page = labyrinth_zone_take(&a.lab->zones[LABYRINTH_ZONE_NORMAL], 0, MOBILITY_EXCLUSIVE, ZONE_WAIT);

	(void)state;
	vault_push(a.lab->vault, page); /* as a claim that did not need it */
	vault_earn(a.lab->vault, 1);
	assert_lawful(a.lab);
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &port), LABYRINTH_BUSY);
	maintain_all(a.lab);
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	end(&a);
}

static void no_tables(void **state)
{
	struct arena a = bare(small, 16);
	struct labyrinth_stats before = stats_of(a.lab), after;

	(void)state;
	for (uint64_t tables = 0; tables < 16; tables++) {
		mmu.tables = tables;
		assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_NO_MEMORY);
		after = stats_of(a.lab);
		assert_memory_equal(&after, &before, sizeof(after));
		assert_int_equal(mmu.flushes, 0);
		assert_lawful(a.lab);
	}
	mmu.tables = UINT64_MAX;
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK); /* dies if anything is hidden still */
	end(&a);
}

static void whole_blocks_at_first(void **state)
{
	struct arena a = isolated(large, VAULT);

	(void)state;
	assert_int_equal(mmu.whole, 2); /* rounded up */
	assert_int_equal(mmu.single, 0);
	assert_int_equal(mmu.flushes, 1);
	assert_int_equal(mmu_hidden(), 2 * BLOCK_FRAMES);
	assert_int_equal(stats_of(a.lab).vault, 2 * BLOCK_FRAMES);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 0); /* and so it stays */
	assert_true(stats_of(a.lab).isolated);
	end(&a);
	a = isolated(apart, VAULT);
	assert_int_equal(mmu.whole, 2);
	assert_int_equal(mmu_hidden(), 2 * BLOCK_FRAMES);
	end(&a);
	a = isolated(small, 64);
	assert_int_equal(mmu.whole, 0);
	assert_int_equal(mmu.single, 64);
	assert_int_equal(mmu.flushes, 1);
	assert_int_equal(mmu_hidden(), 64);
	end(&a);
}

/* ---- Who reaches what. */

static void strays_fault(void **state)
{
	struct arena a = isolated(large, VAULT);
	labyrinth_owner_t owner = must_register(a.lab, 4, 8, 2);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	struct page *page = claim.page;
	uint8_t *at;

	(void)state;
	assert_hidden(a.lab, page);
	at = must_map(&claim);
	assert_false(mmu_write_faults(at));
	memset(at, 0x77, LABYRINTH_PAGE_SIZE);
	assert_hidden(a.lab, page); /* still */
	must_unmap(&claim);
	assert_true(mmu_read_faults(at));
	assert_status(labyrinth_claim_lend(&claim), LABYRINTH_OK);
	assert_hidden(a.lab, page);
	assert_status(labyrinth_claim_take_back(&claim), LABYRINTH_OK);
	must_release(&claim);
	assert_hidden(a.lab, page); /* kept by its owner */
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	assert_hidden(a.lab, page); /* to be shredded */
	maintain_all(a.lab);
	assert_hidden(a.lab, page);
	end(&a);
}

/* What the next owner gets holds none of it, and was shredded without ever being in the direct map. */
static void secrets_stay(void **state)
{
	struct arena a = isolated(small, 1);
	labyrinth_owner_t one = must_register(a.lab, 1, 1, 0);
	struct labyrinth_claim claim = must_claim(a.lab, one);
	struct page *page = claim.page;
	uint64_t maps;
	uint8_t *at;

	(void)state;
	memset(must_map(&claim), 0x77, LABYRINTH_PAGE_SIZE);
	must_unmap(&claim);
	must_release(&claim);
	maps = mmu.maps;
	for (unsigned c = LABYRINTH_TASK; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		claim = must_claim(a.lab, one); /* shreds on the spot */
		assert_ptr_equal(claim.page, page);
		assert_int_equal(mmu.maps, maps + 2 * (uint64_t)c + 1);
		at = must_map(&claim);
		assert_int_not_equal(memcmp(at, at + 1, LABYRINTH_PAGE_SIZE - 1), 0);
		must_unmap(&claim);
		must_release(&claim);
	}
	end(&a);
}

static void back_in_the_direct_map(void **state)
{
	struct arena a = isolated(large, VAULT);
	labyrinth_owner_t owner = must_register(a.lab, 0, 4096, 0);
	struct labyrinth_claim claims[2048];
	size_t n = 0;
	struct page *page;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		n += claim_many(a.lab, owner, claims + n, 2048 - n);
		maintain_all(a.lab);
	}
	assert_int_equal(n, 2048);
	page = claims[0].page;
	release_many(claims, n);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, VAULT + BLOCK_FRAMES); /* the target and its slack */
	assert_int_equal(mmu_hidden(), VAULT + BLOCK_FRAMES);
	assert_int_equal(mmu_read_faults(bytes_of(a.lab, page)), word_state(word_load(page)) == FRAME_RESERVED);
	end(&a);
}

/* The slack is memory for all when there is no other. */
static void the_slack_is_not_lost(void **state)
{
	struct arena a = isolated(large, VAULT);
	struct hog *hog = hog_new(a.lab);

	(void)state;
	assert_int_equal(hog->count, BLOCKS * BLOCK_FRAMES - VAULT - 8);
	for (size_t i = 0; i < hog->count; i++)
		bytes_of(a.lab, hog->page[i])[0] = 1;
	assert_int_equal(mmu_hidden(), VAULT);
	assert_lawful(a.lab);
	hog_end(a.lab, hog);
	end(&a);
}

/* ---- Refills. */

static void one_shootdown_for_a_page_block(void **state)
{
	struct arena a = isolated(large, VAULT);
	labyrinth_owner_t owner = must_register(a.lab, 0, 4096, 0);
	struct labyrinth_claim claims[2 * BLOCK_FRAMES];
	uint64_t flushes = mmu.flushes, whole = mmu.whole;

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 400), 400);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 1);
	assert_int_equal(mmu.whole, whole + 1);
	assert_int_equal(mmu.flushes, flushes + 1);
	assert_int_equal(mmu.single, 0);
	assert_int_equal(stats_of(a.lab).shootdowns, mmu.flushes);
	assert_int_equal(stats_of(a.lab).vault, 2 * BLOCK_FRAMES - 400 + BLOCK_FRAMES);
	assert_lawful(a.lab);
	release_many(claims, 400);
	end(&a);
}

/* Where the vault has no room for a page block: up to 32 frames with one shootdown. */
static void single_frames_in_batches(void **state)
{
	struct arena a = isolated(small, 64);
	labyrinth_owner_t owner = must_register(a.lab, 0, 100, 0);
	struct labyrinth_claim claims[64];
	uint64_t flushes = mmu.flushes;
	size_t n = claim_many(a.lab, owner, claims, 64);

	(void)state;
	assert_int_equal(n, 64 - LEFT);
	assert_int_equal(labyrinth_maintain(a.lab, 5), 5); /* the budget bounds a batch */
	assert_int_equal(mmu.flushes, flushes + 1);
	maintain_all(a.lab);
	assert_int_equal(mmu.flushes, flushes + 1 + (n - 5 + 31) / 32);
	assert_int_equal(mmu.single, 64 + n);
	release_many(claims, n);
	end(&a);
}

/* A vault that is short where all page blocks are broken takes what there is. */
static void no_whole_block_left(void **state)
{
	struct arena a = isolated(large, VAULT);
	labyrinth_owner_t owner = must_register(a.lab, 0, 4096, 0);
	struct labyrinth_claim claims[2 * BLOCK_FRAMES];
	struct hog *hog;
	uint64_t whole;
	size_t n = claim_many(a.lab, owner, claims, COUNT(claims));

	(void)state;
	hog = hog_new(a.lab);
	for (size_t i = 0; i < hog->count; i += 8) {
		must_free(a.lab, hog->page[i], 0);
		hog->page[i] = NULL;
	}
	whole = mmu.whole;
	maintain_all(a.lab);
	assert_int_equal(mmu.whole, whole);
	assert_int_equal(stats_of(a.lab).vault, VAULT);
	assert_lawful(a.lab);
	for (size_t i = 0; i < hog->count; i++)
		if (hog->page[i] != NULL)
			must_free(a.lab, hog->page[i], 0);
	free(hog);
	release_many(claims, n);
	end(&a);
}

static void a_refill_without_tables(void **state)
{
	struct arena a = isolated(large, VAULT);
	labyrinth_owner_t owner = must_register(a.lab, 2, 4096, 0);
	struct labyrinth_claim claims[2 * BLOCK_FRAMES];
	size_t n = claim_many(a.lab, owner, claims, COUNT(claims));
	uint64_t free = stats_of(a.lab).free;

	(void)state;
	assert_int_equal(n, 2 * BLOCK_FRAMES - LEFT);
	mmu.tables = 0;
	assert_int_equal(labyrinth_maintain(a.lab, 100), 0);
	assert_true(stats_of(a.lab).not_hidden > 0);
	assert_int_equal(stats_of(a.lab).free, free);
	assert_int_equal(mmu.flushes, 1);
	assert_lawful(a.lab);
	assert_status(try_claim(a.lab, owner).status, LABYRINTH_NO_MEMORY);
	mmu.tables = 1; /* for a page block; then for none */
	assert_int_equal(labyrinth_maintain(a.lab, 100), 1);
	assert_int_equal(stats_of(a.lab).vault, LEFT + BLOCK_FRAMES);
	assert_int_equal(mmu.flushes, 2);
	mmu.tables = UINT64_MAX;
	release_many(claims, n);
	end(&a);
}

/* ---- Claims meanwhile. */

/* Zones are not for claims: their frames are in reach, and to hide one takes a shootdown. */
static void nothing_from_the_zones(void **state)
{
	struct arena a = isolated(small, 16);
	labyrinth_owner_t sure = must_register(a.lab, 4, 8, 0), other = must_register(a.lab, 0, 100, 0);
	labyrinth_owner_t taker = must_register(a.lab, 0, 1, 0);
	struct labyrinth_claim claims[16], gift;
	size_t n = claim_many(a.lab, other, claims, 16), k;

	(void)state;
	assert_int_equal(n, 16 - 4 - LEFT);
	assert_true(stats_of(a.lab).free > 1000);
	assert_status(try_claim(a.lab, other).status, LABYRINTH_NO_MEMORY);
	gift = claims[0];
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_transfer(&gift, taker), LABYRINTH_NO_MEMORY);
	k = claim_many(a.lab, sure, claims + n, 4);
	assert_int_equal(k, 4);
	assert_int_equal(owner_stats(a.lab, sure).from_zone, 0);
	assert_lawful(a.lab);
	release_many(claims, n + k);
	end(&a);
}

static struct labyrinth *in_flush;
static labyrinth_owner_t flush_owner;
static unsigned came;

/* An interrupt that claims, and looks through its window. */
static void claims_in_the_midst(void)
{
	struct labyrinth_claim claim;

	host_context = LABYRINTH_INTERRUPT;
	claim = must_claim(in_flush, flush_owner);
	memset(must_map(&claim), 0x11, LABYRINTH_PAGE_SIZE);
	must_unmap(&claim);
	must_release(&claim);
	host_context = LABYRINTH_TASK;
	came++;
}

static void claims_while_frames_are_hidden(void **state)
{
	struct arena a = isolated(small, 64);
	labyrinth_owner_t other = must_register(a.lab, 0, 100, 0);
	struct labyrinth_claim claims[64];
	size_t n;

	(void)state;
	in_flush = a.lab;
	flush_owner = must_register(a.lab, 1, 1, 0);
	n = claim_many(a.lab, other, claims, 64);
	came = 0;
	mmu.flushing = claims_in_the_midst;
	maintain_all(a.lab);
	mmu.flushing = NULL;
	assert_true(came >= 2);
	release_many(claims, n);
	end(&a);
}

static void windows_of_each_cpu(void **state)
{
	struct arena a = isolated(small, 64);
	labyrinth_owner_t owner = must_register(a.lab, 0, 64, 0);
	struct labyrinth_claim claims[MMU_SLOTS * CPUS];
	unsigned most = MMU_SLOTS - LABYRINTH_KEPT_WINDOWS, n = 0;

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, COUNT(claims)), COUNT(claims));
	for (host_cpu = 0; host_cpu < CPUS; host_cpu++) {
		for (unsigned i = 0; i < most; i++)
			memset(must_map(&claims[n]), (int)n, LABYRINTH_PAGE_SIZE), n++;
		assert_null(labyrinth_claim_map(&claims[n]));
		assert_status(claims[n].status, LABYRINTH_TOO_DEEP);
	}
	assert_lawful(a.lab);
	for (host_cpu = CPUS; host_cpu-- > 0;)
		for (unsigned i = 0; i < most; i++)
			must_unmap(&claims[--n]);
	host_cpu = 0;
	for (unsigned i = 0; i < most * CPUS; i++) {
		assert_int_equal(*must_map(&claims[i]), i);
		must_unmap(&claims[i]);
	}
	release_many(claims, COUNT(claims));
	end(&a);
}

/* The frame that goes offline is in the vault: a spare is hidden in its place. */
static void a_bad_frame_in_the_vault(void **state)
{
	struct arena a = isolated(small, 16);
	labyrinth_owner_t owner = must_register(a.lab, 4, 8, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	pfn_t bad = labyrinth_page_pfn(a.lab, claim.page);

	(void)state;
	assert_status(labyrinth_offline(a.lab, bad), LABYRINTH_PENDING);
	must_release(&claim);
	maintain_all(a.lab);
	assert_status(labyrinth_offline(a.lab, bad), LABYRINTH_ALREADY_OFFLINE);
	assert_int_equal(stats_of(a.lab).vault, 16);
	end(&a);
}

/* ---- Debug aids. */

static unsigned reports;

static void report(const struct labyrinth_debug_report *r, void *context)
{
	(void)context;
	assert_int_equal(r->kind, LABYRINTH_DEBUG_WRITTEN_FREE);
	assert_int_equal(r->offset, 5);
	reports++;
}

static void pull(phys_addr_t first, unsigned order, void *context)
{
	(void)first;
	(void)order;
	(void)context;
}

static struct arena debugged(uint32_t aids)
{
	struct labyrinth_config config = config_of(4, 8, 1);
	struct arena a;

	config.debug = (struct labyrinth_debug_config){ .aids = aids, .report = report, .hide = pull, .show = pull };
	a = arena_new(small, config);
	port = mmu_start(GIB4, 4 * BLOCK_FRAMES);
	mmu.lab = a.lab;
	return a;
}

/* A handler that comes when a window has just been emptied, and leaves one of its own open. */
static struct labyrinth_claim *handlers;
static struct labyrinth_isolation uninterrupted;

static void unmap_and_interrupt(unsigned slot, void *context)
{
	struct labyrinth_claim *claim = handlers;

	handlers = NULL;
	uninterrupted.unmap(slot, context);
	if (claim != NULL)
		must_map(claim);
}

/* Whatever handlers leave open, no slot is lost: all can be had again when those windows are closed. */
static void a_handler_leaves_a_window_open(void **state)
{
	struct arena a = bare(large, VAULT);
	labyrinth_owner_t owner = must_register(a.lab, 4, 4, 0);
	struct labyrinth_claim claims[CLAIMED];

	(void)state;
	uninterrupted = port;
	port.unmap = unmap_and_interrupt;
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(claim_many(a.lab, owner, claims, CLAIMED), CLAIMED);
		must_map(&claims[0]);
		must_map(&claims[1]);
		handlers = &claims[2];
		must_unmap(&claims[1]);
		assert_lawful(a.lab);
		assert_status(labyrinth_claim_unmap(&claims[0]), LABYRINTH_NOT_INNERMOST);
		assert_status(labyrinth_claim_release(&claims[2]), LABYRINTH_FRAME_MAPPED);
		must_unmap(&claims[2]);
		must_map(&claims[1]);
		must_map(&claims[2]);
		for (unsigned i = CLAIMED; i-- > 0;) {
			must_unmap(&claims[i]);
			must_release(&claims[i]);
		}
		assert_lawful(a.lab);
		maintain_all(a.lab);
	}
	end(&a);
}

/* What was shredded is compared where it is hidden. */
static void poison_is_seen_through_a_window(void **state)
{
	struct arena a = debugged(LABYRINTH_DEBUG_POISON);
	labyrinth_owner_t owner = must_register(a.lab, 1, 1, 0);
	struct labyrinth_claim claim;

	(void)state;
	reports = 0;
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	for (unsigned i = 0; i < 3; i++) {
		claim = must_claim(a.lab, owner);
		assert_int_equal(reports, i / 2);
		must_release(&claim);
		maintain_all(a.lab);
		if (i == 1) {
			claim.page = labyrinth_stack_top(&a.lab->vault->stock.stack, a.lab->frames);
			((uint8_t *)port.map(0, labyrinth_page_phys(a.lab, claim.page), NULL))[5] ^= 1;
			port.unmap(0, NULL);
		}
	}
	end(&a);
}

static void not_with_guard(void **state)
{
	struct arena a = debugged(LABYRINTH_DEBUG_GUARD);

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_isolate(a.lab, &port), LABYRINTH_BAD_CONFIG);
	end(&a);
}

/* ---- The laws. */

static void the_laws_can_be_broken(void **state)
{
	struct arena a = isolated(small, 16);
	labyrinth_owner_t owner = must_register(a.lab, 4, 8, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	struct page *vault = labyrinth_stack_top(&a.lab->vault->stock.stack, a.lab->frames), *set[3];
	struct page *shared = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	struct labyrinth_finding found;

	(void)state;
	set[0] = claim.page;
	set[1] = vault;
	for (unsigned i = 0; i < 2; i++) {
		port.show(labyrinth_page_phys(a.lab, set[i]), 0, NULL);
		assert_string_equal(labyrinth_check(a.lab, &found), "no vault or exclusive frame is in the direct map");
		assert_int_equal(found.pfn.n, labyrinth_page_pfn(a.lab, set[i]).n);
		mmu.lab = NULL;
		assert_true(port.hide(labyrinth_page_phys(a.lab, set[i]), 0, NULL));
		port.flush(NULL);
		assert_lawful(a.lab);
	}
	set[0] = shared;
	set[1] = shared + 1; /* free */
	set[2] = labyrinth_stack_top(&a.lab->reserve->stack, a.lab->frames);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(port.hide(labyrinth_page_phys(a.lab, set[i]), 0, NULL));
		port.flush(NULL);
		assert_string_equal(labyrinth_check(a.lab, &found), "every other frame is in the direct map");
		assert_int_equal(found.pfn.n, labyrinth_page_pfn(a.lab, set[i]).n);
		port.show(labyrinth_page_phys(a.lab, set[i]), 0, NULL);
	}
	must_free(a.lab, shared, 0);
	must_release(&claim);
	end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(bad_ports),
		kit_test(what_cannot_be_hidden_wakes),
		kit_test(what_rounds_up_the_vault_wakes),
		kit_test(only_when_nothing_is_out),
		kit_test(not_with_more_than_the_vault_keeps),
		kit_test(no_tables),
		kit_test(whole_blocks_at_first),
		kit_test(strays_fault),
		kit_test(secrets_stay),
		kit_test(back_in_the_direct_map),
		kit_test(the_slack_is_not_lost),
		kit_test(one_shootdown_for_a_page_block),
		kit_test(single_frames_in_batches),
		kit_test(no_whole_block_left),
		kit_test(a_refill_without_tables),
		kit_test(nothing_from_the_zones),
		kit_test(claims_while_frames_are_hidden),
		kit_test(windows_of_each_cpu),
		kit_test(a_handler_leaves_a_window_open),
		kit_test(a_bad_frame_in_the_vault),
		kit_test(poison_is_seen_through_a_window),
		kit_test(not_with_guard),
		kit_test(the_laws_can_be_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
