/*
 * test_policy_free.c - giving shared frames back, and every way to be refused.
 */
#include "kit.h"

#define KERNEL LABYRINTH_GFP_KERNEL

static struct arena machine_new(void)
{
	return arena_new(three_zones, config_of(2, 8, 8));
}

static void freeing_in_each_context(void **state)
{
	struct arena a = machine_new();
	struct page *page = must_alloc(a.lab, KERNEL, 0), *block = must_alloc(a.lab, KERNEL, 3);

	(void)state;
	host_context = LABYRINTH_NMI;
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 0), LABYRINTH_IN_INTERRUPT);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, block, 3), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_INTERRUPT;
	must_free(a.lab, page, 0);
	must_free(a.lab, block, 3);
	machine_end(&a);
}

/* Once at the place where it is kept, once in its zone. */
static void a_block_is_freed_once(void **state)
{
	struct arena a = machine_new();

	(void)state;
	for (unsigned order = 1; order <= BLOCK_ORDER; order++) {
		struct page *one = must_alloc(a.lab, KERNEL, order), *two = must_alloc(a.lab, KERNEL, order);

		must_free(a.lab, one, order);
		must_free(a.lab, two, order);
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, one, order), LABYRINTH_NOT_ALLOCATED);
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, two, order), LABYRINTH_NOT_ALLOCATED);
	}
	machine_end(&a);
}

/* In a frame word the tag follows the order: an order of more bits than there are for it looks like a tag. */
static void free_refuses_an_order_that_reads_as_a_tag(void **state)
{
	struct arena a = machine_new();
	struct page *movable = must_alloc(a.lab, KERNEL | LABYRINTH_GFP_MOVABLE, 0);

	(void)state;
	assert_true(word_load(movable) == word_make(FRAME_SHARED, word_generation(word_load(movable)), 32, 0));
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, movable, 32), LABYRINTH_BAD_ORDER);
	must_free(a.lab, movable, 0);
	machine_end(&a);
}

static void free_refuses_what_was_not_allocated(void **state)
{
	struct arena a = machine_new();
	struct page *block = must_alloc(a.lab, KERNEL, 3), *gone = must_alloc(a.lab, KERNEL, 0);
	struct page *unused = labyrinth_pfn_page(a.lab, (pfn_t){ 0x400 });

	(void)state;
	must_free(a.lab, gone, 0);
	assert_false(frames_settled(a.lab->frames, unused));
	word_store(unused, word_make(FRAME_SHARED, 1, 0, 0)); /* what garbage in unused metadata may look like */
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, unused, 0), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, gone, 0), LABYRINTH_NOT_ALLOCATED);
	for (unsigned i = 1; i < 8; i++)
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, block + i, 0), LABYRINTH_NOT_ALLOCATED);
	for (unsigned order = 0; order <= LABYRINTH_MAX_ORDER; order++)
		if (order != 3)
			ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, block, order), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, block, LABYRINTH_MAX_ORDER + 1), LABYRINTH_BAD_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, block, ~0u), LABYRINTH_BAD_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, NULL, 0), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_free_pages(NULL, block, 3), LABYRINTH_NULL_POINTER);
	must_free(a.lab, block, 3);
	machine_end(&a);
}

static void free_refuses_what_is_not_shared(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 8, 1);
	struct labyrinth_claim owned = must_claim(a.lab, owner), lent = must_claim(a.lab, owner);
	struct labyrinth_claim kept = must_claim(a.lab, owner);
	struct page *recycled = kept.page;
	struct page *reserved = labyrinth_stack_top(&a.lab->reserve->stack, a.lab->frames);
	struct page *in_vault = labyrinth_stack_top(&a.lab->vault->stock.stack, a.lab->frames);

	(void)state;
	assert_status(labyrinth_claim_lend(&lent), LABYRINTH_OK);
	must_release(&kept);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, owned.page, 0), LABYRINTH_NOT_SHARED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, lent.page, 0), LABYRINTH_NOT_SHARED);
	ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, owned.page, 1), LABYRINTH_NOT_SHARED);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, owned.page, 1), LABYRINTH_NOT_SHARED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, recycled, 0), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, reserved, 0), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, in_vault, 0), LABYRINTH_NOT_ALLOCATED);
	machine_end(&a);
}

static void free_refuses_foreign_pages(void **state)
{
	static const uint64_t with_hole[][2] = { { GIB4 + 8, GIB4 + 512 }, { 0, 0 } };
	struct arena a = machine_new(), b = machine_new(), c = arena_new(with_hole, config_of(1, 0, 0));

	(void)state;
	for (unsigned i = 0; i < FOREIGN_PAGES; i++)
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, foreign_page(&a, i), 0), LABYRINTH_FOREIGN_PAGE);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, must_alloc(b.lab, KERNEL, 0), 0), LABYRINTH_FOREIGN_PAGE);
	ASSERT_REFUSED(&c, labyrinth_free_pages(c.lab, c.lab->frames->page, 0), LABYRINTH_FOREIGN_PAGE);
	machine_end(&a);
	machine_end(&b);
	machine_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(freeing_in_each_context),
		kit_test(a_block_is_freed_once),
		kit_test(free_refuses_an_order_that_reads_as_a_tag),
		kit_test(free_refuses_what_was_not_allocated),
		kit_test(free_refuses_what_is_not_shared),
		kit_test(free_refuses_foreign_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
