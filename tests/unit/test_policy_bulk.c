/*
 * test_policy_bulk.c - many single frames in one call.
 */
#include "kit.h"

#define FRAMES 2048u

static struct arena machine(uint32_t magazine)
{
	return arena_new(small_machine, config_with(1, 4, 4, 1, magazine));
}

static void assert_bulk(struct labyrinth_bulk found, uint32_t count, enum labyrinth_status status)
{
	assert_int_equal(found.count, count);
	assert_status(found.status, status);
}

static void all_that_was_asked_for(void **state)
{
	static const uint32_t magazines[] = { 0, 8, 64 };
	struct page *pages[100];

	(void)state;
	for (size_t i = 0; i < COUNT(magazines); i++) {
		struct arena a = machine(magazines[i]);

		assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_KERNEL, 100, pages), 100, LABYRINTH_OK);
		assert_int_equal(stats_of(a.lab).shared, 100);
		assert_lawful(a.lab);
		assert_bulk(labyrinth_free_bulk(a.lab, pages, 100), 100, LABYRINTH_OK);
		assert_int_equal(stats_of(a.lab).shared, 0);
		assert_lawful(a.lab);
		arena_end(&a);
	}
}

static void as_many_as_there_are(void **state)
{
	struct arena a = machine(8);
	struct page *pages[FRAMES];

	(void)state;
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, FRAMES, pages), FRAMES - 8, LABYRINTH_NO_MEMORY);
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_ATOMIC, 10, pages + FRAMES - 8), 4, LABYRINTH_NO_MEMORY);
	assert_lawful(a.lab);
	assert_bulk(labyrinth_free_bulk(a.lab, pages, FRAMES - 4), FRAMES - 4, LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).reserve, 4);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void cleared_if_asked(void **state)
{
	struct arena a = machine(8);
	struct page *pages[20];

	(void)state;
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, 20, pages), 20, LABYRINTH_OK);
	for (size_t i = 0; i < COUNT(pages); i++)
		memset(labyrinth_page_address(a.lab, pages[i]), 0x5a, LABYRINTH_PAGE_SIZE);
	labyrinth_free_bulk(a.lab, pages, 20);
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_ZERO, 20, pages), 20,
	            LABYRINTH_OK);
	for (size_t i = 0; i < COUNT(pages); i++)
		for (size_t byte = 0; byte < LABYRINTH_PAGE_SIZE; byte++)
			assert_int_equal(((uint8_t *)labyrinth_page_address(a.lab, pages[i]))[byte], 0);
	arena_end(&a);
}

/* The same page twice: the frames before it are free, it and those behind it are as they were. */
static void up_to_the_first_that_is_refused(void **state)
{
	struct arena a = machine(0);
	struct page *pages[6];

	(void)state;
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, 5, pages), 5, LABYRINTH_OK);
	pages[5] = pages[4];
	pages[4] = pages[1];
	assert_bulk(labyrinth_free_bulk(a.lab, pages, 6), 4, LABYRINTH_NOT_ALLOCATED);
	assert_int_equal(stats_of(a.lab).shared, 1);
	pages[4] = NULL;
	assert_bulk(labyrinth_free_bulk(a.lab, pages + 4, 2), 0, LABYRINTH_NULL_POINTER);
	assert_bulk(labyrinth_free_bulk(a.lab, pages + 5, 1), 1, LABYRINTH_OK);
	arena_end(&a);
}

/* A page that is no single shared frame, first in the line: nothing changes, with magazines or without. */
static void each_reason_stops_it(void **state)
{
	(void)state;
	for (uint32_t magazine = 0; magazine <= 8; magazine += 8) {
		struct arena a = machine(magazine);
		struct labyrinth_claim owned = must_claim(a.lab, must_register(a.lab, 1, 1, 0));
		struct page *block = must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 3);
		struct page *good = must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 0);
		const struct { struct page *page; enum labyrinth_status why; } cases[] = {
			{ block, LABYRINTH_WRONG_ORDER }, { block + 1, LABYRINTH_NOT_ALLOCATED },
			{ owned.page, LABYRINTH_NOT_SHARED }, { foreign_page(&a, 0), LABYRINTH_FOREIGN_PAGE },
			{ foreign_page(&a, 2), LABYRINTH_FOREIGN_PAGE }, { NULL, LABYRINTH_NULL_POINTER },
		};

		for (size_t i = 0; i < COUNT(cases); i++) {
			struct page *pages[2] = { cases[i].page, good };

			ASSERT_REFUSED(&a, labyrinth_free_bulk(a.lab, pages, 2).status, cases[i].why);
		}
		arena_end(&a);
	}
}

/* What could be had is kept; then a request for more changes nothing. */
static void refused_when_all_is_taken(void **state)
{
	struct arena a = machine(8);
	struct page *pages[FRAMES], *none[2] = { NULL, NULL };

	(void)state;
	assert_int_equal(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, FRAMES, pages).count, FRAMES - 8);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, 2, none).status,
	                       LABYRINTH_NO_MEMORY);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_NOWAIT, 3).status,
	                       LABYRINTH_NO_MEMORY);
	assert_null(none[0]);
	arena_end(&a);
}

static void bad_arguments(void **state)
{
	struct arena a = machine(8);
	struct page *pages[1] = { NULL };
	void *before = arena_snapshot(&a);

	(void)state;
	assert_bulk(labyrinth_alloc_bulk(NULL, LABYRINTH_GFP_NOWAIT, 1, pages), 0, LABYRINTH_NULL_POINTER);
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, 1, NULL), 0, LABYRINTH_NULL_POINTER);
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_NOWAIT, 0, NULL), 0, LABYRINTH_OK);
	assert_bulk(labyrinth_alloc_bulk(a.lab, 0, 1, pages), 0, LABYRINTH_BAD_FLAGS);
	assert_bulk(labyrinth_free_bulk(NULL, pages, 1), 0, LABYRINTH_NULL_POINTER);
	assert_bulk(labyrinth_free_bulk(a.lab, NULL, 1), 0, LABYRINTH_NULL_POINTER);
	assert_bulk(labyrinth_free_bulk(a.lab, NULL, 0), 0, LABYRINTH_OK);
	host_context = LABYRINTH_INTERRUPT;
	assert_bulk(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_KERNEL, 1, pages), 0, LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_NMI;
	assert_bulk(labyrinth_free_bulk(a.lab, pages, 1), 0, LABYRINTH_IN_INTERRUPT);
	assert_unchanged(&a, before);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(all_that_was_asked_for),
		kit_test(as_many_as_there_are),
		kit_test(cleared_if_asked),
		kit_test(up_to_the_first_that_is_refused),
		kit_test(each_reason_stops_it),
		kit_test(refused_when_all_is_taken),
		kit_test(bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
