/*
 * test_linux.c - the spellings of Linux: each does what its namesake does, over one instance.
 */
#include "kit.h"

static struct labyrinth *kernel_memory;

/* The host's direct map, backwards: one frame that a test has asked for. */
static uint64_t phys_of(const void *address)
{
	return (uint64_t)((const uint8_t *)address - host_bytes((phys_addr_t){ 0 }));
}

#define LABYRINTH_DEFAULT       kernel_memory
#define LABYRINTH_PHYS(address) phys_of(address)
#include <labyrinth/linux.h>

static struct arena machine_new(void)
{
	/* Below 128 MiB, which is one window of the host on every CPU. */
	static const uint64_t machine[][2] = { { 0x200, 0x600 }, { 0x2000, 0x2400 }, { 0, 0 } };
	struct arena a = arena_new(machine, config_of(1, 4, 4));

	kernel_memory = a.lab;
	return a;
}

static void machine_end_with(struct arena *a, uint64_t free)
{
	assert_int_equal(stats_of(a->lab).free, free);
	machine_end(a);
}

static void pages(void **state)
{
	struct arena a = machine_new();
	uint64_t free = stats_of(a.lab).free;
	struct page *one = alloc_page(GFP_KERNEL | __GFP_ZERO), *many = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 4);
	struct page *low = alloc_page(GFP_NOWAIT | GFP_DMA), *moves = alloc_page(GFP_KERNEL | __GFP_MOVABLE);
	struct page *cache = alloc_page(GFP_KERNEL | __GFP_RECLAIMABLE);

	(void)state;
	assert_non_null(one);
	assert_non_null(many);
	assert_true(page_to_phys(low) < 16 << 20);
	assert_int_equal(page_to_phys(one), page_to_pfn(one) << PAGE_SHIFT);
	assert_ptr_equal(pfn_to_page(page_to_pfn(many) + 3), many + 3);
	assert_ptr_equal(page_address(one), host_bytes((phys_addr_t){ page_to_phys(one) }));
	assert_ptr_equal(virt_to_page((uint8_t *)page_address(many) + 2 * PAGE_SIZE + 17), many + 2);
	assert_false(pfn_valid(0x100));
	assert_true(pfn_valid(0x2000));
	assert_null(alloc_pages(GFP_KERNEL, LABYRINTH_MAX_ORDER + 1));
	assert_null(alloc_page(0));
	__free_page(one);
	__free_page(one); /* twice: refused */
	__free_pages(many, 3); /* the wrong order: refused */
	__free_pages(many, 4);
	__free_pages(NULL, 0);
	__free_page(low);
	assert_int_equal(word_tag(word_load(moves)), TAG_MOVABLE);
	assert_int_equal(word_tag(word_load(cache)), TAG_RECLAIMABLE);
	__free_page(moves);
	__free_page(cache);
	machine_end_with(&a, free);
}

static void addresses(void **state)
{
	struct arena a = machine_new();
	uint64_t free = stats_of(a.lab).free;
	uintptr_t one = __get_free_page(GFP_KERNEL), many = __get_free_pages(GFP_KERNEL, 3);
	uintptr_t zero;

	(void)state;
	memset((void *)one, 0xff, PAGE_SIZE);
	memset((void *)many, 0xff, PAGE_SIZE << 3);
	free_page(one);
	zero = get_zeroed_page(GFP_KERNEL);
	assert_int_equal(zero, one);
	for (size_t i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(((uint8_t *)zero)[i], 0);
	free_page(zero);
	free_pages(many, 3);
	free_pages(0, 3); /* nothing, as there */
	assert_int_equal(__get_free_pages(GFP_KERNEL, 99), 0);
	machine_end_with(&a, free);
}

static void counts(void **state)
{
	struct arena a = machine_new();
	uint64_t free = stats_of(a.lab).free;
	struct page *some[5] = { NULL }, *kept;
	void *exact = alloc_pages_exact(5 * PAGE_SIZE + 1, GFP_KERNEL);

	(void)state;
	assert_int_equal(stats_of(a.lab).shared, 6);
	free_pages_exact(exact, 5 * PAGE_SIZE + 1);
	assert_null(alloc_pages_exact(0, GFP_KERNEL));
	assert_null(alloc_pages_exact(SIZE_MAX, GFP_KERNEL));
	kept = some[2] = alloc_page(GFP_KERNEL);
	assert_int_equal(alloc_pages_bulk(GFP_KERNEL, 5, some), 5);
	assert_ptr_equal(some[2], kept);
	assert_int_equal(stats_of(a.lab).shared, 5);
	for (unsigned i = 0; i < 5; i++)
		__free_page(some[i]);
	machine_end_with(&a, free);
}

static void orders(void **state)
{
	static const struct { size_t bytes; unsigned order; } cases[] = {
		{ 0, 0 }, { 1, 0 }, { 4096, 0 }, { 4097, 1 }, { 8192, 1 }, { 8193, 2 },
		{ 1 << 21, 9 }, { (1 << 21) + 1, 10 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(get_order(cases[i].bytes), cases[i].order);
	assert_int_equal(get_order(SIZE_MAX), 8 * sizeof(size_t) - 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = { kit_test(pages), kit_test(addresses), kit_test(counts), kit_test(orders) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
