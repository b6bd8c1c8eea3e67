/*
 * test_watermark.c - what stays free in a zone: low and high watermarks with what they set going, and protected frames.
 */
#include "kit.h"

#include "claims.h"
#include "dies.h"
#include "watermark.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define NOWAIT LABYRINTH_GFP_NOWAIT
#define ATOMIC LABYRINTH_GFP_ATOMIC
#define DMA    LABYRINTH_GFP_DMA
#define DMA32  LABYRINTH_GFP_DMA32

static unsigned kicks;

static void kick(struct labyrinth *lab, void *context)
{
	assert_ptr_equal(context, &kicks);
	assert_int_not_equal(host_context, LABYRINTH_NMI);
	assert_true(labyrinth_maintenance_wanted(lab));
	kicks++;
}

static struct labyrinth_config config_new(uint32_t low, uint32_t high, uint32_t protect, uint32_t magazine)
{
	struct labyrinth_config config = config_with(2, 0, 8, 1, magazine);

	config.low_shift = low;
	config.high_shift = high;
	config.protect_shift = protect;
	config.shrinkers = 2;
	config.hooks.kick = kick;
	config.hooks.context = &kicks;
	kicks = 0;
	return config;
}

static void formulas(void **state)
{
	static const uint64_t MIB = 256, GIB = 262144;
	const struct {
		uint64_t frames[LABYRINTH_ZONES]; /* below 16 MiB, up to 4 GiB, above */
		uint32_t low_shift, high_shift, protect_shift;
		uint64_t low[LABYRINTH_ZONES], high[LABYRINTH_ZONES], protect[LABYRINTH_ZONES];
	} cases[] = {
		{ { 4 * MIB, 60 * MIB, 0 },        0, 0, 0,   { 0, 0, 0 },      { 0, 0, 0 },       { 0, 0, 0 } },
		{ { 4 * MIB, 60 * MIB, 0 },        7, 6, 8,   { 8, 120, 0 },    { 16, 240, 0 },    { 60, 0, 0 } },
		{ { 4 * MIB, 512 * MIB, 2 * GIB }, 7, 6, 8,   { 8, 1024, 4096 }, { 16, 2048, 8192 }, { 512, 2048, 0 } },
		{ { 0, 0, GIB },                   4, 4, 1,   { 0, 0, 16384 },  { 0, 0, 16384 },   { 0, 0, 0 } },
		{ { 0, 0, 8 * GIB },               7, 6, 63,  { 0, 0, 16384 },  { 0, 0, 32768 },   { 0, 0, 0 } },
		{ { 4 * MIB, 0, 0 },               63, 1, 1,  { 0, 0, 0 },      { 512, 0, 0 },     { 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint64_t *n = cases[i].frames;
		uint64_t pairs[LABYRINTH_ZONES + 1][2] = { { 0 } };
		unsigned rows = 0;

		if (n[0] > 0)
			memcpy(pairs[rows++], (uint64_t[2]){ 0x200, 0x200 + n[0] }, sizeof(pairs[0]));
		if (n[1] > 0)
			memcpy(pairs[rows++], (uint64_t[2]){ 0x1000, 0x1000 + n[1] }, sizeof(pairs[0]));
		if (n[2] > 0)
			memcpy(pairs[rows++], (uint64_t[2]){ GIB4, GIB4 + n[2] }, sizeof(pairs[0]));
		struct labyrinth_config config = config_new(cases[i].low_shift, cases[i].high_shift,
		                                            cases[i].protect_shift, 0);
		struct arena a = arena_new((const uint64_t (*)[2])pairs, config);
		struct labyrinth_stats stats = stats_of(a.lab);

		for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
			assert_int_equal(stats.zone[z].low, cases[i].low[z]);
			assert_int_equal(stats.zone[z].high, cases[i].high[z]);
			assert_int_equal(stats.zone[z].protect, cases[i].protect[z]);
		}
		machine_end(&a);
	}
}

static void bad_shifts(void **state)
{
	static const struct { uint32_t low, high, protect; bool sound; } cases[] = {
		{ 0, 0, 0, true },   { 63, 63, 63, true }, { 63, 1, 0, true },  { 1, 1, 1, true },
		{ 64, 1, 0, false }, { 7, 8, 0, false },   { 7, 0, 0, false },  { 0, 6, 0, false },
		{ 7, 6, 64, false }, { 64, 64, 0, false }, { 0, 0, UINT32_MAX, false },
	};
	struct labyrinth_range range = { { GIB4 }, { GIB4 + 2048 } };
	const struct labyrinth_ranges ranges = { &range, 1, 1 };
	struct labyrinth_config config = config_of(1, 0, 0);
	size_t bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		config = config_new(cases[i].low, cases[i].high, cases[i].protect, 0);
		assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes),
		              cases[i].sound ? LABYRINTH_OK : LABYRINTH_BAD_CONFIG);
	}
	config.protect_shift = 0;
	config.shrinkers = LABYRINTH_MAX_SHRINKERS;
	assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes), LABYRINTH_OK);
	config.shrinkers++;
	assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes), LABYRINTH_BAD_CONFIG);
}

/* ---- Protection. In three_zones each zone has 1024 frames: with a shift of 3, DMA protects 256 and DMA32 128. */

static uint64_t take_all(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	uint64_t n = 0;

	while (alloc_status(lab, gfp, order) == LABYRINTH_OK)
		n += UINT64_C(1) << order;
	return n;
}

static void assert_free(const struct labyrinth *lab, uint64_t dma, uint64_t dma32, uint64_t normal)
{
	struct labyrinth_stats stats = stats_of(lab);

	assert_int_equal(stats.zone[LABYRINTH_ZONE_DMA].free, dma);
	assert_int_equal(stats.zone[LABYRINTH_ZONE_DMA32].free, dma32);
	assert_int_equal(stats.zone[LABYRINTH_ZONE_NORMAL].free, normal);
}

static void ordinary_requests_leave_what_is_protected(void **state)
{
	static const labyrinth_gfp_t kinds[] = { KERNEL, NOWAIT, ATOMIC };

	(void)state;
	for (uint32_t magazine = 0; magazine <= 64; magazine += 64)
		for (size_t i = 0; i < COUNT(kinds); i++)
			for (unsigned order = 0; order <= 5; order++) {
				struct arena a = arena_new(three_zones, config_new(0, 0, 3, magazine));

				take_all(a.lab, kinds[i], order);
				take_all(a.lab, kinds[i], 0);
				assert_free(a.lab, 256, 128, 0);
				take_all(a.lab, kinds[i] | DMA32, order);
				assert_free(a.lab, 256, 0, 0);
				take_all(a.lab, kinds[i] | DMA, order);
				assert_free(a.lab, 0, 0, 0);
				machine_end(&a);
			}
}

/* A block that would leave one frame too few is not taken; one that leaves just enough is. */
static void to_the_frame(void **state)
{
	struct arena a = arena_new(three_zones, config_new(0, 0, 3, 0));

	(void)state;
	while (stats_of(a.lab).zone[LABYRINTH_ZONE_DMA].free > 257)
		must_alloc(a.lab, KERNEL, 0);
	ASSERT_REFUSED_COUNTED(&a, alloc_status(a.lab, KERNEL, 1), LABYRINTH_NO_MEMORY);
	must_alloc(a.lab, KERNEL, 0);
	ASSERT_REFUSED_COUNTED(&a, alloc_status(a.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	must_alloc(a.lab, KERNEL | DMA, 1);
	machine_end(&a);
}

static void claims_and_refills_are_ordinary(void **state)
{
	struct arena a = arena_new(three_zones, config_new(0, 0, 3, 0));
	labyrinth_owner_t owner = must_register(a.lab, 0, 4000, 0);
	struct labyrinth_claim *claims = calloc(4000, sizeof(*claims));
	size_t n = claim_many(a.lab, owner, claims, 4000);

	(void)state;
	assert_int_equal(n, 3072 - 256 - 128 - LEFT); /* the vault's 8 are among them */
	assert_free(a.lab, 256, 128, 0);
	assert_int_equal(stats_of(a.lab).vault, LEFT);
	assert_int_equal(labyrinth_maintain(a.lab, 1000), 0);
	assert_free(a.lab, 256, 128, 0);
	free(claims);
	machine_end(&a);
}

/* What was dug out of the protected part goes back there, not into a magazine or the reserve; and no longer than so. */
static void what_was_dug_goes_back(void **state)
{
	struct labyrinth_config config = config_new(0, 0, 3, 64);
	struct page *dug[100];
	struct arena a;

	(void)state;
	config.reserve_frames = 8;
	a = arena_new(three_zones, config);
	take_all(a.lab, NOWAIT, 0);
	lock_all_zones(a.lab);
	for (unsigned i = 0; i < 8; i++)
		must_alloc(a.lab, ATOMIC, 0);
	unlock_all_zones(a.lab);
	for (unsigned i = 0; i < 100; i++)
		dug[i] = must_alloc(a.lab, NOWAIT | DMA, 0);
	assert_int_equal(attention(a.lab) & ATTEND_DUG, ATTEND_DUG);
	for (unsigned i = 0; i < 100; i++) {
		assert_status(alloc_status(a.lab, NOWAIT, 0), LABYRINTH_NO_MEMORY);
		must_free(a.lab, dug[i], 0);
		assert_int_equal(stats_of(a.lab).cached + stats_of(a.lab).reserve, 0);
	}
	assert_free(a.lab, 256, 128, 0);
	assert_int_equal(attention(a.lab) & ATTEND_DUG, 0);
	machine_end(&a);
}

/* Half of the memory set aside, and all zones protecting half of themselves: bring-up still finds every frame. */
static void half_aside_half_protected(void **state)
{
	struct labyrinth_config config = config_new(0, 0, 1, 0);
	struct arena a;

	(void)state;
	config.reserve_frames = 700;
	config.vault_frames = 3072 / 2 - 700;
	a = arena_new(three_zones, config);
	assert_int_equal(stats_of(a.lab).reserve, 700);
	assert_int_equal(stats_of(a.lab).vault, 3072 / 2 - 700);
	machine_end(&a);
}

/* ---- Low and high. In small_machine, 2048 frames, shifts of 6 and 5 are 32 and 64 frames. */

static struct hog *hog_but(struct labyrinth *lab, uint64_t rest)
{
	struct hog *hog = calloc(1, sizeof(*hog));

	assert_non_null(hog);
	while (stats_of(lab).free > rest)
		hog->page[hog->count++] = must_alloc(lab, NOWAIT, 0);
	return hog;
}

static void kicked_once_below_low(void **state)
{
	struct arena a = arena_new(small_machine, config_new(6, 5, 0, 0));
	struct hog *hog = hog_but(a.lab, 32);

	(void)state;
	assert_int_equal(kicks, 0);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	assert_false(labyrinth_maintenance_wanted(NULL));
	host_context = LABYRINTH_NMI;
	must_alloc(a.lab, ATOMIC, 0);
	assert_int_equal(kicks, 0); /* an NMI tells nobody; it can be seen */
	assert_true(labyrinth_maintenance_wanted(a.lab));
	host_context = LABYRINTH_INTERRUPT;
	must_alloc(a.lab, ATOMIC, 0);
	assert_int_equal(kicks, 1);
	host_context = LABYRINTH_TASK;
	must_alloc(a.lab, KERNEL, 1);
	assert_int_equal(kicks, 1);
	labyrinth_maintain(a.lab, 100); /* there is nothing that it can do */
	assert_int_equal(kicks, 1);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(kicks, 2);
	hog_free(a.lab, hog, 33); /* 32 - 5 + 33 are 60 */
	labyrinth_maintain(a.lab, 100);
	assert_true(labyrinth_maintenance_wanted(a.lab)); /* not yet above high */
	hog_free(a.lab, hog, 4);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	free(hog);
	machine_end(&a);
}

/* Reserve and vault have taken the highest zone: whoever asks hears that at once; who takes from a low one kicks. */
static void low_from_the_beginning(void **state)
{
	struct labyrinth_config config = config_new(6, 5, 0, 0);
	struct arena a;

	(void)state;
	config.reserve_frames = 3072 / 2 - 8;
	a = arena_new(three_zones, config);
	assert_free(a.lab, 1024, 512, 0);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	assert_int_equal(kicks, 0);
	must_alloc(a.lab, KERNEL | DMA, 0); /* that one is not */
	assert_int_equal(kicks, 0);
	machine_end(&a);

	config = config_new(1, 1, 0, 0);
	config.reserve_frames = 3072 / 2 - 8;
	a = arena_new(three_zones, config);
	must_alloc(a.lab, KERNEL, 0); /* DMA32: 512 were left, as many as should be */
	assert_int_equal(kicks, 1);
	machine_end(&a);
}

static void a_short_reserve_kicks(void **state)
{
	struct labyrinth_config config = config_new(0, 0, 0, 0);
	struct arena a;

	(void)state;
	config.reserve_frames = 2;
	a = arena_new(small_machine, config);
	lock_all_zones(a.lab);
	must_alloc(a.lab, ATOMIC, 0);
	must_alloc(a.lab, ATOMIC, 0);
	unlock_all_zones(a.lab);
	assert_int_equal(kicks, 1);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 2);
	machine_end(&a);
}

/* A shrinker that frees what it is asked for, or `more` if that is more. */
struct pool {
	struct labyrinth *lab;
	struct hog       *hog;
	uint64_t          more;
	unsigned          calls;
	uint64_t          wanted[16]; /* of the first calls */
};

static uint64_t pool_scan(uint64_t wanted, unsigned priority, void *context)
{
	struct pool *p = context;

	(void)priority;
	if (p->calls < COUNT(p->wanted))
		p->wanted[p->calls] = wanted;
	p->calls++;
	wanted = wanted > p->more ? wanted : p->more;
	hog_free(p->lab, p->hog, (size_t)wanted);
	return wanted;
}

/* Maintenance reclaims from below low until high, with and without magazines, and does not begin above low. */
static void maintenance_reclaims_until_high(void **state)
{
	(void)state;
	for (uint32_t magazine = 0; magazine <= 32; magazine += 32) {
		struct arena a = arena_new(small_machine, config_new(6, 5, 0, magazine));
		struct pool p = { .lab = a.lab, .hog = hog_but(a.lab, 40) };
		const struct labyrinth_shrinker shrinker = { "pool", pool_scan, &p };
		labyrinth_shrinker_t id;
		uint64_t freed;

		assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
		assert_int_equal(labyrinth_maintain(a.lab, 1000), 0);
		assert_int_equal(p.calls, 0);
		while (stats_of(a.lab).free >= 32)
			must_alloc(a.lab, KERNEL, 0);
		freed = labyrinth_maintain(a.lab, 1000);
		assert_true(p.calls >= 1 && p.calls <= LABYRINTH_RECLAIM_ROUNDS);
		assert_true(stats_of(a.lab).free >= 64);
		assert_int_equal(stats_of(a.lab).reclaimed, freed);
		assert_false(labyrinth_maintenance_wanted(a.lab));
		p.calls = 0;
		assert_int_equal(labyrinth_maintain(a.lab, 1000), 0);
		assert_int_equal(p.calls, 0);
		free(p.hog);
		machine_end(&a);
	}
}

/* Frames that the shrinker has freed into a magazine count: it is not asked again for their sake. */
static void what_is_at_hand_counts_as_freed(void **state)
{
	struct arena a = arena_new(small_machine, config_new(6, 5, 0, 32));
	struct pool p = { .lab = a.lab, .hog = hog_but(a.lab, 40) };
	const struct labyrinth_shrinker shrinker = { "pool", pool_scan, &p };
	labyrinth_shrinker_t id;

	(void)state;
	assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
	while (stats_of(a.lab).free >= 32)
		must_alloc(a.lab, KERNEL, 0);
	p.more = 64 - stats_of(a.lab).free - stats_of(a.lab).cached;
	assert_int_equal(labyrinth_maintain(a.lab, 1000), p.more);
	assert_int_equal(p.calls, 1);
	assert_int_equal(stats_of(a.lab).free, 64);
	free(p.hog);
	machine_end(&a);
}

static void the_budget_bounds_it(void **state)
{
	struct arena a = arena_new(small_machine, config_new(6, 5, 0, 0));
	struct pool p = { .lab = a.lab, .hog = hog_but(a.lab, 10) };
	const struct labyrinth_shrinker shrinker = { "pool", pool_scan, &p };
	labyrinth_shrinker_t id;

	(void)state;
	assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
	assert_int_equal(labyrinth_maintain(a.lab, 0), 0);
	assert_int_equal(p.calls, 0);
	assert_int_equal(labyrinth_maintain(a.lab, 5), 5);
	assert_int_equal(p.calls, 3); /* for an eighth of 5, a quarter and half of it, rounded up */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(p.wanted[i], i + 1);
	assert_int_equal(stats_of(a.lab).free, 10 + 6);
	host_context = LABYRINTH_INTERRUPT;
	assert_int_equal(labyrinth_maintain(a.lab, 100), 0);
	host_context = LABYRINTH_TASK;
	for (unsigned i = 0; i < 100 && labyrinth_maintenance_wanted(a.lab); i++)
		labyrinth_maintain(a.lab, 5);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	free(p.hog);
	machine_end(&a);
}

/* ---- Notes, and those who take frames meanwhile: mm/watermark.c says why the lock. */

static bool noted(const struct arena *a, enum attention what)
{
	return (attention(a->lab) & (uint32_t)what) != 0;
}

/* Nothing is short: every note is one to take back. */
static void a_note_is_taken_back_under_the_lock(void **state)
{
	struct arena a = arena_new(three_zones, config_new(6, 5, 3, 0));

	(void)state;
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		enum attention low = (enum attention)((unsigned)ATTEND_LOW << z);

		attend(a.lab, low | ATTEND_DUG);
		lock_take(&a.lab->zones[z].lock);
		labyrinth_watermark_risen(a.lab);
		assert_true(noted(&a, low));
		assert_true(noted(&a, ATTEND_DUG) == (a.lab->zones[z].protect > 0));
		lock_drop(&a.lab->zones[z].lock);
		labyrinth_watermark_risen(a.lab);
		assert_false(noted(&a, low | ATTEND_DUG));
	}
	machine_end(&a);
}

static void maintain(void *lab)
{
	labyrinth_maintain(lab, 1);
}

/* Once kicked, maintenance waits for those who are in a zone, although it has nothing to do there. */
static void maintenance_comes_in_turn(void **state)
{
	struct arena a = arena_new(three_zones, config_new(0, 0, 0, 0));

	(void)state;
	maintain_all(a.lab);
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		lock_take(&a.lab->zones[z].lock);
		maintain(a.lab);
		attend(a.lab, ATTEND_KICKED);
		assert_dies(maintain, a.lab, "a single CPU waits for itself");
		lock_drop(&a.lab->zones[z].lock);
		maintain(a.lab);
		assert_false(noted(&a, ATTEND_KICKED));
	}
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(formulas),
		kit_test(bad_shifts),
		kit_test(ordinary_requests_leave_what_is_protected),
		kit_test(to_the_frame),
		kit_test(claims_and_refills_are_ordinary),
		kit_test(what_was_dug_goes_back),
		kit_test(half_aside_half_protected),
		kit_test(kicked_once_below_low),
		kit_test(low_from_the_beginning),
		kit_test(a_short_reserve_kicks),
		kit_test(maintenance_reclaims_until_high),
		kit_test(what_is_at_hand_counts_as_freed),
		kit_test(the_budget_bounds_it),
		kit_test(a_note_is_taken_back_under_the_lock),
		kit_test(maintenance_comes_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
