/*
 * test_offline.c - a bad frame is never handed out again, wherever it was when it was found.
 */
#include "kit.h"

#define KERNEL LABYRINTH_GFP_KERNEL

static pfn_t pfn_of(const struct arena *a, const struct page *page)
{
	return labyrinth_page_pfn(a->lab, page);
}

static void assert_offline(const struct arena *a, uint64_t offline, uint64_t pending)
{
	struct labyrinth_stats stats = stats_of(a->lab);

	assert_int_equal(stats.offline, offline);
	assert_int_equal(stats.pending, pending);
	assert_lawful(a->lab);
}

/* Takes all that can be had in any way: none of it is the frame. */
static void assert_never_again(struct arena *a, pfn_t bad)
{
	struct hog *hog = calloc(1, sizeof(*hog));
	struct labyrinth_grant grant;

	assert_non_null(hog);
	labyrinth_maintain(a->lab, 100000);
	while ((grant = labyrinth_alloc_pages(a->lab, LABYRINTH_GFP_ATOMIC, 0)).page != NULL) {
		assert_true(pfn_of(a, grant.page).n != bad.n);
		hog->page[hog->count++] = grant.page;
	}
	assert_lawful(a->lab);
	hog_end(a->lab, hog);
	assert_status(labyrinth_offline(a->lab, bad), LABYRINTH_ALREADY_OFFLINE);
	assert_lawful(a->lab);
}

/* Frames that go are frames that a zone has no more: it may be low now. */
static void maintenance_hears_that_a_zone_is_low(void **state)
{
	struct labyrinth_config config = config_of(1, 0, 0);
	struct arena a;
	struct page *page[1024];

	(void)state;
	config.low_shift = 1;
	config.high_shift = 1;
	a = arena_new(small_machine, config);
	for (unsigned i = 0; i < COUNT(page); i++)
		page[i] = must_alloc(a.lab, KERNEL, 0);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	assert_status(labyrinth_offline(a.lab, (pfn_t){ GIB4 + 2047 }), LABYRINTH_OK);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	for (unsigned i = 0; i < COUNT(page); i++)
		must_free(a.lab, page[i], 0);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	arena_end(&a);
}

/* Out of the middle of the largest blocks, and out of every order below. */
static void a_free_frame_goes_at_once(void **state)
{
	static const uint64_t frames[] = { 0, 1, 63, 64, 511, 512, 700, 2047 };
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 0));
	struct labyrinth_stats before = stats_of(a.lab);

	(void)state;
	for (size_t i = 2; i < COUNT(frames); i++) {
		assert_status(labyrinth_offline(a.lab, (pfn_t){ GIB4 + frames[i] }), LABYRINTH_OK);
		assert_offline(&a, i - 1, 0);
		assert_int_equal(stats_of(a.lab).free, before.free - (i - 1));
		assert_never_again(&a, (pfn_t){ GIB4 + frames[i] });
	}
	assert_int_equal(stats_of(a.lab).usable, before.usable);
	arena_end(&a);
}

/* Of every block that comes back all but the bad frame is free. */
static void all_but_the_bad_frame_of_a_block(void **state)
{
	(void)state;
	for (unsigned order = 0; order <= 11; order++)
		for (unsigned inside = 0; inside < 1u << order; inside += order < 4 ? 1 : 37) {
			struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 0));
			struct page *spare = order == 11 ? NULL : must_alloc(a.lab, KERNEL, 0);
			struct page *page = order == 11 ? NULL : must_alloc(a.lab, KERNEL, order);
			pfn_t bad;

			if (page == NULL) {
				arena_end(&a);
				continue;
			}
			bad = (pfn_t){ pfn_of(&a, page).n + inside };
			assert_status(labyrinth_offline(a.lab, bad), LABYRINTH_PENDING);
			assert_status(labyrinth_offline(a.lab, bad), LABYRINTH_PENDING);
			assert_offline(&a, 0, 1);
			must_free(a.lab, page, order);
			assert_offline(&a, 1, 0);
			must_free(a.lab, spare, 0);
			labyrinth_maintain(a.lab, 100);
			assert_int_equal(stats_of(a.lab).free, 2047);
			assert_int_equal(stats_of(a.lab).vault, 0);
			assert_never_again(&a, bad);
			arena_end(&a);
		}
}

static void many_at_once_and_one_too_many(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 0));
	struct page *page = must_alloc(a.lab, KERNEL, 9);
	uint64_t first = pfn_of(&a, page).n;

	(void)state;
	for (unsigned i = 0; i < LABYRINTH_MAX_PENDING; i++)
		assert_status(labyrinth_offline(a.lab, (pfn_t){ first + i * 7 }), LABYRINTH_PENDING);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_offline(a.lab, (pfn_t){ first + 500 }), LABYRINTH_TOO_MANY_PENDING);
	assert_offline(&a, 0, LABYRINTH_MAX_PENDING);
	must_free(a.lab, page, 9);
	assert_offline(&a, LABYRINTH_MAX_PENDING, 0);
	assert_status(labyrinth_offline(a.lab, (pfn_t){ first + 500 }), LABYRINTH_OK);
	assert_never_again(&a, (pfn_t){ first + 7 });
	arena_end(&a);
}

/* At hand on this CPU: now. At hand elsewhere: not before it goes to the zones, and it is not handed out there. */
static void in_a_magazine(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 2, 32));
	struct page *here = must_alloc(a.lab, KERNEL, 0), *there, *next;

	(void)state;
	must_free(a.lab, here, 0);
	assert_status(labyrinth_offline(a.lab, pfn_of(&a, here)), LABYRINTH_OK);
	assert_offline(&a, 1, 0);
	host_cpu = 1;
	there = must_alloc(a.lab, KERNEL, 0);
	must_free(a.lab, there, 0);
	host_cpu = 0;
	assert_status(labyrinth_offline(a.lab, pfn_of(&a, there)), LABYRINTH_PENDING);
	assert_offline(&a, 1, 1);
	host_cpu = 1;
	next = must_alloc(a.lab, KERNEL, 0);
	assert_ptr_not_equal(next, there);
	assert_offline(&a, 2, 0);
	must_free(a.lab, next, 0);
	host_cpu = 0;
	assert_never_again(&a, pfn_of(&a, there));
	arena_end(&a);
}

/* Allocated, marked, freed: by every way it comes back, also where the short way would have kept it. */
static void a_shared_frame_is_not_kept_at_hand(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 32));
	struct page *page = must_alloc(a.lab, KERNEL, 0);

	(void)state;
	assert_status(labyrinth_offline(a.lab, pfn_of(&a, page)), LABYRINTH_PENDING);
	must_free(a.lab, page, 0);
	assert_offline(&a, 1, 0);
	assert_status(labyrinth_free_pages(a.lab, page, 0), LABYRINTH_NOT_ALLOCATED);
	assert_never_again(&a, pfn_of(&a, page));
	assert_int_equal(a.lab->attention & ATTEND_BAD, 0);
	arena_end(&a);
}

/* When the last one has gone, whoever frees next says so: the short ways are open again, without maintenance. */
static void the_last_one_leaves_nothing(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 8, 1, 32));
	labyrinth_owner_t owner = must_register(a.lab, 4, 8, 0);
	struct page *page = must_alloc(a.lab, KERNEL, 0), *other = must_alloc(a.lab, KERNEL, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	uint64_t surplus;

	(void)state;
	assert_status(labyrinth_offline(a.lab, pfn_of(&a, page)), LABYRINTH_PENDING);
	assert_status(labyrinth_offline(a.lab, pfn_of(&a, claim.page)), LABYRINTH_PENDING);
	surplus = vault_surplus(a.lab->vault);
	must_free(a.lab, page, 0);
	assert_int_equal(vault_surplus(a.lab->vault), surplus + 1); /* its spare */
	assert_true(a.lab->attention & ATTEND_BAD);
	must_release(&claim);
	assert_offline(&a, 2, 0);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	host_context = LABYRINTH_INTERRUPT;
	must_free(a.lab, other, 0);
	host_context = LABYRINTH_TASK;
	assert_int_equal(a.lab->attention & ATTEND_BAD, 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* While another CPU's call may mark one, nobody says that there is none. */
static void a_call_that_is_under_way_is_let_alone(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 8, 1, 32));
	struct page *page = must_alloc(a.lab, KERNEL, 0);

	(void)state;
	assert_status(labyrinth_offline(a.lab, pfn_of(&a, page)), LABYRINTH_PENDING);
	assert_true(bad_begin(a.lab->frames->bad));
	must_free(a.lab, page, 0);
	labyrinth_maintain(a.lab, 10);
	assert_offline(&a, 1, 0);
	assert_true(a.lab->attention & ATTEND_BAD);
	bad_end(a.lab->frames->bad);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	labyrinth_maintain(a.lab, 10);
	assert_int_equal(a.lab->attention & ATTEND_BAD, 0);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	arena_end(&a);
}

/* Every frame of reserve and vault, one machine each; claims within the guarantee go on. */
static void set_aside(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 48; i++) {
		struct arena a = arena_new(small_machine, config_with(2, 16, 32, 1, 0));
		labyrinth_owner_t owner = must_register(a.lab, 24, 40, 0);
		struct labyrinth_claim claims[24];
		struct hog *hog;
		pfn_t bad = { GIB4 + i };
		enum labyrinth_status status = labyrinth_offline(a.lab, bad);

		assert_true(status == LABYRINTH_OK || status == LABYRINTH_PENDING);
		assert_lawful(a.lab);
		hog = hog_new(a.lab);
		for (size_t n = 0; n < COUNT(claims); n++) {
			claims[n] = must_claim(a.lab, owner);
			assert_true(pfn_of(&a, claims[n].page).n != bad.n);
			assert_lawful(a.lab);
		}
		release_many(claims, COUNT(claims));
		hog_end(a.lab, hog);
		labyrinth_maintain(a.lab, 10000);
		assert_lawful(a.lab);
		status = labyrinth_offline(a.lab, bad);
		if (status != LABYRINTH_PENDING)
			assert_never_again(&a, bad);
		arena_end(&a);
	}
}

/* 16 frames in reserve, 32 in the vault, of which an owner is promised 24. */
static struct arena aside_new(void)
{
	struct arena a = arena_new(small_machine, config_with(2, 16, 32, 1, 0));

	must_register(a.lab, 24, 40, 0);
	return a;
}

/* What a stack of frames set aside holds at a depth, in any such arena. */
static pfn_t at_depth(bool vault, unsigned depth)
{
	struct arena a = aside_new();
	struct reserve *r = vault ? &a.lab->vault->stock : a.lab->reserve;
	pfn_t found = { 0 };

	for (unsigned i = 0; i <= depth; i++)
		found = pfn_of(&a, labyrinth_reserve_pop(r));
	arena_end(&a);
	return found;
}

/* Half of the reserve, and what the vault has beyond its promises, the spare and maintenance's: so deep it is found. */
static void as_deep_as_nobody_misses(void **state)
{
	static const struct { bool vault; unsigned frames, deep; } stacks[] = { { false, 16, 8 }, { true, 32, 6 } };

	(void)state;
	for (unsigned i = 0; i < COUNT(stacks); i++)
		for (unsigned depth = 0; depth < stacks[i].frames; depth++) {
			pfn_t bad = at_depth(stacks[i].vault, depth);
			struct arena a = aside_new();

			assert_status(labyrinth_offline(a.lab, bad),
			              depth < stacks[i].deep ? LABYRINTH_OK : LABYRINTH_PENDING);
			assert_lawful(a.lab);
			arena_end(&a);
		}
}

static void count_kick(struct labyrinth *lab, void *context)
{
	(void)lab;
	++*(unsigned *)context;
}

/* A reserve that has lost a frame asks for another one: of maintenance, and of who frees next. */
static void the_reserve_is_refilled(void **state)
{
	struct labyrinth_config config = config_with(2, 16, 32, 1, 8);
	unsigned kicks = 0;
	struct arena a;
	struct page *page;

	(void)state;
	config.hooks.kick = count_kick;
	config.hooks.context = &kicks;
	a = arena_new(small_machine, config);
	page = must_alloc(a.lab, KERNEL, 0);
	assert_status(labyrinth_offline(a.lab, pfn_of(&a, labyrinth_stack_top(&a.lab->reserve->stack, a.lab->frames))),
	              LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).reserve, 15);
	assert_int_equal(kicks, 1);
	must_free(a.lab, page, 0);
	assert_int_equal(stats_of(a.lab).reserve, 16);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* A claim's frame: released, recycled, retired, transferred. The guarantees hold all along, with no frame free. */
static void claimed(void **state)
{
	(void)state;
	for (unsigned way = 0; way < 5; way++) {
		struct arena a = arena_new(small_machine, config_with(2, 0, 16, 1, 0));
		labyrinth_owner_t owner = must_register(a.lab, 8, 12, way == 1 ? 4 : 0);
		labyrinth_owner_t other = must_register(a.lab, 0, 4, 0);
		struct labyrinth_claim claims[12], one = must_claim(a.lab, owner);
		pfn_t bad = pfn_of(&a, one.page);
		struct hog *hog;

		if (way == 2) /* it waits to be shredded when it is found */
			must_release(&one);
		assert_status(labyrinth_offline(a.lab, bad), LABYRINTH_PENDING);
		hog = hog_new(a.lab);
		if (way == 4) {
			assert_status(labyrinth_claim_lend(&one), LABYRINTH_OK);
			assert_status(labyrinth_claim_take_back(&one), LABYRINTH_OK);
		}
		if (way == 3) {
			assert_status(labyrinth_claim_transfer(&one, other), LABYRINTH_OK);
			assert_lawful(a.lab);
		}
		if (way != 2)
			must_release(&one);
		assert_lawful(a.lab);
		for (size_t n = 0; n < 8; n++) {
			claims[n] = must_claim(a.lab, owner);
			assert_true(pfn_of(&a, claims[n].page).n != bad.n);
			assert_lawful(a.lab);
		}
		if (way == 0)
			assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
		else
			release_many(claims, 8);
		hog_end(a.lab, hog);
		labyrinth_maintain(a.lab, 10000);
		assert_offline(&a, 1, 0);
		assert_int_equal(stats_of(a.lab).free + stats_of(a.lab).vault + stats_of(a.lab).recycled, 2047);
		assert_never_again(&a, bad);
		arena_end(&a);
	}
}

/* A frame that its owner keeps is handed out no more: the spare stands in for it. */
static void recycled(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 4, 1, 0));
	labyrinth_owner_t owner = must_register(a.lab, 1, 4, 4);
	struct labyrinth_claim one = must_claim(a.lab, owner);
	pfn_t bad = pfn_of(&a, one.page);
	struct hog *hog;

	(void)state;
	must_release(&one);
	assert_int_equal(stats_of(a.lab).recycled, 1);
	assert_status(labyrinth_offline(a.lab, bad), LABYRINTH_PENDING);
	hog = hog_new(a.lab);
	one = must_claim(a.lab, owner);
	assert_true(pfn_of(&a, one.page).n != bad.n);
	assert_offline(&a, 1, 0);
	must_release(&one);
	hog_end(a.lab, hog);
	assert_never_again(&a, bad);
	arena_end(&a);
}

/* With nothing free, and no surplus, there is nothing that could stand in. */
static void no_spare(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 0));
	struct hog *hog = hog_new(a.lab);

	(void)state;
	ASSERT_REFUSED_COUNTED(&a, labyrinth_offline(a.lab, (pfn_t){ GIB4 + 5 }), LABYRINTH_NO_MEMORY);
	hog_end(a.lab, hog);
	arena_end(&a);
}

static void refusals(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 4, 4, 1, 8));

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_offline(NULL, (pfn_t){ GIB4 }), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_offline(a.lab, (pfn_t){ GIB4 - 1 }), LABYRINTH_FOREIGN_PAGE);
	ASSERT_REFUSED(&a, labyrinth_offline(a.lab, (pfn_t){ UINT64_MAX }), LABYRINTH_FOREIGN_PAGE);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, labyrinth_offline(a.lab, (pfn_t){ GIB4 + 9 }), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	a.lab->frames->bad->busy = 1; /* another CPU is in the middle of a call */
	ASSERT_REFUSED(&a, labyrinth_offline(a.lab, (pfn_t){ GIB4 + 9 }), LABYRINTH_BUSY);
	a.lab->frames->bad->busy = 0;
	assert_status(labyrinth_offline(a.lab, (pfn_t){ GIB4 + 900 }), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_offline(a.lab, (pfn_t){ GIB4 + 900 }), LABYRINTH_ALREADY_OFFLINE);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(maintenance_hears_that_a_zone_is_low),
		kit_test(a_free_frame_goes_at_once),
		kit_test(all_but_the_bad_frame_of_a_block),
		kit_test(many_at_once_and_one_too_many),
		kit_test(in_a_magazine),
		kit_test(a_shared_frame_is_not_kept_at_hand),
		kit_test(the_last_one_leaves_nothing),
		kit_test(a_call_that_is_under_way_is_let_alone),
		kit_test(set_aside),
		kit_test(as_deep_as_nobody_misses),
		kit_test(the_reserve_is_refilled),
		kit_test(claimed),
		kit_test(recycled),
		kit_test(no_spare),
		kit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
