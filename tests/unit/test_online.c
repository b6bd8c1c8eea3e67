/*
 * test_online.c - memory that comes after bring-up.
 */
#include "kit.h"

#include "later.h"

#include "dice.h"

#define KERNEL LABYRINTH_GFP_KERNEL

/* Usable now, and what may come: beside it in the same page block, page blocks of their own, and in another zone. */
static const uint64_t now[][2] = { { 0x210, 0x2a0 }, { 0x400, 0x800 }, { GIB4, GIB4 + 0x123 }, { 0, 0 } };
static const uint64_t later[][2] = { { 0x2a0, 0x3f0 }, { 0x900, 0xe00 }, { GIB4 + 0x123, GIB4 + 0xa00 },
	                             { GIB4 + 0x2001, GIB4 + 0x2003 }, { 0, 0 } };

static void list(struct labyrinth_ranges *out, const uint64_t (*pairs)[2])
{
	for (; (*pairs)[1] != 0; pairs++)
		assert_status(labyrinth_ranges_add(out, (struct labyrinth_range){ { (*pairs)[0] }, { (*pairs)[1] } }),
		              LABYRINTH_OK);
}

static struct arena machine(uint32_t magazine, uint64_t aside)
{
	struct labyrinth_range at[8];
	struct labyrinth_ranges ranges = { at, 0, 8 };
	struct labyrinth_config config = config_with(1, aside, aside, 1, magazine);
	struct arena a;

	list(&ranges, later);
	config.later = &ranges;
	a = arena_new(now, config);
	memset(at, 0xee, sizeof(at)); /* not used after the call */
	return a;
}

static enum labyrinth_status online(struct arena *a, uint64_t begin, uint64_t end)
{
	return labyrinth_online(a->lab, (struct labyrinth_range){ { begin }, { end } });
}

static bool is_later(uint64_t pfn)
{
	for (size_t i = 0; later[i][1] != 0; i++)
		if (pfn >= later[i][0] && pfn < later[i][1])
			return true;
	return false;
}

static void nothing_of_it_before(void **state)
{
	struct arena a = machine(0, 2);
	unsigned foreign = 0;
	struct hog *hog;

	(void)state;
	assert_lawful(a.lab);
	assert_int_equal(stats_of(a.lab).usable, 0x90 + 0x400 + 0x123);
	for (size_t i = 0; later[i][1] != 0; i++)
		for (uint64_t pfn = later[i][0]; pfn < later[i][1]; pfn++)
			assert_null(labyrinth_pfn_page(a.lab, (pfn_t){ pfn }));
	assert_status(labyrinth_offline(a.lab, (pfn_t){ 0x900 }), LABYRINTH_FOREIGN_PAGE);
	for (uint32_t b = 0; b < a.lab->frames->blocks; b++) {
		struct page *page = block_page(a.lab->frames, (block_t){ b }, 0);

		if (labyrinth_page_known(a.lab, page))
			continue;
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 0), LABYRINTH_FOREIGN_PAGE);
		ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 9), LABYRINTH_FOREIGN_PAGE);
		ASSERT_REFUSED(&a, labyrinth_free_pages_exact(a.lab, page, 1), LABYRINTH_FOREIGN_PAGE);
		foreign++;
	}
	assert_true(foreign >= 2);
	hog = hog_new(a.lab);
	assert_int_equal(hog->count, 0x90 + 0x400 + 0x123 - 4);
	for (size_t i = 0; i < hog->count; i++)
		assert_false(is_later(labyrinth_page_pfn(a.lab, hog->page[i]).n));
	hog_end(a.lab, hog);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* Declared ranges that lie in two zones, so in two runs of page blocks each. */
static void across_zones(void **state)
{
	static const uint64_t little[][2] = { { 0x200, 0x400 }, { 0, 0 } };
	struct labyrinth_range at[] = { { { 0xe00 }, { 0x1200 } }, { { GIB4 - 0x400 }, { GIB4 + 0x500 } } };
	const struct labyrinth_ranges ranges = { at, COUNT(at), COUNT(at) };
	struct labyrinth_config config = config_of(1, 0, 0);
	struct arena a;

	(void)state;
	config.later = &ranges;
	a = arena_new(little, config);
	for (size_t i = 0; i < COUNT(at); i++)
		for (uint64_t pfn = at[i].begin.n; pfn < at[i].end.n; pfn++)
			assert_null(labyrinth_pfn_page(a.lab, (pfn_t){ pfn }));
	assert_lawful(a.lab);
	for (size_t i = 0; i < COUNT(at); i++)
		assert_status(labyrinth_online(a.lab, at[i]), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).free, 0x200 + 0x400 + 0x900);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* The same free blocks as if all had been there from the start. */
static void all_of_it_as_if_it_had_been_there(void **state)
{
	uint64_t both[8][2] = { { 0 } };
	struct arena a = machine(0, 0), b;
	struct labyrinth_stats grown, born;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; now[i][1] != 0; i++, n++)
		memcpy(both[n], now[i], sizeof(both[n]));
	for (size_t i = 0; later[i][1] != 0; i++, n++) {
		memcpy(both[n], later[i], sizeof(both[n]));
		assert_status(online(&a, later[i][0], later[i][1]), LABYRINTH_OK);
		assert_lawful(a.lab);
	}
	b = arena_new((const uint64_t (*)[2])both, config_with(1, 0, 0, 1, 0));
	grown = stats_of(a.lab);
	born = stats_of(b.lab);
	assert_int_equal(grown.usable, born.usable);
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		assert_int_equal(grown.zone[z].frames, born.zone[z].frames);
		assert_int_equal(grown.zone[z].free, born.zone[z].free);
		assert_memory_equal(grown.zone[z].free_blocks, born.zone[z].free_blocks,
		                    sizeof(grown.zone[z].free_blocks));
	}
	arena_end(&a);
	arena_end(&b);
}

/* In parts of any size and order; whatever has come is had, the rest is not. */
static void in_parts(void **state)
{
	struct dice dice = dice_new("test_online");

	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		static bool come[GIB4 / 0x100000 * 0x1000];
		struct arena a = machine(round % 2 ? 8 : 0, 2);
		uint64_t usable = stats_of(a.lab).usable;

		memset(come, 0, sizeof(come));
		for (unsigned step = 0; step < 60; step++) {
			uint64_t begin = 0x280 + dice_below(&dice, 0xc00), end = begin + 1 + dice_below(&dice, 700);
			enum labyrinth_status why = LABYRINTH_OK, status;
			struct labyrinth_grant grant;

			grant = labyrinth_alloc_pages(a.lab, KERNEL, (unsigned)dice_below(&dice, 4));
			for (uint64_t pfn = begin; pfn < end; pfn++)
				if (!is_later(pfn) && why == LABYRINTH_OK)
					why = LABYRINTH_NOT_DECLARED;
			for (uint64_t pfn = begin; pfn < end; pfn++)
				if (labyrinth_pfn_page(a.lab, (pfn_t){ pfn }) != NULL)
					why = LABYRINTH_ALREADY_ONLINE;
			status = online(&a, begin, end);
			assert_status(status, why);
			for (uint64_t pfn = begin; pfn < end && status == LABYRINTH_OK; pfn++)
				come[pfn] = true;
			usable += status == LABYRINTH_OK ? end - begin : 0;
			assert_int_equal(stats_of(a.lab).usable, usable);
			assert_lawful(a.lab);
			for (uint64_t pfn = 0x2a0; pfn < 0xe00; pfn++)
				if (is_later(pfn))
					assert_int_equal(labyrinth_pfn_page(a.lab, (pfn_t){ pfn }) != NULL, come[pfn]);
			(void)grant;
		}
		arena_end(&a);
	}
}

static void those_who_had_nothing_get_it(void **state)
{
	struct arena a = machine(8, 2);
	struct hog *hog = hog_new(a.lab);

	(void)state;
	assert_status(alloc_status(a.lab, KERNEL, 9), LABYRINTH_NO_MEMORY);
	assert_status(online(&a, 0x900, 0xe00), LABYRINTH_OK);
	must_free(a.lab, must_alloc(a.lab, KERNEL, 9), 9);
	assert_status(labyrinth_offline(a.lab, (pfn_t){ 0x901 }), LABYRINTH_OK);
	hog_end(a.lab, hog);
	assert_lawful(a.lab);
	arena_end(&a);
}

struct blocks {
	uint64_t frames, last;
};

static bool visit(const struct labyrinth_block *block, void *context)
{
	struct blocks *sum = context;

	assert_true(block->first.n >= sum->last);
	sum->last = block->first.n + (UINT64_C(1) << block->order);
	sum->frames += UINT64_C(1) << block->order;
	return true;
}

static void blocks_tile_what_has_come(void **state)
{
	struct arena a = machine(0, 2);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct blocks sum = { 0, 0 };

		assert_true(labyrinth_for_each_block(a.lab, visit, &sum));
		assert_int_equal(sum.frames, stats_of(a.lab).usable);
		assert_status(online(&a, later[i][0] + 1, later[i][1]), LABYRINTH_OK);
	}
	arena_end(&a);
}

static void refusals(void **state)
{
	struct arena a = machine(8, 2);
	struct arena none = arena_new(now, config_with(1, 2, 2, 1, 8));

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_online(NULL, (struct labyrinth_range){ { 0x900 }, { 0xa00 } }),
	               LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, online(&a, 0x900, 0x900), LABYRINTH_BAD_RANGES);
	ASSERT_REFUSED(&a, online(&a, 0x901, 0x900), LABYRINTH_BAD_RANGES);
	ASSERT_REFUSED(&a, online(&a, 0x8ff, 0xa00), LABYRINTH_NOT_DECLARED);
	ASSERT_REFUSED(&a, online(&a, 0x900, 0xe01), LABYRINTH_NOT_DECLARED);
	ASSERT_REFUSED(&a, online(&a, 0x3f0, 0x400), LABYRINTH_NOT_DECLARED);
	ASSERT_REFUSED(&a, online(&a, GIB4 + 0xa00, UINT64_MAX), LABYRINTH_NOT_DECLARED);
	/* Its ends are in use as little as what is declared of it; what lies between is. */
	ASSERT_REFUSED(&a, online(&a, 0x3f0, 0xe00), LABYRINTH_ALREADY_ONLINE);
	ASSERT_REFUSED(&a, online(&a, 0, UINT64_MAX), LABYRINTH_ALREADY_ONLINE);
	ASSERT_REFUSED(&a, online(&a, 0x29f, 0x2b0), LABYRINTH_ALREADY_ONLINE);
	ASSERT_REFUSED(&a, online(&a, 0x400, 0x401), LABYRINTH_ALREADY_ONLINE);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, online(&a, 0x900, 0xa00), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	a.lab->frames->bad->busy = 1; /* another CPU is in the middle of a call */
	ASSERT_REFUSED(&a, online(&a, 0x901, 0xa00), LABYRINTH_BUSY);
	a.lab->frames->bad->busy = 0;
	assert_status(online(&a, 0x901, 0xa00), LABYRINTH_OK);
	ASSERT_REFUSED(&a, online(&a, 0x901, 0xa00), LABYRINTH_ALREADY_ONLINE);
	ASSERT_REFUSED(&a, online(&a, 0x900, 0x902), LABYRINTH_ALREADY_ONLINE);
	ASSERT_REFUSED(&a, online(&a, 0x9ff, 0xb00), LABYRINTH_ALREADY_ONLINE);
	ASSERT_REFUSED(&none, online(&none, 0x900, 0xa00), LABYRINTH_NOT_DECLARED);
	ASSERT_REFUSED(&none, online(&none, 0x3ff, 0x801), LABYRINTH_ALREADY_ONLINE);
	assert_lawful(a.lab);
	arena_end(&a);
	arena_end(&none);
}

static struct labyrinth *coming;
static unsigned tried;

/* Another task, between two steps of memory that comes: no frame may go that has come only half. */
static void goes_offline(void)
{
	host_interrupt = NULL;
	host_context = LABYRINTH_TASK;
	assert_status(labyrinth_offline(coming, (pfn_t){ 0x400 }), LABYRINTH_BUSY);
	assert_status(labyrinth_offline(coming, (pfn_t){ 0x900 }), LABYRINTH_BUSY);
	host_context = LABYRINTH_INTERRUPT;
	tried++;
}

static void nothing_goes_while_memory_comes(void **state)
{
	struct arena a = machine(0, 2);

	(void)state;
	coming = a.lab;
	tried = 0;
	host_interrupt = goes_offline;
	assert_status(online(&a, 0x900, 0xe00), LABYRINTH_OK);
	assert_int_equal(tried, 1);
	assert_lawful(a.lab);
	assert_status(labyrinth_offline(a.lab, (pfn_t){ 0x900 }), LABYRINTH_OK);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* What lies behind the declared ranges declares nothing. */
static void as_many_as_were_declared(void **state)
{
	struct labyrinth_range at[] = { { { 0x900 }, { 0x920 } }, { { 0 }, { UINT64_MAX } } };
	struct later one = { .at = at, .count = 1 };
	struct arena a = machine(0, 2);
	struct later *was = a.lab->later;

	(void)state;
	a.lab->later = &one;
	ASSERT_REFUSED(&a, online(&a, 0x900, 0x921), LABYRINTH_NOT_DECLARED);
	a.lab->later = was;
	assert_status(online(&a, 0x900, 0x921), LABYRINTH_OK);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* What is declared must be sound, and none of it usable already. */
static void bad_declarations(void **state)
{
	static const uint64_t bad[][2] = { { 0x7ff, 0x900 }, { 0x300, 0x401 }, { 5, 5 }, { 0, UINT64_C(1) << 41 } };
	struct labyrinth_range usable = { { 0x400 }, { 0x800 } }, at;
	struct labyrinth_ranges ranges = { &usable, 1, 1 }, list_of_one = { &at, 1, 1 };
	struct labyrinth_config config = config_with(1, 0, 0, 1, 0);
	size_t bytes = 7;

	(void)state;
	config.later = &list_of_one;
	for (size_t i = 0; i < COUNT(bad); i++) {
		at = (struct labyrinth_range){ { bad[i][0] }, { bad[i][1] } };
		assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes), LABYRINTH_BAD_RANGES);
		assert_int_equal(bytes, 7);
	}
	list_of_one.at = NULL;
	assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes), LABYRINTH_BAD_RANGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(nothing_of_it_before),
		kit_test(across_zones),
		kit_test(all_of_it_as_if_it_had_been_there),
		kit_test(in_parts),
		kit_test(those_who_had_nothing_get_it),
		kit_test(blocks_tile_what_has_come),
		kit_test(refusals),
		kit_test(nothing_goes_while_memory_comes),
		kit_test(as_many_as_were_declared),
		kit_test(bad_declarations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
