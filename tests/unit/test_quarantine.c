/*
 * test_quarantine.c - freed blocks wait for as long as they should, and no longer than memory lasts.
 */
#include "aids.h"

#include "quarantine.h"

#define WAITING 3u

static struct arena machine_new(void)
{
	return aids_machine(LABYRINTH_DEBUG_QUARANTINE, WAITING);
}

static void first_in_first_out(void **state)
{
	struct arena a = machine_new();
	struct page *pages[6];
	uint64_t free;

	(void)state;
	for (unsigned i = 0; i < COUNT(pages); i++)
		pages[i] = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, i % 2);
	free = stats_of(a.lab).free;
	for (unsigned i = 0; i < COUNT(pages); i++) {
		must_free(a.lab, pages[i], i % 2);
		assert_lawful(a.lab);
		assert_int_equal(word_state(word_load(pages[i])), FRAME_WAITING);
		if (i >= WAITING)
			assert_int_equal(word_state(word_load(pages[i - WAITING])), FRAME_FREE);
	}
	assert_int_equal(stats_of(a.lab).quarantined, 2 + 1 + 2);
	assert_int_equal(stats_of(a.lab).free, free + 1 + 2 + 1);
	arena_end(&a);
}

static void what_waits_is_not_handed_out(void **state)
{
	struct arena a = machine_new();
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);

	(void)state;
	for (unsigned i = 0; i < WAITING; i++) {
		must_free(a.lab, page, 0);
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 0), LABYRINTH_NOT_ALLOCATED);
		for (struct page *last = page; page == last;)
			page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
		assert_int_equal(stats_of(a.lab).quarantined, i + 1);
	}
	must_free(a.lab, page, 0);
	assert_int_equal(stats_of(a.lab).quarantined, WAITING);
	arena_end(&a);
}

static void pressure_empties_it(void **state)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_NOWAIT, LABYRINTH_GFP_ATOMIC };
	struct arena a = machine_new();
	struct hog *hog = hog_new(a.lab);

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		uint64_t reserve = stats_of(a.lab).reserve;

		hog_free(a.lab, hog, 2);
		assert_int_equal(stats_of(a.lab).quarantined, 2);
		for (unsigned k = 0; k < 2; k++)
			hog->page[hog->count++] = must_alloc(a.lab, kinds[i], 0);
		assert_int_equal(stats_of(a.lab).quarantined, 0);
		assert_int_equal(stats_of(a.lab).reserve, reserve);
		assert_lawful(a.lab);
	}
	hog_end(a.lab, hog);
	arena_end(&a);
}

/* Single frames are free, no two side by side: there is no room for a red zone, and that is not want of memory. */
static void red_zones_do_not_empty_it(void **state)
{
	struct arena a = aids_machine(LABYRINTH_DEBUG_QUARANTINE | LABYRINTH_DEBUG_RED_ZONE, WAITING);
	struct zone *zone = &a.lab->zones[LABYRINTH_ZONE_NORMAL];
	struct page *pages[2048], *page;
	unsigned count = 0;

	(void)state;
	while ((pages[count] = labyrinth_zone_take(zone, 0, MOBILITY_SHARED, ZONE_WAIT)) != NULL)
		count++;
	for (unsigned i = 0; i < 8; i++)
		labyrinth_zone_put(zone, pages[2 * i], 0, ZONE_WAIT);
	page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	must_free(a.lab, page, 0);
	assert_int_equal(stats_of(a.lab).quarantined, 1);
	assert_ptr_not_equal(must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0), page);
	assert_int_equal(stats_of(a.lab).quarantined, 1);
	assert_int_equal(stats_of(a.lab).fenced, 0);
	arena_end(&a);
}

static void claims_empty_it(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 100, 0), other = must_register(a.lab, 0, 100, 0);
	struct hog *hog = hog_new(a.lab);
	struct labyrinth_claim claims[100];
	size_t n = claim_many(a.lab, owner, claims, COUNT(claims));

	(void)state;
	hog_free(a.lab, hog, 1);
	assert_int_equal(stats_of(a.lab).quarantined, 1);
	claims[n++] = must_claim(a.lab, owner);
	assert_int_equal(stats_of(a.lab).quarantined, 0);
	assert_status(try_claim(a.lab, owner).status, LABYRINTH_NO_MEMORY);
	assert_status(labyrinth_claim_transfer(&claims[0], other), LABYRINTH_NO_MEMORY);
	hog_free(a.lab, hog, 1);
	assert_status(labyrinth_claim_transfer(&claims[0], other), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).quarantined, 0);
	assert_lawful(a.lab);
	release_many(claims, n);
	hog_end(a.lab, hog);
	arena_end(&a);
}

static void the_reserve_comes_first(void **state)
{
	struct arena a = machine_new();
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	struct hog *hog = hog_new(a.lab);
	struct page *last = must_alloc(a.lab, LABYRINTH_GFP_ATOMIC, 0);

	(void)state;
	assert_int_equal(stats_of(a.lab).reserve, 3);
	must_free(a.lab, page, 0);
	assert_int_equal(stats_of(a.lab).reserve, 4);
	must_free(a.lab, last, 0);
	assert_int_equal(stats_of(a.lab).quarantined, 1);
	hog_end(a.lab, hog);
	arena_end(&a);
}

/* When a zone is busy, an atomic caller leaves what waits where it is. */
static void a_busy_zone_keeps_it(void **state)
{
	struct arena a = machine_new();
	struct zone *zone = &a.lab->zones[LABYRINTH_ZONE_NORMAL];
	struct page *pages[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		pages[i] = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	must_free(a.lab, pages[0], 0);
	must_free(a.lab, pages[1], 0);
	lock_take(&zone->lock);
	assert_int_equal(labyrinth_quarantine_drain(a.lab->quarantine, ZONE_TRY), 0);
	lock_drop(&zone->lock);
	assert_int_equal(stats_of(a.lab).quarantined, 2);
	assert_lawful(a.lab);
	lock_take(&a.lab->quarantine->lock);
	assert_int_equal(labyrinth_quarantine_drain(a.lab->quarantine, ZONE_TRY), 0);
	assert_false(labyrinth_quarantine_enter(a.lab->quarantine, pages[0], 0, ZONE_TRY));
	lock_drop(&a.lab->quarantine->lock);
	assert_int_equal(labyrinth_quarantine_drain(a.lab->quarantine, ZONE_TRY), 2);
	assert_int_equal(stats_of(a.lab).quarantined, 0);
	assert_lawful(a.lab);
	assert_true(host_irq_on);
	arena_end(&a);
}

static void broken_laws_are_named(void **state)
{
	struct arena a = machine_new();
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	uint64_t word;

	(void)state;
	must_free(a.lab, page, 0);
	word = word_load(page);
	word_store(page, word_make(FRAME_SHARED, 0, 0, 0));
	assert_string_equal(labyrinth_check(a.lab, NULL), "a block in the quarantine is in no other state");
	word_store(page, word);
	a.lab->quarantine->count = 0;
	assert_string_equal(labyrinth_check(a.lab, NULL), "every block that waits is in the quarantine");
	a.lab->quarantine->count = 1;
	a.lab->quarantine->frames = 2;
	assert_string_equal(labyrinth_check(a.lab, NULL), "the count of frames in quarantine is what there is");
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(first_in_first_out),
		kit_test(what_waits_is_not_handed_out),
		kit_test(pressure_empties_it),
		kit_test(red_zones_do_not_empty_it),
		kit_test(claims_empty_it),
		kit_test(the_reserve_comes_first),
		kit_test(a_busy_zone_keeps_it),
		kit_test(broken_laws_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
