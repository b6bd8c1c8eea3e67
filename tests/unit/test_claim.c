/*
 * test_claim.c - exclusive claims: granted, refused, stale, foreign and forged ones; from any context.
 */
#include "kit.h"

#include "claims.h"

#define TARGET 32u

static struct arena machine_new(void)
{
	return claims_machine(config_of(8, 8, TARGET));
}

/* Without a vault: what is released goes to a zone, and comes from one. */
static struct arena bare_machine_new(void)
{
	return claims_machine(config_of(8, 8, 0));
}

static void a_claim_is_granted(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 2, 4, 0);

	(void)state;
	for (unsigned i = 1; i <= 4; i++) {
		struct labyrinth_claim claim = must_claim(a.lab, owner);
		uint64_t word = word_load(claim.page);

		assert_int_equal(word, word_make(FRAME_OWNED, claim.generation, 0, owner.slot));
		assert_int_equal(owner_stats(a.lab, owner).held, i);
		assert_int_equal(owner_stats(a.lab, owner).high_water, i);
		assert_int_equal(stats_of(a.lab).owned, i);
		assert_lawful(a.lab);
	}
	machine_end(&a);
}

static void refused_without_looking_further(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t live = must_register(a.lab, 0, 4, 0), gone = must_register(a.lab, 0, 4, 0);
	const labyrinth_owner_t bad[] = {
		LABYRINTH_NOBODY, gone, { 7, 0 }, { 7, 1 }, { 8, 1 }, { UINT16_MAX, UINT16_MAX },
		{ live.slot, (uint16_t)(live.generation + 1) }, { live.slot, (uint16_t)(live.generation - 1) },
		{ live.slot, (uint16_t)(live.generation + 1024) },
	};
	struct labyrinth_claim nowhere = { .owner = live, .page = a.lab->frames->page };

	(void)state;
	assert_status(labyrinth_owner_retire(a.lab, gone), LABYRINTH_OK);
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_REFUSED(&a, try_claim(a.lab, bad[i]).status, LABYRINTH_BAD_OWNER);
	labyrinth_void_alloc_page_gfp_atomic_exclusive(NULL);
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&nowhere);
	assert_null(nowhere.page);
	assert_status(nowhere.status, LABYRINTH_NULL_POINTER);
	machine_end(&a);
}

static void the_limit_holds_and_refusals_are_counted(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 3, 0);
	struct labyrinth_claim claims[3];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 3), 3);
	for (unsigned i = 1; i <= 3; i++) {
		ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, owner).status, LABYRINTH_OVER_LIMIT);
		assert_int_equal(owner_stats(a.lab, owner).over_limit, i);
	}
	must_release(&claims[1]);
	claims[1] = must_claim(a.lab, owner);
	assert_int_equal(owner_stats(a.lab, owner).over_limit, 3);
	machine_end(&a);
}

/* All zone locks are held by whom the NMI has interrupted: the vault serves, to the last frame, and takes them back. */
static void in_any_context_with_all_locks_held(void **state)
{
	struct labyrinth_claim claims[TARGET];

	(void)state;
	for (unsigned c = LABYRINTH_TASK; c <= LABYRINTH_NMI; c++) {
		struct arena a = machine_new();
		labyrinth_owner_t owner = must_register(a.lab, TARGET / 2, 100, 0);
		uint64_t free = stats_of(a.lab).free;

		host_context = (enum labyrinth_context)c;
		lock_all_zones(a.lab);
		assert_int_equal(claim_many(a.lab, owner, claims, TARGET), TARGET - LEFT);
		ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, owner).status, LABYRINTH_NO_MEMORY);
		assert_int_equal(owner_stats(a.lab, owner).no_memory, 2);
		assert_int_equal(owner_stats(a.lab, owner).from_vault, TARGET - LEFT);
		assert_int_equal(stats_of(a.lab).free, free);
		release_many(claims, TARGET - LEFT);
		assert_int_equal(stats_of(a.lab).dirty, TARGET - LEFT);
		assert_int_equal(claim_many(a.lab, owner, claims, TARGET), TARGET - LEFT);
		assert_int_equal(stats_of(a.lab).shredded, TARGET - LEFT - 1); /* on the spot: one was clean */
		release_many(claims, TARGET - LEFT);
		unlock_all_zones(a.lab);
		machine_end(&a);
	}
}

static void one_held_lock_is_passed_over(void **state)
{
	struct arena a = arena_new(three_zones, config_of(1, 8, 0));
	labyrinth_owner_t owner = must_register(a.lab, 0, 100, 0);

	(void)state;
	host_context = LABYRINTH_NMI;
	for (unsigned z = LABYRINTH_ZONES; z-- > 0;) {
		struct labyrinth_claim claim = must_claim(a.lab, owner);

		assert_ptr_equal(zone_of(a.lab->zones, claim.page), &a.lab->zones[z]);
		lock_take(&a.lab->zones[z].lock);
	}
	assert_int_equal(owner_stats(a.lab, owner).from_zone, 3);
	unlock_all_zones(a.lab);
	machine_end(&a);
}

/* Each claim on a frame has its own generation, modulo 2^26; the copies of earlier ones stay stale. */
static void generations_step(void **state)
{
	struct arena a = bare_machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner), last = claim, old;
	const uint32_t turn = 1u << WORD_GENERATION_BITS;
	struct page *page = claim.page;

	(void)state;
	must_release(&claim);
	maintain_all(a.lab);
	word_store(page, word_make(FRAME_FREE, turn - 2, 0, 0));
	for (unsigned i = 0; i < 5; i++) {
		claim = must_claim(a.lab, owner);
		assert_ptr_equal(claim.page, page);
		assert_int_equal(claim.generation, (turn - 1 + i) % turn);
		assert_all_refuse(&a, &last, LABYRINTH_STALE_CLAIM);
		old = last = claim;
		must_release(&claim);
		assert_all_refuse(&a, &old, LABYRINTH_STALE_CLAIM);
		maintain_all(a.lab);
	}
	machine_end(&a);
}

/* Wherever the frame has gone since, the copy of a released claim is refused, and counted. */
static void stale_wherever_the_frame_went(void **state)
{
	struct arena a = bare_machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0), keeper = must_register(a.lab, 0, 4, 1);
	struct labyrinth_claim claim = must_claim(a.lab, owner), copy = claim, kept;
	struct page *page = claim.page;
	struct hog *hog;

	(void)state;
	must_release(&claim);
	assert_all_refuse(&a, &claim, LABYRINTH_STALE_CLAIM);
	assert_int_equal(word_state(word_load(page)), FRAME_DIRTY);
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM);
	maintain_all(a.lab);
	assert_int_equal(word_state(word_load(page)), FRAME_FREE);
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM); /* in a zone */
	kept = must_claim(a.lab, keeper);
	assert_ptr_equal(kept.page, page);
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM); /* somebody else's */
	must_release(&kept);
	assert_int_equal(word_state(word_load(page)), FRAME_RECYCLED);
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM);
	assert_status(labyrinth_owner_retire(a.lab, keeper), LABYRINTH_OK);
	hog = hog_new(a.lab);
	assert_int_equal(word_state(word_load(page)), FRAME_SHARED);
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM);
	assert_int_equal(owner_stats(a.lab, owner).misused, 6 * COUNT(claim_calls));
	hog_end(a.lab, hog);
	machine_end(&a);
}

static void null_pointers_and_refused_claims(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim refused = try_claim(a.lab, LABYRINTH_NOBODY), nowhere = { .owner = claims_taker };

	(void)state;
	for (size_t i = 0; i < COUNT(claim_calls); i++)
		ASSERT_REFUSED(&a, claim_calls[i](NULL), LABYRINTH_NULL_POINTER);
	assert_all_refuse(&a, &nowhere, LABYRINTH_NULL_POINTER);
	assert_all_refuse(&a, &refused, LABYRINTH_BAD_OWNER);
	refused.owner = claims_taker;
	assert_all_refuse(&a, &refused, LABYRINTH_STALE_CLAIM); /* there is no frame */
	machine_end(&a);
}

static void foreign_pages(void **state)
{
	struct arena a = machine_new(), b = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker), other = must_claim(b.lab, claims_taker);

	(void)state;
	for (unsigned i = 0; i < FOREIGN_PAGES; i++) {
		claim.page = foreign_page(&a, i);
		assert_all_refuse(&a, &claim, LABYRINTH_FOREIGN_PAGE);
	}
	claim.page = other.page;
	assert_all_refuse(&a, &claim, LABYRINTH_FOREIGN_PAGE);
	machine_end(&a);
	machine_end(&b);
}

/* A hole in a page block of ours has a frame word, but no page. */
static void a_hole_is_foreign(void **state)
{
	static const uint64_t with_hole[][2] = { { GIB4 + 8, GIB4 + 512 }, { 0, 0 } };
	struct arena a = arena_new(with_hole, config_of(2, 0, 8));
	struct labyrinth_claim claim;

	(void)state;
	claims_taker = must_register(a.lab, 0, 9, 0);
	claim = must_claim(a.lab, claims_taker);
	claim.page = a.lab->frames->page;
	assert_false(labyrinth_page_known(a.lab, claim.page));
	assert_all_refuse(&a, &claim, LABYRINTH_FOREIGN_PAGE);
	machine_end(&a);
}

/* Metadata that nobody has written yet may look like anything, even like the word of this very claim. */
static void a_claim_on_memory_that_nobody_has_used(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);
	struct page *unused = labyrinth_pfn_page(a.lab, (pfn_t){ GIB4 + 2047 });

	(void)state;
	assert_false(frames_settled(a.lab->frames, unused));
	claim.page = unused;
	for (unsigned s = FRAME_FREE; s <= FRAME_HOLE; s++) {
		word_store(unused, word_make((enum frame_state)s, claim.generation, 0, claim.owner.slot));
		assert_all_refuse(&a, &claim, LABYRINTH_STALE_CLAIM);
	}
	machine_end(&a);
}

/* Right frame, right generation, wrong owner: each part of a claim counts. */
static void forged_claims(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);
	const struct labyrinth_claim claim = must_claim(a.lab, owner);
	struct labyrinth_claim forged = claim;

	(void)state;
	forged.owner = claims_taker;
	assert_all_refuse(&a, &forged, LABYRINTH_STALE_CLAIM);
	forged.owner = (labyrinth_owner_t){ owner.slot, (uint16_t)(owner.generation + 2) };
	assert_all_refuse(&a, &forged, LABYRINTH_BAD_OWNER);
	forged.owner = (labyrinth_owner_t){ owner.slot, (uint16_t)(owner.generation - 1) };
	assert_all_refuse(&a, &forged, LABYRINTH_BAD_OWNER);
	forged.owner = (labyrinth_owner_t){ 8, 1 };
	assert_all_refuse(&a, &forged, LABYRINTH_BAD_OWNER);
	forged = claim;
	forged.generation++;
	assert_all_refuse(&a, &forged, LABYRINTH_STALE_CLAIM);
	forged = claim;
	forged.page++;
	assert_all_refuse(&a, &forged, LABYRINTH_STALE_CLAIM);
	machine_end(&a);
}

static uint64_t now, each;

static uint64_t clock_(void *context)
{
	assert_ptr_equal(context, &now);
	return now += each;
}

/* The longest one is on record, granted or refused; a clock that turns over does no harm. */
static void claims_are_timed(void **state)
{
	static const struct { uint64_t start, each, worst; } steps[] = {
		{ 100, 7, 7 }, { 0, 5, 7 }, { UINT64_MAX - 3, 9, 9 },
		{ 1, UINT64_MAX, UINT64_MAX }, { 1, 1, UINT64_MAX },
	};
	struct labyrinth_config config = config_of(2, 8, TARGET);
	labyrinth_owner_t owner, other;
	struct arena a;

	(void)state;
	config.hooks.clock = clock_;
	config.hooks.context = &now;
	a = arena_new(small_machine, config);
	owner = must_register(a.lab, 1, 3, 0);
	other = must_register(a.lab, 1, 1, 0);
	assert_int_equal(owner_stats(a.lab, owner).worst_ticks, 0);
	for (size_t i = 0; i < COUNT(steps); i++) {
		now = steps[i].start;
		each = steps[i].each;
		if (i < 3)
			must_claim(a.lab, owner);
		else
			ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, owner).status, LABYRINTH_OVER_LIMIT);
		assert_true(owner_stats(a.lab, owner).worst_ticks == steps[i].worst);
	}
	assert_int_equal(owner_stats(a.lab, other).worst_ticks, 0);
	assert_status(labyrinth_owner_retire(a.lab, other), LABYRINTH_OK);
	other = must_register(a.lab, 1, 1, 0);
	must_claim(a.lab, other);
	assert_int_equal(owner_stats(a.lab, other).worst_ticks, 1);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_claim_is_granted),
		kit_test(refused_without_looking_further),
		kit_test(the_limit_holds_and_refusals_are_counted),
		kit_test(in_any_context_with_all_locks_held),
		kit_test(one_held_lock_is_passed_over),
		kit_test(generations_step),
		kit_test(stale_wherever_the_frame_went),
		kit_test(null_pointers_and_refused_claims),
		kit_test(foreign_pages),
		kit_test(a_hole_is_foreign),
		kit_test(a_claim_on_memory_that_nobody_has_used),
		kit_test(forged_claims),
		kit_test(claims_are_timed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
