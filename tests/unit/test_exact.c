/*
 * test_exact.c - any number of contiguous frames.
 */
#include "kit.h"
#include "word.h"

#define TOO_MANY ((1u << LABYRINTH_MAX_ORDER) + 1)

static struct arena machine(uint32_t magazine)
{
	return arena_new(small_machine, config_with(1, 4, 4, 1, magazine));
}

static void every_number_of_frames(void **state)
{
	(void)state;
	for (uint32_t frames = 1; frames <= 512; frames++) {
		struct arena a = machine(0);
		struct labyrinth_stats before = stats_of(a.lab), after;
		struct labyrinth_grant grant = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, frames);

		assert_status(grant.status, LABYRINTH_OK);
		assert_int_equal(stats_of(a.lab).shared, frames);
		assert_lawful(a.lab);
		if (frames < 512)
			assert_true(labyrinth_free_pages_exact(a.lab, grant.page, frames + 1) != LABYRINTH_OK);
		assert_status(labyrinth_free_pages_exact(a.lab, grant.page, frames), LABYRINTH_OK);
		after = stats_of(a.lab);
		assert_memory_equal(&after.zone, &before.zone, sizeof(after.zone));
		assert_lawful(a.lab);
		arena_end(&a);
	}
}

static void the_rest_can_be_had_at_once(void **state)
{
	struct arena a = machine(0);
	struct labyrinth_grant odd = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, 5);
	uint64_t first = labyrinth_page_pfn(a.lab, odd.page).n;
	struct labyrinth_grant next = labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_KERNEL, 1);

	(void)state;
	assert_int_equal(first % 8, 0);
	assert_int_equal(labyrinth_page_pfn(a.lab, next.page).n, first + 6);
	arena_end(&a);
}

static void cleared_to_the_last_byte_and_no_further(void **state)
{
	struct arena a = machine(0);
	struct labyrinth_grant grant = labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_KERNEL, 3);
	uint8_t *bytes = labyrinth_page_address(a.lab, grant.page);

	(void)state;
	memset(bytes, 0x5a, 8 * LABYRINTH_PAGE_SIZE);
	labyrinth_free_pages(a.lab, grant.page, 3);
	grant = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO, 5);
	assert_ptr_equal(labyrinth_page_address(a.lab, grant.page), bytes);
	for (size_t i = 0; i < 8 * LABYRINTH_PAGE_SIZE; i++)
		assert_int_equal(bytes[i], i < 5 * LABYRINTH_PAGE_SIZE ? 0 : 0x5a);
	arena_end(&a);
}

/* Parts can be freed as the blocks that they are; the whole cannot then, and what is left of it stays. */
static void all_tags_are_checked_first(void **state)
{
	struct arena a = machine(0);
	struct labyrinth_grant grant = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, 7);

	(void)state;
	assert_status(labyrinth_free_pages(a.lab, grant.page + 4, 1), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, grant.page, 7), LABYRINTH_NOT_ALLOCATED);
	assert_status(labyrinth_free_pages_exact(a.lab, grant.page, 4), LABYRINTH_OK);
	assert_status(labyrinth_free_pages(a.lab, grant.page + 6, 0), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).shared, 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void refusals(void **state)
{
	struct arena a = machine(8);
	struct labyrinth_grant grant = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, 7);
	struct page *middle = grant.page + 1, stranger = { 0 };

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_alloc_pages_exact(NULL, LABYRINTH_GFP_KERNEL, 1).status, LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, 0).status, LABYRINTH_BAD_COUNT);
	ASSERT_REFUSED(&a, labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, TOO_MANY).status,
	               LABYRINTH_BAD_COUNT);
	ASSERT_REFUSED(&a, labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, UINT32_MAX).status,
	               LABYRINTH_BAD_COUNT);
	ASSERT_REFUSED(&a, labyrinth_alloc_pages_exact(a.lab, 0, 3).status, LABYRINTH_BAD_FLAGS);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, NULL, 7), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(NULL, grant.page, 7), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, grant.page, 0), LABYRINTH_BAD_COUNT);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, grant.page, TOO_MANY), LABYRINTH_BAD_COUNT);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, grant.page, 8), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, grant.page, 512), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, middle, 1), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, middle, 512), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, &stranger, 7), LABYRINTH_FOREIGN_PAGE);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, labyrinth_pfn_page(a.lab, (pfn_t){ GIB4 + 1024 }), 7),
	               LABYRINTH_NOT_ALLOCATED); /* a page block that nobody has used */
	host_context = LABYRINTH_NMI;
	ASSERT_REFUSED(&a, labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_ATOMIC, 7).status, LABYRINTH_IN_INTERRUPT);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, grant.page, 7), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_status(labyrinth_free_pages_exact(a.lab, grant.page, 7), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, grant.page, 7), LABYRINTH_NOT_ALLOCATED);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(every_number_of_frames),
		kit_test(the_rest_can_be_had_at_once),
		kit_test(cleared_to_the_last_byte_and_no_further),
		kit_test(all_tags_are_checked_first),
		kit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
