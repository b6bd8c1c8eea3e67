/*
 * test_claim_lend.c - frames posted to a device: while lent nobody can release, transfer or retire them.
 */
#include "kit.h"

#include "claims.h"

static struct arena machine_new(void)
{
	return claims_machine(config_of(4, 8, 16));
}

static void must_lend(struct labyrinth_claim *claim)
{
	assert_status(labyrinth_claim_lend(claim), LABYRINTH_OK);
}

static void must_take_back(struct labyrinth_claim *claim)
{
	assert_status(labyrinth_claim_take_back(claim), LABYRINTH_OK);
}

static void there_and_back_in_every_context(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 2, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner), copy = claim;

	(void)state;
	for (unsigned c = LABYRINTH_TASK; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		must_lend(&claim);
		assert_int_equal(owner_stats(a.lab, owner).lent, 1);
		assert_int_equal(owner_stats(a.lab, owner).held, 1);
		assert_int_equal(stats_of(a.lab).lent, 1);
		assert_int_equal(stats_of(a.lab).owned, 0);
		assert_lawful(a.lab);
		must_take_back(&claim);
		assert_int_equal(stats_of(a.lab).lent, 0);
		assert_memory_equal(&claim, &copy, sizeof(claim)); /* still the same claim on the same frame */
	}
	host_context = LABYRINTH_TASK;
	must_release(&claim);
	machine_end(&a);
}

static void what_the_device_wrote_is_there(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);

	(void)state;
	must_lend(&claim);
	write_secret(a.lab, claim.page);
	must_take_back(&claim);
	assert_true(holds_secret(a.lab, claim.page));
	machine_end(&a);
}

static void a_lent_frame_is_out_of_reach(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 4, 4);
	struct labyrinth_claim claim = must_claim(a.lab, owner);

	(void)state;
	must_lend(&claim);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_release(&claim), LABYRINTH_FRAME_LENT);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_transfer(&claim, claims_taker), LABYRINTH_FRAME_LENT);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_lend(&claim), LABYRINTH_FRAME_LENT);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, claim.page, 0), LABYRINTH_NOT_SHARED);
	assert_int_equal(owner_stats(a.lab, owner).misused, 3);
	must_take_back(&claim);
	must_release(&claim);
	machine_end(&a);
}

static void what_is_not_lent_cannot_come_back(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);

	(void)state;
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_take_back(&claim), LABYRINTH_NOT_LENT);
	must_lend(&claim);
	must_take_back(&claim);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_take_back(&claim), LABYRINTH_NOT_LENT);
	assert_int_equal(owner_stats(a.lab, claims_taker).misused, 2);
	machine_end(&a);
}

/* A stale copy of the claim on a frame that somebody else has lent changes nothing. */
static void stale_copies_of_a_lent_frame(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner), copy = claim;

	(void)state;
	assert_status(labyrinth_claim_transfer(&claim, claims_taker), LABYRINTH_OK);
	must_lend(&claim);
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM);
	copy = claim;
	copy.generation--;
	assert_all_refuse(&a, &copy, LABYRINTH_STALE_CLAIM);
	must_take_back(&claim);
	machine_end(&a);
}

static void many_at_once(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 8, 64, 0);
	struct labyrinth_claim claims[64];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 64), 64);
	for (unsigned i = 0; i < 64; i++) {
		must_lend(&claims[i]);
		assert_int_equal(owner_stats(a.lab, owner).lent, i + 1);
	}
	assert_lawful(a.lab);
	for (unsigned i = 64; i-- > 0;) {
		must_take_back(&claims[i]);
		assert_int_equal(owner_stats(a.lab, owner).lent, i);
	}
	release_many(claims, 64);
	machine_end(&a);
}

/* The count of lent frames has 20 bits; one more is refused, not carried into the generation. */
static void more_than_can_be_counted(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);
	struct owner *o = &a.lab->owners->at[claims_taker.slot];

	(void)state;
	o->word += OWNER_LENT * OWNER_MAX_LENT;
	ASSERT_REFUSED(&a, labyrinth_claim_lend(&claim), LABYRINTH_OVER_LIMIT);
	o->word -= OWNER_LENT;
	must_lend(&claim);
	o->word -= OWNER_LENT * (OWNER_MAX_LENT - 1);
	must_take_back(&claim);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(there_and_back_in_every_context),
		kit_test(what_the_device_wrote_is_there),
		kit_test(a_lent_frame_is_out_of_reach),
		kit_test(what_is_not_lent_cannot_come_back),
		kit_test(stale_copies_of_a_lent_frame),
		kit_test(many_at_once),
		kit_test(more_than_can_be_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
