/*
 * test_debug.c - poison, keystream and red zones: what is found, where, and what is not complained about.
 */
#include "aids.h"

#include "debug.h"
#include "shred.h"

static void assert_reports(unsigned count)
{
	assert_int_equal(witness.reports, count);
}

static void spoil(struct labyrinth *lab, const struct page *page, size_t offset)
{
	bytes_of(lab, page)[offset] ^= 0x40;
}

static void assert_report(const struct labyrinth *lab, enum labyrinth_debug_kind kind, const struct page *frame,
                          uint32_t offset)
{
	assert_int_equal(witness.report.kind, kind);
	assert_int_equal(witness.report.pfn.n, labyrinth_page_pfn(lab, frame).n);
	assert_int_equal(witness.report.offset, offset);
	assert_int_equal(witness.report.found, witness.report.expected ^ 0x40);
}

static const uint32_t offsets[] = { 0, 1, 7, 8, 63, 64, 2049, 4088, 4095 };

static void a_write_after_free_is_found(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_POISON, 0);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 2);

	(void)state;
	for (size_t i = 0; i < COUNT(offsets); i++) {
		memset(bytes_of(a.lab, page), (int)i, 4 * 4096);
		must_free(a.lab, page, 2);
		spoil(a.lab, page + i % 4, offsets[i]);
		assert_reports((unsigned)i);
		assert_ptr_equal(must_alloc(a.lab, LABYRINTH_GFP_ATOMIC, 2), page);
		assert_reports((unsigned)i + 1);
		assert_report(a.lab, LABYRINTH_DEBUG_WRITTEN_FREE, page + i % 4, offsets[i]);
		assert_int_equal(witness.report.block.n, labyrinth_page_pfn(a.lab, page).n);
		assert_int_equal(witness.report.order, 2);
		assert_int_equal(witness.report.last.given.sequence, 0);
	}
	assert_int_equal(labyrinth_debug_reports(a.lab), COUNT(offsets));
	assert_lawful(a.lab);
	arena_end(&a);
}

static void each_frame_is_reported(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_POISON, 0);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 3);

	(void)state;
	must_free(a.lab, page, 3);
	for (unsigned i = 0; i < 8; i++)
		spoil(a.lab, page + i, i);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO, 3);
	assert_reports(8);
	assert_int_equal(bytes_of(a.lab, page)[0], 0);
	arena_end(&a);
}

static void the_poison_is_the_documented_one(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_POISON, 0);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	const uint64_t *word = (const uint64_t *)(void *)bytes_of(a.lab, page);

	(void)state;
	must_free(a.lab, page, 0);
	for (unsigned i = 0; i < 512; i++)
		assert_true(word[i] == LABYRINTH_POISON);
	arena_end(&a);
}

static void what_was_never_freed_is_not_compared(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_POISON, 0);
	struct hog *hog;

	(void)state;
	memset(host_bytes((phys_addr_t){ GIB4 << 12 }), 0x5a, 2048 << 12);
	hog = hog_new(a.lab);
	assert_reports(0);
	hog_end(a.lab, hog);
	hog = hog_new(a.lab);
	assert_reports(0);
	hog_end(a.lab, hog);
	arena_end(&a);
}

/* All free frames are taken, so whoever claims next gets the one that was released, wherever it has gone to. */
static void a_write_after_release_is_found(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_POISON, 0);
	labyrinth_owner_t owner = must_register(a.lab, 0, 40, 0);
	struct labyrinth_claim claims[40];
	struct hog *hog = hog_new(a.lab);

	(void)state;
	claims[0] = must_claim(a.lab, owner);
	for (size_t i = 0; i < COUNT(offsets); i++) {
		struct page *page = claims[0].page;
		size_t n;

		must_release(&claims[0]);
		labyrinth_maintain(a.lab, 100);
		spoil(a.lab, page, offsets[i]);
		n = claim_many(a.lab, owner, claims, 40);
		assert_int_equal(n, 16 - LEFT);
		assert_reports((unsigned)i + 1);
		assert_report(a.lab, LABYRINTH_DEBUG_WRITTEN_FREE, page, offsets[i]);
		release_many(claims + 1, n - 1);
		labyrinth_maintain(a.lab, 100);
	}
	must_release(&claims[0]);
	hog_end(a.lab, hog);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void recycled_frames_keep_what_they_hold(void **state)
{
	struct arena a = aids_machine(AIDS_ALL, 4);
	labyrinth_owner_t owner = must_register(a.lab, 2, 4, 2);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	struct page *page = claim.page;

	(void)state;
	memset(bytes_of(a.lab, page), 0x77, 4096);
	must_release(&claim);
	assert_true(witness.hidden[labyrinth_page_pfn(a.lab, page).n - GIB4]);
	claim = must_claim(a.lab, owner);
	assert_ptr_equal(claim.page, page);
	assert_false(witness.hidden[labyrinth_page_pfn(a.lab, page).n - GIB4]);
	assert_int_equal(bytes_of(a.lab, page)[4095], 0x77);
	must_release(&claim);
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	assert_reports(0);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* ---- Red zones. */

static void writes_beside_a_block_are_found(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_RED_ZONE | LABYRINTH_DEBUG_TRACE, 0);

	(void)state;
	for (unsigned order = 0; order <= 7; order++) {
		size_t frames = (size_t)1 << order;
		struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, order);

		assert_int_equal(labyrinth_page_pfn(a.lab, page).n % frames, 0);
		assert_int_equal(stats_of(a.lab).fenced, 3 * frames);
		assert_int_equal(stats_of(a.lab).shared, frames);
		assert_lawful(a.lab);
		memset(bytes_of(a.lab, page), 0, frames * 4096);
		must_free(a.lab, page, order);
		assert_reports(0);
		assert_int_equal(stats_of(a.lab).fenced, 0);

		page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, order);
		spoil(a.lab, page - 1, 4095);
		must_free(a.lab, page, order);
		assert_reports(1);
		assert_report(a.lab, LABYRINTH_DEBUG_WRITTEN_BEFORE, page - 1, 4095);
		assert_int_equal(witness.report.block.n, labyrinth_page_pfn(a.lab, page).n);
		assert_true(witness.report.last.taken.sequence > 0);

		page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, order);
		spoil(a.lab, page + frames, 0);
		spoil(a.lab, page + 3 * frames - 1, 4095);
		must_free(a.lab, page, order);
		assert_reports(3);
		assert_report(a.lab, LABYRINTH_DEBUG_WRITTEN_BEHIND, page + 3 * frames - 1, 4095);
		witness.reports = 0;
		assert_lawful(a.lab);
	}
	arena_end(&a);
}

/* No block is free that could hold them and their red zones. */
static void large_blocks_are_plain(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_RED_ZONE, 0);

	(void)state;
	for (unsigned order = 10; order <= 10; order++) {
		struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, order);

		assert_int_equal(stats_of(a.lab).fenced, 0);
		must_free(a.lab, page, order);
	}
	arena_end(&a);
}

static void red_zones_are_nobodys(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_RED_ZONE, 0);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 1);

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page - 2, 1), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page - 2, 3), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page + 2, 2), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 3), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 0), LABYRINTH_WRONG_ORDER);
	must_free(a.lab, page, 1);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 1), LABYRINTH_NOT_ALLOCATED);
	arena_end(&a);
}

static void without_room_blocks_are_plain(void **state)
{
	struct labyrinth_config config = aids_config(LABYRINTH_DEBUG_RED_ZONE | LABYRINTH_DEBUG_POISON, 0);
	struct labyrinth_stats before, full;
	struct arena a;
	struct hog *hog;

	(void)state;
	witness = (struct witness){ .reports = 0 };
	config.reserve_frames = 5; /* so that what is left is no multiple of four */
	a = arena_new(small_machine, config);
	before = stats_of(a.lab);
	hog = hog_new(a.lab);
	full = stats_of(a.lab);
	assert_int_equal(hog->count + full.fenced, before.free);
	assert_true(full.fenced > 0 && hog->count > full.fenced / 3);
	assert_lawful(a.lab);
	hog_end(a.lab, hog);
	assert_int_equal(stats_of(a.lab).free, before.free);
	assert_reports(0);
	assert_lawful(a.lab);
	arena_end(&a);
}

static uint64_t count_question(uint64_t wanted, unsigned priority, void *asked)
{
	(void)wanted, (void)priority;
	++*(unsigned *)asked;
	return 0;
}

/* Nobody is asked to free frames for the sake of a red zone. */
static void a_red_zone_is_not_reclaimed_for(void **state)
{
	struct labyrinth_config config = aids_config(LABYRINTH_DEBUG_RED_ZONE, 0);
	unsigned asked = 0;
	const struct labyrinth_shrinker shrinker = { "nothing to give", count_question, &asked };
	labyrinth_shrinker_t id;
	struct arena a;
	struct hog *hog;

	(void)state;
	config.shrinkers = 1;
	a = arena_new(small_machine, config);
	assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
	hog = hog_new(a.lab);
	hog_free(a.lab, hog, 1);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	assert_int_equal(asked, 0);
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(asked, LABYRINTH_RECLAIM_ROUNDS);
	free(hog);
	arena_end(&a);
}

static void a_request_for_a_zone_stays_in_it(void **state)
{
	struct labyrinth_config config = aids_config(LABYRINTH_DEBUG_RED_ZONE, 0);
	struct arena a = arena_new(three_zones, config);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_DMA, 0);

	(void)state;
	assert_true(labyrinth_page_pfn(a.lab, page).n < 0x600);
	assert_int_equal(stats_of(a.lab).fenced, 3);
	must_free(a.lab, page, 0);
	arena_end(&a);
}

/* ---- The other ways in and out. */

static void exact_blocks_have_no_red_zones(void **state)
{
	struct arena a = aids_machine(AIDS_ALL, 4);
	struct labyrinth_stats before = stats_of(a.lab);

	(void)state;
	for (uint32_t n = 1; n <= 512; n += n / 3 + 1) {
		const labyrinth_gfp_t gfp = LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO;
		struct labyrinth_grant grant = labyrinth_alloc_pages_exact(a.lab, gfp, n);

		assert_status(grant.status, LABYRINTH_OK);
		assert_int_equal(stats_of(a.lab).fenced, 0);
		assert_int_equal(stats_of(a.lab).shared, n);
		for (uint32_t i = 0; i < n; i++)
			assert_false(witness.hidden[labyrinth_page_pfn(a.lab, grant.page + i).n - GIB4]);
		assert_lawful(a.lab);
		memset(bytes_of(a.lab, grant.page), 0xee, n * 4096);
		assert_status(labyrinth_free_pages_exact(a.lab, grant.page, n), LABYRINTH_OK);
		assert_lawful(a.lab);
	}
	assert_reports(0);
	assert_int_equal(stats_of(a.lab).free + stats_of(a.lab).quarantined, before.free);
	arena_end(&a);
}

static void bulk_calls_are_looked_at(void **state)
{
	struct labyrinth_config config = aids_config(AIDS_ALL, 4);
	struct page *pages[20];
	struct arena a;

	(void)state;
	config.cpus = 1;
	config.magazine = 8;
	witness = (struct witness){ .reports = 0 };
	a = arena_new(small_machine, config);
	assert_int_equal(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_KERNEL, 20, pages).count, 20);
	assert_int_equal(stats_of(a.lab).fenced, 60);
	spoil(a.lab, pages[3] + 1, 17);
	assert_int_equal(labyrinth_free_bulk(a.lab, pages, 20).count, 20);
	assert_reports(1);
	assert_report(a.lab, LABYRINTH_DEBUG_WRITTEN_BEHIND, pages[3] + 1, 17);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void frames_at_hand_are_looked_at(void **state)
{
	struct labyrinth_config config = aids_config(LABYRINTH_DEBUG_POISON, 0);
	struct arena a;
	struct page *page;

	(void)state;
	config.cpus = 1;
	config.magazine = 8;
	witness = (struct witness){ .reports = 0 };
	a = arena_new(small_machine, config);
	page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	must_free(a.lab, page, 0);
	assert_true(stats_of(a.lab).cached > 0);
	spoil(a.lab, page, 99);
	assert_ptr_equal(must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0), page);
	assert_reports(1);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* ---- Laws. */

static void broken_laws_are_named(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_RED_ZONE, 0);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 1);
	uint64_t behind = word_load(page + 2), before = word_load(page - 2);

	(void)state;
	word_store(page + 2, word_make(FRAME_SHARED, 0, 2, 0));
	assert_string_equal(labyrinth_check(a.lab, NULL), "a block has a red zone before and behind it, or none");
	word_store(page + 2, behind);
	word_store(page - 2, word_make(FRAME_SHARED, 0, 1, 0));
	assert_string_equal(labyrinth_check(a.lab, NULL), "every red zone lies beside the block that it is for");
	word_store(page - 2, before);
	a.lab->debug->fenced++;
	assert_string_equal(labyrinth_check(a.lab, NULL), "the count of frames in red zones is what there is");
	a.lab->debug->fenced--;
	assert_lawful(a.lab);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_write_after_free_is_found),
		kit_test(each_frame_is_reported),
		kit_test(the_poison_is_the_documented_one),
		kit_test(what_was_never_freed_is_not_compared),
		kit_test(a_write_after_release_is_found),
		kit_test(recycled_frames_keep_what_they_hold),
		kit_test(writes_beside_a_block_are_found),
		kit_test(large_blocks_are_plain),
		kit_test(red_zones_are_nobodys),
		kit_test(without_room_blocks_are_plain),
		kit_test(a_red_zone_is_not_reclaimed_for),
		kit_test(a_request_for_a_zone_stays_in_it),
		kit_test(exact_blocks_have_no_red_zones),
		kit_test(bulk_calls_are_looked_at),
		kit_test(frames_at_hand_are_looked_at),
		kit_test(broken_laws_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
