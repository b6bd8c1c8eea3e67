/*
 * test_isolate.c - exclusive frames are out of the direct map: which port can be given, who reaches what.
 */
#include "kit.h"

#include "claims.h"
#include "isolated.h"

static void assert_hidden(struct labyrinth *lab, const struct page *page)
{
	assert_true(mmu_read_faults(bytes_of(lab, page)));
	assert_true(mmu_write_faults(bytes_of(lab, page) + LABYRINTH_PAGE_SIZE - 1));
}

/* ---- The port comes. */

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

static bool (*real_hide)(phys_addr_t first, unsigned order, void *context);

static bool hide_and_change(phys_addr_t first, unsigned order, void *context)
{
	port.slots = 0;
	return real_hide(first, order, context);
}

static void the_port_is_copied(void **state)
{
	struct arena a = bare(large, VAULT);

	(void)state;
	real_hide = port.hide;
	port.hide = hide_and_change;
	assert_status(labyrinth_isolate(a.lab, &port), LABYRINTH_OK);
	assert_int_equal(port.slots, 0);
	assert_int_equal(a.lab->isolation->slots, MMU_SLOTS);
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
		kit_test(the_port_is_copied),
		kit_test(only_when_nothing_is_out),
		kit_test(not_with_more_than_the_vault_keeps),
		kit_test(no_tables),
		kit_test(whole_blocks_at_first),
		kit_test(strays_fault),
		kit_test(secrets_stay),
		kit_test(back_in_the_direct_map),
		kit_test(the_slack_is_not_lost),
		kit_test(poison_is_seen_through_a_window),
		kit_test(not_with_guard),
		kit_test(the_laws_can_be_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
