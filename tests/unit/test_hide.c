/*
 * test_hide.c - the vault is refilled in batches, and guarantees hold meanwhile; windows that handlers leave open.
 */
#include "kit.h"

#include "claims.h"
#include "hide.h"
#include "isolated.h"

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

/* Where there is no window nothing can be shredded: what was released waits for those who have one. */
static void a_cpu_without_windows(void **state)
{
	struct arena a = isolated(small, 64);
	labyrinth_owner_t owner = must_register(a.lab, 0, 64, 0);
	struct labyrinth_claim claims[20];
	struct hog *hog;

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, COUNT(claims)), COUNT(claims));
	maintain_all(a.lab);
	hog = hog_new(a.lab);
	release_many(claims, COUNT(claims));
	host_cpu = CPUS;
	ASSERT_REFUSED_COUNTED(&a, alloc_status(a.lab, LABYRINTH_GFP_NOWAIT, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(labyrinth_maintain(a.lab, UINT64_MAX), 0);
	assert_int_equal(stats_of(a.lab).dirty, COUNT(claims));
	host_cpu = 0;
	must_free(a.lab, must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 0), 0);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).dirty, 0);
	hog_end(a.lab, hog);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(what_cannot_be_hidden_wakes),
		kit_test(what_rounds_up_the_vault_wakes),
		kit_test(one_shootdown_for_a_page_block),
		kit_test(single_frames_in_batches),
		kit_test(no_whole_block_left),
		kit_test(a_refill_without_tables),
		kit_test(nothing_from_the_zones),
		kit_test(claims_while_frames_are_hidden),
		kit_test(windows_of_each_cpu),
		kit_test(a_cpu_without_windows),
		kit_test(a_handler_leaves_a_window_open),
		kit_test(a_bad_frame_in_the_vault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
