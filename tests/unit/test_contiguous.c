/*
 * test_contiguous.c - ranges with a limit, an alignment and a boundary, against every place there is.
 */
#include "kit.h"

#include "dice.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define ANY    UINT64_MAX

/* Around 16 MiB, where a zone ends, with holes that are no page block; and page blocks above, one half there. */
static const uint64_t ragged[][2] = { { 0xfa3, 0xfe0 }, { 0xfe5, 0x1041 }, { 0x1200, 0x1700 }, { 0, 0 } };

#define FIRST 0xe00
#define LAST  0x1800

static struct arena machine(uint32_t magazine)
{
	return arena_new(ragged, config_with(1, 0, 0, 1, magazine));
}

/* Which frames the test has, one by one; the rest of what is usable is free. */
struct fill {
	struct page *held[LAST];
	bool         free[LAST];
};

static void fill_all(struct arena *a, struct fill *fill)
{
	struct labyrinth_grant grant;

	memset(fill, 0, sizeof(*fill));
	while ((grant = labyrinth_alloc_pages(a->lab, LABYRINTH_GFP_NOWAIT, 0)).page != NULL)
		fill->held[labyrinth_page_pfn(a->lab, grant.page).n] = grant.page;
}

static void let_go(struct arena *a, struct fill *fill, uint64_t pfn)
{
	if (fill->held[pfn] == NULL)
		return;
	must_free(a->lab, fill->held[pfn], 0);
	fill->held[pfn] = NULL;
	fill->free[pfn] = true;
}

static bool allowed(const struct labyrinth_contiguous *w, uint64_t at)
{
	return at % w->alignment == 0 && at + w->frames - 1 <= w->limit.n
	       && (w->boundary == 0 || at / w->boundary == (at + w->frames - 1) / w->boundary);
}

static unsigned zone_at(uint64_t pfn)
{
	return pfn < 0x1000 ? LABYRINTH_ZONE_DMA : LABYRINTH_ZONE_DMA32;
}

static bool all_free(const struct fill *fill, uint64_t at, uint64_t frames)
{
	for (uint64_t i = at; i < at + frames; i++)
		if (i >= LAST || !fill->free[i] || zone_at(i) != zone_at(at))
			return false;
	return true;
}

/* The lowest place in the highest zone that has one, by trying all; 0 for none. */
static uint64_t by_hand(const struct fill *fill, const struct labyrinth_contiguous *w, uint64_t *zone)
{
	uint64_t best = 0;

	for (uint64_t at = LAST; at-- > FIRST;)
		if (allowed(w, at) && all_free(fill, at, w->frames)
		    && (best == 0 || zone_at(at) == zone_at(best)))
			best = at;
	*zone = zone_at(best);
	return best;
}

/* Where the buddy's own blocks do, any will. */
static bool any_block_does(const struct labyrinth_contiguous *w, uint64_t zone)
{
	uint64_t size = 1;

	while (size < w->frames)
		size *= 2;
	return size >= w->alignment && w->limit.n >= (zone == LABYRINTH_ZONE_DMA ? 0xfff : 0xfffff);
}

static void try(struct arena *a, const struct fill *fill, const struct labyrinth_contiguous *w)
{
	uint64_t zone, expected = by_hand(fill, w, &zone), at;
	void *before = arena_snapshot(a);
	struct labyrinth_grant grant = labyrinth_alloc_contiguous(a->lab, KERNEL, w);

	if (expected == 0) {
		assert_status(grant.status, LABYRINTH_NO_MEMORY);
		assert_null(grant.page);
		assert_only_counted(a, before);
		return;
	}
	free(before);
	assert_status(grant.status, LABYRINTH_OK);
	at = labyrinth_page_pfn(a->lab, grant.page).n;
	assert_true(allowed(w, at));
	assert_true(all_free(fill, at, w->frames));
	assert_int_equal(zone_at(at), zone);
	if (!any_block_does(w, zone))
		assert_int_equal(at, expected);
	assert_lawful(a->lab);
	assert_status(labyrinth_free_contiguous(a->lab, grant.page, w->frames), LABYRINTH_OK);
	assert_lawful(a->lab);
}

static struct dice dice;

static uint64_t below(uint64_t sides)
{
	return dice_below(&dice, sides);
}

static struct labyrinth_contiguous any_wish(void)
{
	static const uint64_t limits[] = { ANY, 0xfff, 0xffe, 0x1010, 0x13ff, 0x1333, 0xfb7, 0xfffff };
	struct labyrinth_contiguous w = { .alignment = UINT64_C(1) << below(8) };

	w.frames = (uint32_t)(1 + (below(4) == 0 ? below(700) : below(40)));
	w.limit.n = limits[below(COUNT(limits))];
	if (below(2) == 0)
		for (w.boundary = UINT64_C(1) << below(12); w.boundary < w.frames;)
			w.boundary *= 2;
	return w;
}

/* Machines with more and more free frames, in clusters and alone. */
static void one_is_found_if_there_is_one(void **state)
{
	struct fill *fill = malloc(sizeof(*fill));

	(void)state;
	dice = dice_new("test_contiguous");
	assert_non_null(fill);
	for (unsigned round = 0; round < 12; round++) {
		struct arena a = machine(0);

		fill_all(&a, fill);
		for (unsigned step = 0; step < 60; step++) {
			uint64_t at = FIRST + below(LAST - FIRST), end = at + 1 + below(below(3) == 0 ? 300 : 20);

			while (at < end && at < LAST)
				let_go(&a, fill, at++);
			for (unsigned i = 0; i < 12; i++) {
				struct labyrinth_contiguous w = any_wish();

				try(&a, fill, &w);
			}
		}
		arena_end(&a);
	}
	free(fill);
}

/* Every pattern of nine free frames, every length, every constraint that matters there. */
static void small_places_exhaustively(void **state)
{
	static const uint64_t pairs[][2] = { { 0x1005, 0x100e }, { 0, 0 } };
	struct fill *fill = malloc(sizeof(*fill));

	(void)state;
	assert_non_null(fill);
	for (unsigned pattern = 0; pattern < 512; pattern++) {
		struct arena a = arena_new(pairs, config_with(1, 0, 0, 1, 0));

		fill_all(&a, fill);
		for (unsigned i = 0; i < 9; i++)
			if (pattern >> i & 1)
				let_go(&a, fill, 0x1005 + i);
		for (uint32_t n = 1; n <= 9; n++)
			for (uint64_t align = 1; align <= 8; align *= 2)
				for (uint64_t boundary = 0; boundary <= 8; boundary = boundary ? boundary * 2 : 4) {
					struct labyrinth_contiguous w = { n, { ANY }, align, boundary };

					if (boundary != 0 && boundary < n)
						continue;
					try(&a, fill, &w);
					w.limit.n = 0x100b;
					try(&a, fill, &w);
				}
		arena_end(&a);
	}
	free(fill);
}

static struct page *must_have(struct labyrinth *lab, labyrinth_gfp_t gfp, struct labyrinth_contiguous w)
{
	struct labyrinth_grant grant = labyrinth_alloc_contiguous(lab, gfp, &w);

	assert_status(grant.status, LABYRINTH_OK);
	return grant.page;
}

/* Runs of page blocks, more than one look, none of it aligned. */
static void large_ranges(void **state)
{
	static const uint64_t pairs[][2] = { { GIB4 + 100, GIB4 + 40000 }, { 0, 0 } };
	struct arena a = arena_new(pairs, config_with(1, 0, 0, 1, 0));
	struct labyrinth_stats before = stats_of(a.lab), after;
	struct page *most = must_have(a.lab, KERNEL, (struct labyrinth_contiguous){ 39900, { ANY }, 1, 0 });

	(void)state;
	assert_int_equal(labyrinth_page_pfn(a.lab, most).n, GIB4 + 100);
	assert_int_equal(stats_of(a.lab).free, 0);
	assert_int_equal(stats_of(a.lab).shared, 39900);
	assert_lawful(a.lab);
	assert_status(labyrinth_free_contiguous(a.lab, most, 39900), LABYRINTH_OK);
	after = stats_of(a.lab);
	assert_memory_equal(&after.zone, &before.zone, sizeof(after.zone));
	most = must_have(a.lab, KERNEL, (struct labyrinth_contiguous){ 3000, { GIB4 + 39998 }, 1024, 8192 });
	assert_int_equal(labyrinth_page_pfn(a.lab, most).n, GIB4 + 1024);
	must_have(a.lab, KERNEL, (struct labyrinth_contiguous){ 5000, { GIB4 + 39998 }, 1, 8192 });
	assert_lawful(a.lab);
	arena_end(&a);
}

/* A range over the border of two ranges of memory that touch no page block together, or over a zone's, is none. */
static void ranges_do_not_cross_holes_or_zones(void **state)
{
	static const uint64_t pairs[][2] = { { 0xe00, 0x1200 }, { 0x1400, 0x1600 }, { 0, 0 } };
	struct arena a = arena_new(pairs, config_with(1, 0, 0, 1, 0));
	struct labyrinth_contiguous w = { 513, { ANY }, 1, 0 };

	(void)state;
	ASSERT_REFUSED_COUNTED(&a, labyrinth_alloc_contiguous(a.lab, KERNEL, &w).status, LABYRINTH_NO_MEMORY);
	arena_end(&a);
}

static void flags_are_limits_and_contents(void **state)
{
	struct arena a = arena_new(three_zones, config_with(1, 0, 0, 1, 0));
	struct labyrinth_contiguous w = { 3, { ANY }, 1, 0 };
	struct page *page = must_have(a.lab, KERNEL, w);

	(void)state;
	assert_int_equal(labyrinth_page_pfn(a.lab, page).n, GIB4);
	memset(bytes_of(a.lab, page), 0x5a, 4 * LABYRINTH_PAGE_SIZE);
	assert_status(labyrinth_free_contiguous(a.lab, page, 3), LABYRINTH_OK);
	page = must_have(a.lab, KERNEL | LABYRINTH_GFP_ZERO, w);
	for (size_t i = 0; i < 4 * LABYRINTH_PAGE_SIZE; i++)
		assert_int_equal(bytes_of(a.lab, page)[i], i < 3 * LABYRINTH_PAGE_SIZE ? 0 : 0x5a);
	page = must_have(a.lab, KERNEL | LABYRINTH_GFP_DMA32, w);
	assert_int_equal(labyrinth_page_pfn(a.lab, page).n, 0x2000);
	page = must_have(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA | LABYRINTH_GFP_SHRED, w);
	assert_int_equal(labyrinth_page_pfn(a.lab, page).n, 0x200);
	memset(bytes_of(a.lab, page), 0x5a, 3 * LABYRINTH_PAGE_SIZE);
	assert_status(labyrinth_free_contiguous(a.lab, page, 3), LABYRINTH_OK);
	for (size_t i = 0; i < 3; i++)
		assert_true(memcmp(bytes_of(a.lab, page + i), "\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a", 8) != 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* What a zone protects is for those who cannot use a higher one. */
static void protected_zones(void **state)
{
	struct labyrinth_config config = config_with(1, 0, 0, 1, 0);
	struct labyrinth_contiguous w = { 1000, { ANY }, 1, 0 };
	struct arena a;

	(void)state;
	config.protect_shift = 1; /* half of DMA32 */
	a = arena_new(three_zones, config);
	must_have(a.lab, KERNEL, w);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_alloc_contiguous(a.lab, KERNEL, &w).status, LABYRINTH_NO_MEMORY);
	w.limit.n = GIB4 - 1;
	must_have(a.lab, KERNEL, w);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* Frames that this CPU has at hand are given to the zones before a request is refused. */
static void magazines_are_drained(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 64));
	struct labyrinth_contiguous w = { 2048, { ANY }, 1, 0 };
	struct page *page = must_alloc(a.lab, KERNEL, 0);

	(void)state;
	must_free(a.lab, page, 0);
	assert_true(stats_of(a.lab).cached > 0);
	page = must_have(a.lab, KERNEL, w);
	assert_int_equal(stats_of(a.lab).shared, 2048);
	assert_status(labyrinth_free_contiguous(a.lab, page, 2048), LABYRINTH_OK);
	assert_lawful(a.lab);
	arena_end(&a);
}

static struct page *cache[8];
static struct labyrinth *cache_lab;

static uint64_t scan_cache(uint64_t want, unsigned priority, void *context)
{
	uint64_t freed = 0;

	(void)priority;
	(void)context;
	for (size_t i = 0; i < COUNT(cache) && freed < want; i++)
		if (cache[i] != NULL) {
			must_free(cache_lab, cache[i], 0);
			cache[i] = NULL;
			freed++;
		}
	return freed;
}

/* The cache takes its frames, and is known by a shrinker. */
static struct arena with_cache(const struct labyrinth_shrinker *shrinker)
{
	struct labyrinth_config config = config_with(1, 0, 0, 1, 0);
	labyrinth_shrinker_t id;
	struct arena a;

	config.shrinkers = 1;
	a = arena_new(small_machine, config);
	cache_lab = a.lab;
	for (size_t i = 0; i < COUNT(cache); i++)
		cache[i] = must_alloc(a.lab, KERNEL, 0);
	assert_status(labyrinth_shrinker_register(a.lab, shrinker, &id), LABYRINTH_OK);
	return a;
}

static void shrinkers_are_asked(void **state)
{
	const struct labyrinth_shrinker shrinker = { .name = "cache", .scan = scan_cache };
	struct labyrinth_contiguous w = { 2048, { ANY }, 1, 0 };
	struct arena a = with_cache(&shrinker);

	(void)state;
	assert_status(labyrinth_alloc_contiguous(a.lab, LABYRINTH_GFP_NOWAIT, &w).status, LABYRINTH_NO_MEMORY);
	must_have(a.lab, KERNEL, w);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* Another task asks through the same record, while the first waits for the shrinkers. */
static uint64_t scan_and_change(uint64_t wanted, unsigned priority, void *want)
{
	((struct labyrinth_contiguous *)want)->frames = 5;
	return scan_cache(wanted, priority, NULL);
}

static void what_was_asked_for_is_copied(void **state)
{
	struct labyrinth_contiguous w = { 2048, { ANY }, 1, 0 };
	const struct labyrinth_shrinker shrinker = { .name = "cache", .scan = scan_and_change, .context = &w };
	struct arena a = with_cache(&shrinker);
	struct labyrinth_grant grant;

	(void)state;
	grant = labyrinth_alloc_contiguous(a.lab, KERNEL, &w);
	assert_status(grant.status, LABYRINTH_OK);
	assert_int_equal(w.frames, 5);
	assert_lawful(a.lab);
	assert_status(labyrinth_free_contiguous(a.lab, grant.page, 2048), LABYRINTH_OK);
	assert_lawful(a.lab);
	arena_end(&a);
}

static enum labyrinth_status alloc(struct arena *a, labyrinth_gfp_t gfp, struct labyrinth_contiguous w)
{
	return labyrinth_alloc_contiguous(a->lab, gfp, &w).status;
}

static void refusals(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 4, 4, 1, 8));
	const struct labyrinth_contiguous good = { 7, { ANY }, 1, 0 };
	const struct {
		struct labyrinth_contiguous want;
		enum labyrinth_status       why;
	} bad[] = {
		{ { 0, { ANY }, 1, 0 }, LABYRINTH_BAD_COUNT },
		{ { (1u << LABYRINTH_MAX_ORDER) + 1, { ANY }, 1, 0 }, LABYRINTH_BAD_COUNT },
		{ { UINT32_MAX, { ANY }, 1, 0 }, LABYRINTH_BAD_COUNT },
		{ { 7, { ANY }, 0, 0 }, LABYRINTH_BAD_CONSTRAINT },
		{ { 7, { ANY }, 3, 0 }, LABYRINTH_BAD_CONSTRAINT },
		{ { 7, { ANY }, 1, 24 }, LABYRINTH_BAD_CONSTRAINT },
		{ { 7, { ANY }, 1, 4 }, LABYRINTH_BAD_CONSTRAINT },
		{ { 7, { 5 }, 1, 0 }, LABYRINTH_BAD_CONSTRAINT },
		{ { 7, { 6 }, 1, 0 }, LABYRINTH_NO_MEMORY },
		{ { 7, { ANY }, UINT64_C(1) << 63, 0 }, LABYRINTH_NO_MEMORY },
	};
	const labyrinth_gfp_t both = LABYRINTH_GFP_DMA | LABYRINTH_GFP_DMA32;
	struct labyrinth_contiguous all_of_dma = { 4096, { ANY }, 1, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_REFUSED_COUNTED(&a, alloc(&a, KERNEL, bad[i].want), bad[i].why);
	ASSERT_REFUSED(&a, labyrinth_alloc_contiguous(NULL, KERNEL, &good).status, LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_alloc_contiguous(a.lab, KERNEL, NULL).status, LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, alloc(&a, 0, good), LABYRINTH_BAD_FLAGS);
	ASSERT_REFUSED(&a, alloc(&a, LABYRINTH_GFP_ATOMIC, good), LABYRINTH_BAD_FLAGS);
	ASSERT_REFUSED(&a, alloc(&a, KERNEL | both, good), LABYRINTH_BAD_FLAGS);
	ASSERT_REFUSED_COUNTED(&a, alloc(&a, KERNEL | LABYRINTH_GFP_DMA, all_of_dma), LABYRINTH_NO_MEMORY);
	all_of_dma.frames++;
	ASSERT_REFUSED(&a, alloc(&a, KERNEL | LABYRINTH_GFP_DMA, all_of_dma), LABYRINTH_BAD_CONSTRAINT);
	ASSERT_REFUSED(&a, alloc(&a, KERNEL | UINT32_C(1) << 31, good), LABYRINTH_BAD_FLAGS);
	/* Flags first, whatever else is wrong. */
	ASSERT_REFUSED(&a, alloc(&a, KERNEL | both, all_of_dma), LABYRINTH_BAD_FLAGS);
	ASSERT_REFUSED(&a, alloc(&a, LABYRINTH_GFP_ZERO, bad[0].want), LABYRINTH_BAD_FLAGS);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, alloc(&a, LABYRINTH_GFP_NOWAIT, good), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	arena_end(&a);
}

static void injected(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 0));
	const struct labyrinth_injection first = { .first = 1 };
	struct labyrinth_contiguous w = { 7, { ANY }, 1, 0 };

	(void)state;
	assert_status(labyrinth_inject(a.lab, &first), LABYRINTH_OK);
	assert_status(alloc(&a, KERNEL, w), LABYRINTH_NO_MEMORY);
	assert_status(alloc(&a, KERNEL, w), LABYRINTH_OK);
	arena_end(&a);
}

static void only_the_whole_is_freed(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 0));
	struct page *one = must_alloc(a.lab, KERNEL, 0), stranger = { 0 }, *end;
	struct page *page = must_have(a.lab, KERNEL, (struct labyrinth_contiguous){ 7, { GIB4 + 2046 }, 1, 0 });

	(void)state;
	assert_ptr_equal(page, one + 1);
	end = labyrinth_pfn_page(a.lab, (pfn_t){ GIB4 + 2047 });
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(NULL, page, 7), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, NULL, 7), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, page, 0), LABYRINTH_BAD_COUNT);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, page, UINT32_MAX), LABYRINTH_BAD_COUNT);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, &stranger, 7), LABYRINTH_FOREIGN_PAGE);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, end, 2), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, page, 8), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, page + 2, 5), LABYRINTH_NOT_ALLOCATED);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, page + 3, 3), LABYRINTH_WRONG_ORDER);
	host_context = LABYRINTH_NMI;
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, page, 7), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_status(labyrinth_free_contiguous(a.lab, page, 7), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_free_contiguous(a.lab, page, 7), LABYRINTH_NOT_ALLOCATED);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* What somebody takes between the look and the taking; as an interrupt when the lock is dropped after the look. */
static struct labyrinth *thief_lab;
static struct page *stolen;

static void steal(void)
{
	if (stolen == NULL)
		stolen = labyrinth_alloc_pages(thief_lab, LABYRINTH_GFP_ATOMIC, 0).page;
}

static void forestalled(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 0));
	struct page *page;

	(void)state;
	thief_lab = a.lab;
	stolen = NULL;
	host_interrupt = steal;
	page = must_have(a.lab, KERNEL, (struct labyrinth_contiguous){ 8, { GIB4 + 2046 }, 1, 0 });
	host_interrupt = NULL;
	assert_non_null(stolen);
	assert_int_equal(labyrinth_page_pfn(a.lab, stolen).n, GIB4);
	assert_int_equal(labyrinth_page_pfn(a.lab, page).n, GIB4 + 1);
	assert_lawful(a.lab);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(one_is_found_if_there_is_one),
		kit_test(small_places_exhaustively),
		kit_test(large_ranges),
		kit_test(ranges_do_not_cross_holes_or_zones),
		kit_test(flags_are_limits_and_contents),
		kit_test(protected_zones),
		kit_test(magazines_are_drained),
		kit_test(shrinkers_are_asked),
		kit_test(what_was_asked_for_is_copied),
		kit_test(refusals),
		kit_test(injected),
		kit_test(only_the_whole_is_freed),
		kit_test(forestalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
