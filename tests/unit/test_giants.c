/*
 * test_giants.c - blocks of up to 1 GiB through the calls that users make, on machines that no test could hold.
 *
 * Needs   Metadata that nobody touches costs nothing: fresh anonymous memory, and a host that lends it on credit.
 */
#define _DEFAULT_SOURCE
#include "kit.h"

#include <sys/mman.h>

#define GIB    (UINT64_C(1) << 18) /* frames */
#define TIB    (UINT64_C(1) << 28)
#define KERNEL LABYRINTH_GFP_KERNEL
#define BITS64 (UINTPTR_MAX > UINT32_MAX)

struct giant {
	struct labyrinth       *lab;
	void                   *metadata;
	size_t                  bytes;
	struct labyrinth_range  at[8];
	struct labyrinth_ranges ranges;
};

static struct giant giant_new(const uint64_t (*pairs)[2])
{
	const struct labyrinth_config config = config_of(1, 0, 0);
	struct giant g = { .bytes = 0 };

	for (; (*pairs)[1] != 0; pairs++)
		g.at[g.ranges.count++] = (struct labyrinth_range){ { (*pairs)[0] }, { (*pairs)[1] } };
	g.ranges.at = g.at;
	assert_status(labyrinth_metadata_bytes(&g.ranges, &config, &g.bytes), LABYRINTH_OK);
	g.metadata = mmap(NULL, g.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(g.metadata != MAP_FAILED);
	madvise(g.metadata, g.bytes, MADV_NOHUGEPAGE);
	assert_status(labyrinth_init(&g.lab, g.metadata, g.bytes, &g.ranges, &config), LABYRINTH_OK);
	return g;
}

static void giant_end(struct giant *g)
{
	assert_lawful(g->lab);
	munmap(g->metadata, g->bytes);
}

static uint64_t pfn(const struct giant *g, const struct page *page)
{
	return labyrinth_page_pfn(g->lab, page).n;
}

static const uint64_t five_gib[][2] = { { GIB4, GIB4 + 5 * GIB }, { 0, 0 } };

static void the_largest_block(void **state)
{
	struct giant g = giant_new(five_gib);
	struct page *page[5];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		page[i] = must_alloc(g.lab, KERNEL, LABYRINTH_MAX_ORDER);
		assert_int_equal(pfn(&g, page[i]), GIB4 + i * GIB);
		assert_lawful(g.lab);
	}
	assert_status(alloc_status(g.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(stats_of(g.lab).shared, 5 * GIB);
	for (unsigned i = 0; i < 5; i++)
		must_free(g.lab, page[i], LABYRINTH_MAX_ORDER);
	assert_int_equal(stats_of(g.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[LABYRINTH_MAX_ORDER], 5);
	giant_end(&g);
}

/* Split to the last frame, merged again: every order from 0 to 18 in between. */
static void down_to_a_frame_and_back(void **state)
{
	struct giant g = giant_new(five_gib);
	struct page *page[LABYRINTH_MAX_ORDER + 2];

	(void)state;
	page[0] = must_alloc(g.lab, KERNEL, 0);
	assert_int_equal(pfn(&g, page[0]), GIB4);
	for (unsigned k = 0; k < LABYRINTH_MAX_ORDER; k++) {
		assert_int_equal(stats_of(g.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[k], 1);
		page[k + 1] = must_alloc(g.lab, KERNEL, k);
		assert_int_equal(pfn(&g, page[k + 1]), GIB4 + (UINT64_C(1) << k));
	}
	assert_lawful(g.lab);
	must_free(g.lab, page[0], 0);
	for (unsigned k = 0; k < LABYRINTH_MAX_ORDER; k++) {
		assert_int_equal(stats_of(g.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[k], 1);
		must_free(g.lab, page[k + 1], k);
		assert_lawful(g.lab);
	}
	assert_int_equal(stats_of(g.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[LABYRINTH_MAX_ORDER], 5);
	giant_end(&g);
}

/* The same sequence of calls, refused by name; the laws and all numbers stay. */
static void refusals(void **state)
{
	static const uint32_t inside[] = { 1, 63, 64, 511, 512, 513, 0x1000, 0x20000, 0x3ffff };
	struct giant g = giant_new(five_gib);
	struct page *page = must_alloc(g.lab, KERNEL, LABYRINTH_MAX_ORDER);
	struct labyrinth_stats before = stats_of(g.lab), after;

	(void)state;
	for (unsigned order = 0; order < LABYRINTH_MAX_ORDER; order++)
		assert_status(labyrinth_free_pages(g.lab, page, order), LABYRINTH_WRONG_ORDER);
	for (size_t i = 0; i < COUNT(inside); i++)
		for (unsigned order = 0; order <= LABYRINTH_MAX_ORDER; order += 9)
			assert_status(labyrinth_free_pages(g.lab, page + inside[i], order), LABYRINTH_NOT_ALLOCATED);
	assert_status(labyrinth_free_pages(g.lab, page + GIB, LABYRINTH_MAX_ORDER), LABYRINTH_NOT_ALLOCATED);
	assert_status(alloc_status(g.lab, KERNEL, LABYRINTH_MAX_ORDER + 1), LABYRINTH_BAD_ORDER);
	after = stats_of(g.lab);
	assert_memory_equal(&after, &before, sizeof(after));
	must_free(g.lab, page, LABYRINTH_MAX_ORDER);
	assert_status(labyrinth_free_pages(g.lab, page, LABYRINTH_MAX_ORDER), LABYRINTH_NOT_ALLOCATED);
	giant_end(&g);
}

/* Blocks end at 16 MiB and at 4 GiB, because zones do. */
static void zone_borders(void **state)
{
	static const uint64_t pairs[][2] = { { 0x400, GIB4 + 2 * GIB + 0x200 }, { 0, 0 } };
	static const uint64_t wanted[LABYRINTH_ZONES][LABYRINTH_MAX_ORDER + 1] = {
		[LABYRINTH_ZONE_DMA]    = { [10] = 1, [11] = 1 },
		[LABYRINTH_ZONE_DMA32]  = { [12] = 1, [13] = 1, [14] = 1, [15] = 1, [16] = 1, [17] = 1, [18] = 3 },
		[LABYRINTH_ZONE_NORMAL] = { [9] = 1, [18] = 2 },
	};
	struct giant g = giant_new(pairs);
	struct labyrinth_stats fresh = stats_of(g.lab), after;
	struct page *page[8];

	(void)state;
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		assert_memory_equal(fresh.zone[z].free_blocks, wanted[z], sizeof(wanted[z]));
	for (unsigned i = 0; i < 5; i++)
		page[i] = must_alloc(g.lab, KERNEL, LABYRINTH_MAX_ORDER);
	assert_int_equal(pfn(&g, page[0]), GIB4);
	assert_int_equal(pfn(&g, page[2]), GIB);
	assert_int_equal(pfn(&g, page[4]), 3 * GIB);
	page[5] = must_alloc(g.lab, KERNEL | LABYRINTH_GFP_DMA, 11);
	assert_int_equal(pfn(&g, page[5]), 0x800);
	page[6] = must_alloc(g.lab, KERNEL | LABYRINTH_GFP_DMA32, 12);
	assert_int_equal(pfn(&g, page[6]), 0x1000);
	assert_lawful(g.lab);
	must_free(g.lab, page[6], 12);
	must_free(g.lab, page[5], 11);
	for (unsigned i = 0; i < 5; i++)
		must_free(g.lab, page[i], LABYRINTH_MAX_ORDER);
	after = stats_of(g.lab);
	assert_memory_equal(&after, &fresh, sizeof(after));
	giant_end(&g);
}

/* Any number of frames, over page blocks that nobody has used; the rest is free at once, all of it at the end. */
static void exact_numbers(void **state)
{
	static const uint32_t counts[] = {
		513, 1023, 1024, 1025, 0x3000, 0x12345, 0x1ffff, 0x20000, 0x20001, 0x3fdff, 0x3ffff, 0x40000,
	};
	struct giant g = giant_new(five_gib);
	struct labyrinth_stats fresh = stats_of(g.lab), after;

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct labyrinth_grant grant = labyrinth_alloc_pages_exact(g.lab, KERNEL, counts[i]);

		assert_status(grant.status, LABYRINTH_OK);
		assert_int_equal(pfn(&g, grant.page), GIB4);
		assert_int_equal(stats_of(g.lab).shared, counts[i]);
		assert_lawful(g.lab);
		assert_true(labyrinth_free_pages_exact(g.lab, grant.page, counts[i] + 1) != LABYRINTH_OK);
		assert_status(labyrinth_free_pages_exact(g.lab, grant.page + 512, counts[i]), LABYRINTH_WRONG_ORDER);
		assert_int_equal(stats_of(g.lab).shared, counts[i]);
		assert_status(labyrinth_free_pages_exact(g.lab, grant.page, counts[i]), LABYRINTH_OK);
		after = stats_of(g.lab);
		assert_memory_equal(&after, &fresh, sizeof(after));
		assert_lawful(g.lab);
	}
	giant_end(&g);
}

/* Frames that lie behind each other in the table, but not in memory, are not freed as one. */
static void exact_ends_with_the_memory(void **state)
{
	static const uint64_t pairs[][2] = { { GIB4, GIB4 + 1024 }, { GIB4 + GIB, GIB4 + GIB + 512 }, { 0, 0 } };
	struct giant g = giant_new(pairs);
	struct page *last = must_alloc(g.lab, KERNEL, 9), *page = must_alloc(g.lab, KERNEL, 10);

	(void)state;
	assert_int_equal(pfn(&g, page), GIB4);
	assert_int_equal(pfn(&g, last), GIB4 + GIB);
	assert_ptr_equal(page + 1024, last);
	assert_status(labyrinth_free_pages_exact(g.lab, page, 1024 + 512), LABYRINTH_WRONG_ORDER);
	assert_status(labyrinth_free_pages_exact(g.lab, last, 513), LABYRINTH_WRONG_ORDER);
	assert_int_equal(stats_of(g.lab).shared, 1024 + 512);
	giant_end(&g);
}

static void cleared_to_the_last_byte(void **state)
{
	const size_t bytes = (size_t)LABYRINTH_PAGE_SIZE << 11;
	struct giant g = giant_new(five_gib);
	struct page *page = must_alloc(g.lab, KERNEL, 12);
	uint8_t *at = bytes_of(g.lab, page);

	(void)state;
	memset(at, 0x5a, 2 * bytes);
	must_free(g.lab, page, 12);
	assert_ptr_equal(must_alloc(g.lab, KERNEL | LABYRINTH_GFP_ZERO, 11), page);
	for (size_t i = 0; i < 2 * bytes; i++)
		if (at[i] != (i < bytes ? 0 : 0x5a))
			fail_msg("byte %zx: %x", i, at[i]);
	giant_end(&g);
}

static size_t touched_pages(const struct giant *g)
{
	size_t pages = (g->bytes + 4095) / 4096, touched = 0;
	unsigned char *in_core = malloc(pages);

	assert_non_null(in_core);
	assert_int_equal(mincore(g->metadata, g->bytes, in_core), 0);
	for (size_t i = 0; i < pages; i++)
		touched += in_core[i] & 1;
	free(in_core);
	return touched;
}

/* Pages of the arrays that bring-up writes as a whole. */
static size_t pages_of_tables(const struct giant *g)
{
	const struct frames *f = g->lab->frames;

	return (opened_words(f->blocks) * 4 + f->sections * 4) / 4096;
}

/* Bring-up writes a little whatever the size, besides a bit a page block and a word a GiB. */
static void bring_up_touches_little(void **state)
{
	static const uint64_t machines[][4][2] = {
		{ { 1, 0x9f }, { 0x100, 0xc0000 }, { GIB4, GIB4 + GIB } },
		{ { 1, 0x9f }, { 0x100, 0xc0000 }, { GIB4, GIB4 + 61 * GIB } },
		{ { 1, 0x9f }, { 0x100, 0xc0000 }, { GIB4, GIB4 + TIB } },
		{ { 1, 0x9f }, { 0x100, 0xc0000 }, { GIB4, GIB4 + 16 * TIB } },
	};

	(void)state;
	for (size_t i = 0; i < (BITS64 ? COUNT(machines) : 1); i++) {
		struct giant g = giant_new(machines[i]);
		size_t touched = touched_pages(&g), tables = pages_of_tables(&g);

		print_message("%10llu frames: %zu pages of %zu touched, %zu of them tables\n",
		              (unsigned long long)g.lab->usable, touched, g.bytes / 4096, tables);
		assert_true(touched - tables <= 40);
		munmap(g.metadata, g.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(the_largest_block),
		kit_test(down_to_a_frame_and_back),
		kit_test(refusals),
		kit_test(zone_borders),
		kit_test(exact_numbers),
		kit_test(exact_ends_with_the_memory),
		kit_test(cleared_to_the_last_byte),
		kit_test(bring_up_touches_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
