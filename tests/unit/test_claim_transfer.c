/*
 * test_claim_transfer.c - frames handed from owner to owner: what moves, what goes stale, and who pays for the seats.
 */
#include "kit.h"

#include "claims.h"
#include "dice.h"

#define TARGET 16u

static struct arena machine_new(void)
{
	return arena_new(small_machine, config_of(6, 8, TARGET));
}

static void must_transfer(struct labyrinth_claim *claim, labyrinth_owner_t to)
{
	assert_status(labyrinth_claim_transfer(claim, to), LABYRINTH_OK);
}

static void the_frame_moves_with_its_contents(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, 2, 4, 0), taker = must_register(a.lab, 1, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, giver), copy = claim;

	(void)state;
	claims_taker = giver;
	write_secret(a.lab, claim.page);
	must_transfer(&claim, taker);
	assert_ptr_equal(claim.page, copy.page);
	assert_int_equal(claim.owner.slot, taker.slot);
	assert_int_equal(claim.owner.generation, taker.generation);
	assert_int_equal(claim.generation, copy.generation + 1);
	assert_true(holds_secret(a.lab, claim.page));
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM);
	assert_int_equal(owner_stats(a.lab, giver).held, 0);
	assert_int_equal(owner_stats(a.lab, taker).held, 1);
	assert_int_equal(owner_stats(a.lab, taker).received, 1);
	assert_int_equal(owner_stats(a.lab, taker).high_water, 1);
	assert_lawful(a.lab);
	must_release(&claim);
	machine_end(&a);
}

static void to_nobody_or_to_the_dead(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, 0, 4, 0), gone = must_register(a.lab, 0, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, giver), before = claim;
	const labyrinth_owner_t bad[] = {
		LABYRINTH_NOBODY, gone, { 5, 1 }, { 6, 1 }, { UINT16_MAX, 1 },
		{ giver.slot, (uint16_t)(giver.generation + 2) },
	};

	(void)state;
	assert_status(labyrinth_owner_retire(a.lab, gone), LABYRINTH_OK);
	for (size_t i = 0; i < COUNT(bad); i++) {
		ASSERT_REFUSED(&a, labyrinth_claim_transfer(&claim, bad[i]), LABYRINTH_BAD_OWNER);
		assert_memory_equal(&claim, &before, sizeof(claim));
	}
	machine_end(&a);
}

static void over_the_takers_limit(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, 2, 4, 0), taker = must_register(a.lab, 1, 2, 1);
	struct labyrinth_claim claim = must_claim(a.lab, giver), own[2];

	(void)state;
	assert_int_equal(claim_many(a.lab, taker, own, 2), 2);
	ASSERT_REFUSED(&a, labyrinth_claim_transfer(&claim, taker), LABYRINTH_OVER_LIMIT);
	must_release(&own[0]); /* kept: it still holds two */
	ASSERT_REFUSED(&a, labyrinth_claim_transfer(&claim, taker), LABYRINTH_OVER_LIMIT);
	must_release(&own[1]);
	must_transfer(&claim, taker);
	ASSERT_REFUSED(&a, labyrinth_claim_transfer(&claim, taker), LABYRINTH_OVER_LIMIT);
	machine_end(&a);
}

static void to_oneself(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 2, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner), copy = claim;

	(void)state;
	claims_taker = owner;
	must_transfer(&claim, owner);
	assert_int_equal(claim.generation, copy.generation + 1);
	assert_int_equal(owner_stats(a.lab, owner).held, 1);
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM);
	machine_end(&a);
}

static void a_lent_frame_stays(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, 0, 2, 0), taker = must_register(a.lab, 0, 2, 0);
	struct labyrinth_claim claim = must_claim(a.lab, giver);

	(void)state;
	assert_status(labyrinth_claim_lend(&claim), LABYRINTH_OK);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_transfer(&claim, taker), LABYRINTH_FRAME_LENT);
	assert_status(labyrinth_claim_take_back(&claim), LABYRINTH_OK);
	must_transfer(&claim, taker);
	machine_end(&a);
}

/* An owner that takes all the surplus of a machine without free memory. */
static void take_all_surplus(struct labyrinth *lab)
{
	labyrinth_owner_t greedy = must_register(lab, 0, 100, 0);

	while (try_claim(lab, greedy).page != NULL)
		;
	assert_int_equal(vault_surplus(lab->vault), LEFT);
	assert_int_equal(stats_of(lab).free, 0);
}

/* No free memory, no surplus, and a giver who holds two frames: what one transfer comes to. */
static void assert_pays(uint32_t givers_guarantee, uint32_t takers_guarantee, enum labyrinth_status why)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, givers_guarantee, 8, 0);
	labyrinth_owner_t taker = must_register(a.lab, takers_guarantee, 8, 0);
	struct labyrinth_claim first = must_claim(a.lab, giver), second = must_claim(a.lab, giver);

	print_message("guarantees %u and %u\n", givers_guarantee, takers_guarantee);
	free(hog_new(a.lab));
	take_all_surplus(a.lab);
	if (why == LABYRINTH_OK)
		must_transfer(&first, taker);
	else
		ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_transfer(&first, taker), why);
	assert_lawful(a.lab);
	must_release(&second);
	must_release(&first);
	machine_end(&a);
}

static void a_promise_that_grows_must_be_covered(void **state)
{
	static const struct { uint32_t giver, taker; enum labyrinth_status why; } cases[] = {
		{ 4, 0, LABYRINTH_NO_MEMORY },
		{ 2, 0, LABYRINTH_NO_MEMORY },
		{ 4, 4, LABYRINTH_OK }, /* another promise shrinks */
		{ 2, 1, LABYRINTH_OK },
		{ 0, 4, LABYRINTH_OK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_pays(cases[i].giver, cases[i].taker, cases[i].why);
}

/* Beyond both guarantees no promise changes, but a unit must be at hand while the frame passes: see docs/caveats.md. */
static void beyond_both_guarantees_a_unit_must_be_at_hand(void **state)
{
	(void)state;
	assert_pays(1, 0, LABYRINTH_NO_MEMORY);
	assert_pays(0, 0, LABYRINTH_NO_MEMORY);
}

/* And it is given back: with one unit of surplus any number of frames pass. */
static void beyond_both_guarantees_nobody_pays(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, 0, 8, 0), taker = must_register(a.lab, 0, 8, 0);
	struct labyrinth_claim claims[4];

	(void)state;
	for (size_t i = 0; i < COUNT(claims); i++)
		claims[i] = must_claim(a.lab, giver);
	free(hog_new(a.lab));
	take_all_surplus(a.lab);
	must_release(&claims[3]);
	assert_int_equal(vault_surplus(a.lab->vault), LEFT + 1);
	for (size_t i = 0; i < 3; i++)
		must_transfer(&claims[i], taker);
	assert_int_equal(vault_surplus(a.lab->vault), LEFT + 1);
	assert_lawful(a.lab);
	machine_end(&a);
}

/* A free frame covers the promise to the giver, if there is one; in an NMI too, unless its zone is locked. */
static void a_free_frame_pays(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, TARGET, TARGET, 0), taker = must_register(a.lab, 0, 4, 0);
	struct hog *hog = hog_new(a.lab);
	struct labyrinth_claim claim = must_claim(a.lab, giver); /* from the vault: there is no surplus */

	(void)state;
	host_context = LABYRINTH_NMI;
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_transfer(&claim, taker), LABYRINTH_NO_MEMORY);
	host_context = LABYRINTH_TASK;
	hog_free(a.lab, hog, 1);
	host_context = LABYRINTH_NMI;
	lock_all_zones(a.lab);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_transfer(&claim, taker), LABYRINTH_NO_MEMORY);
	unlock_all_zones(a.lab);
	must_transfer(&claim, taker);
	host_context = LABYRINTH_TASK;
	assert_lawful(a.lab);
	assert_int_equal(stats_of(a.lab).free, 0);
	assert_int_equal(stats_of(a.lab).vault, TARGET);
	hog_end(a.lab, hog);
	machine_end(&a);
}

static void the_takers_frame_outlives_the_giver(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t giver = must_register(a.lab, 2, 4, 0), taker = must_register(a.lab, 2, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, giver);

	(void)state;
	must_transfer(&claim, taker);
	write_secret(a.lab, claim.page);
	assert_status(labyrinth_owner_retire(a.lab, giver), LABYRINTH_OK);
	assert_true(holds_secret(a.lab, claim.page));
	must_release(&claim);
	machine_end(&a);
}

/* One frame many times round a ring of owners: nothing wears off. */
static void round_and_round(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t ring[] = {
		must_register(a.lab, 1, 1, 0), must_register(a.lab, 0, 1, 0), must_register(a.lab, 3, 9, 0),
	};
	struct labyrinth_claim claim = must_claim(a.lab, ring[0]);
	uint64_t surplus = vault_surplus(a.lab->vault), free = stats_of(a.lab).free;

	(void)state;
	for (unsigned i = 1; i <= 300; i++) {
		must_transfer(&claim, ring[i % COUNT(ring)]);
		assert_lawful(a.lab);
	}
	assert_int_equal(owner_stats(a.lab, ring[0]).received, 100);
	assert_int_equal(vault_surplus(a.lab->vault), surplus);
	assert_int_equal(stats_of(a.lab).free, free);
	machine_end(&a);
}

/* Claims, transfers and releases at random, memory being scarce: every law holds after every step. */
static void random_steps(void **state)
{
	struct dice dice = dice_new("transfer");
	struct arena a = machine_new();
	labyrinth_owner_t owner[] = {
		must_register(a.lab, 6, 8, 2), must_register(a.lab, 0, 9, 0), must_register(a.lab, 4, 12, 1),
		must_register(a.lab, 2, 5, 5),
	};
	struct labyrinth_claim claims[40];
	struct hog *hog = hog_new(a.lab);
	size_t count = 0;

	(void)state;
	hog_free(a.lab, hog, 3);
	for (unsigned step = 0; step < 3000; step++) {
		labyrinth_owner_t who = owner[dice_below(&dice, COUNT(owner))];
		size_t i = count > 0 ? dice_below(&dice, count) : 0;
		unsigned what = (unsigned)dice_below(&dice, 3);

		if (what == 0 || count == 0) {
			claims[count] = try_claim(a.lab, who);
			count += claims[count].page != NULL;
		} else if (what == 1) {
			must_release(&claims[i]);
			claims[i] = claims[--count];
		} else if (labyrinth_claim_transfer(&claims[i], who) == LABYRINTH_OK) {
			assert_int_equal(claims[i].owner.slot, who.slot);
		}
		assert_lawful(a.lab);
	}
	release_many(claims, count);
	hog_end(a.lab, hog);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(the_frame_moves_with_its_contents),
		kit_test(to_nobody_or_to_the_dead),
		kit_test(over_the_takers_limit),
		kit_test(to_oneself),
		kit_test(a_lent_frame_stays),
		kit_test(a_promise_that_grows_must_be_covered),
		kit_test(beyond_both_guarantees_a_unit_must_be_at_hand),
		kit_test(beyond_both_guarantees_nobody_pays),
		kit_test(a_free_frame_pays),
		kit_test(the_takers_frame_outlives_the_giver),
		kit_test(round_and_round),
		kit_test(random_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
