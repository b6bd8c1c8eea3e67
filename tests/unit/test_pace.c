/*
 * test_pace.c - how fast an owner may go beyond its guarantee: exactly as fast as it was told.
 */
#include "kit.h"

#include "claims.h"

#define TARGET 32u
#define MANY   64u

static struct arena machine_new(labyrinth_owner_t *owner, uint32_t guarantee, uint32_t recycle)
{
	struct arena a = arena_new(small_machine, config_of(2, 8, TARGET));

	*owner = must_register(a.lab, guarantee, MANY, recycle);
	return a;
}

static void ticks(struct labyrinth *lab, uint64_t n)
{
	lab->owners->ticks += n - 1; /* as if labyrinth_tick() had been called so often */
	labyrinth_tick(lab);
}

/* How many claims are granted in a row; all are released again, and the refusal has changed nothing but a counter. */
static size_t granted(struct arena *a, labyrinth_owner_t owner)
{
	struct labyrinth_claim claims[MANY];
	uint64_t before = owner_stats(a->lab, owner).over_rate;
	size_t n = claim_many(a->lab, owner, claims, MANY);

	if (n < MANY) {
		assert_status(claims[n].status, LABYRINTH_OVER_RATE);
		ASSERT_REFUSED_COUNTED(a, try_claim(a->lab, owner).status, LABYRINTH_OVER_RATE);
		assert_int_equal(owner_stats(a->lab, owner).over_rate, before + 2);
	}
	release_many(claims, n);
	return n;
}

/* So many at once, then so many a tick, never more than the burst after a pause, however long it was. */
static void burst_then_rate(void **state)
{
	static const struct { uint64_t ticks; size_t granted; } steps[] = {
		{ 1, 3 }, { 1, 3 }, { 2, 6 }, { 3, 9 }, { 4, 10 }, { 1, 3 }, { 1000, 10 },
		{ UINT64_C(1) << 39, 10 }, { (UINT64_C(1) << 40) - 1, 10 },
		{ (UINT64_C(1) << 40) + 1, 3 }, /* one tick, as far as anybody can see */
		{ UINT64_MAX / 2, 10 }, { UINT64_MAX / 2, 10 }, { 1, 3 },
	};
	labyrinth_owner_t owner;
	struct arena a = machine_new(&owner, 0, 0);

	(void)state;
	assert_int_equal(granted(&a, owner), MANY);
	assert_status(labyrinth_owner_pace(a.lab, owner, 3, 10), LABYRINTH_OK);
	assert_int_equal(granted(&a, owner), 10);
	assert_int_equal(granted(&a, owner), 0);
	for (size_t i = 0; i < COUNT(steps); i++) {
		ticks(a.lab, steps[i].ticks);
		assert_int_equal(granted(&a, owner), steps[i].granted);
		assert_int_equal(granted(&a, owner), 0);
	}
	assert_status(labyrinth_owner_pace(a.lab, owner, 0, 0), LABYRINTH_OK);
	assert_int_equal(granted(&a, owner), MANY);
	machine_end(&a);
}

/* The counter of ticks, and the 40 bits of it in a bucket, turn over: one tick is one tick. */
static void ticks_turn_over(void **state)
{
	static const uint64_t at[] = { PACE_TICKS, UINT64_MAX, PACE_TICKS - 1, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++) {
		labyrinth_owner_t owner;
		struct arena a = machine_new(&owner, 0, 0);

		a.lab->owners->ticks = at[i];
		assert_status(labyrinth_owner_pace(a.lab, owner, 2, 5), LABYRINTH_OK);
		assert_int_equal(granted(&a, owner), 5);
		for (unsigned turn = 0; turn < 3; turn++) {
			labyrinth_tick(a.lab);
			assert_int_equal(granted(&a, owner), 2);
		}
		machine_end(&a);
	}
}

static void largest_numbers(void **state)
{
	labyrinth_owner_t owner;
	struct arena a = machine_new(&owner, 0, 0);

	(void)state;
	assert_status(labyrinth_owner_pace(a.lab, owner, LABYRINTH_MAX_BUDGET, LABYRINTH_MAX_BUDGET), LABYRINTH_OK);
	ticks(a.lab, PACE_TICKS);
	assert_int_equal(granted(&a, owner), MANY);
	assert_status(labyrinth_owner_pace(a.lab, owner, 1, LABYRINTH_MAX_BUDGET), LABYRINTH_OK);
	ticks(a.lab, UINT64_MAX);
	assert_int_equal(granted(&a, owner), MANY);
	machine_end(&a);
}

/* What is owed is never slowed down, nor is what the owner keeps, nor a transfer. */
static void only_beyond_the_guarantee(void **state)
{
	struct labyrinth_claim claims[MANY], gift;
	labyrinth_owner_t owner, giver;
	struct arena a = machine_new(&owner, 4, 3);

	(void)state;
	giver = must_register(a.lab, 0, 1, 0);
	assert_status(labyrinth_owner_pace(a.lab, owner, 1, 2), LABYRINTH_OK);
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(claim_many(a.lab, owner, claims, 4), 4);
		release_many(claims, 4);
	}
	assert_int_equal(claim_many(a.lab, owner, claims, MANY), 6);
	for (unsigned round = 0; round < 3; round++) {
		must_release(&claims[5]);
		claims[5] = must_claim(a.lab, owner);
	}
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, owner).status, LABYRINTH_OVER_RATE);
	gift = must_claim(a.lab, giver);
	assert_status(labyrinth_claim_transfer(&gift, owner), LABYRINTH_OK);
	assert_int_equal(owner_stats(a.lab, owner).held, 7);
	machine_end(&a);
}

/* A claim that is refused for another reason costs no token. */
static void other_refusals_are_free(void **state)
{
	struct labyrinth_claim claims[MANY];
	labyrinth_owner_t owner;
	struct arena a = machine_new(&owner, 0, 0);
	struct hog *hog;

	(void)state;
	assert_status(labyrinth_owner_pace(a.lab, owner, 1, TARGET + 1), LABYRINTH_OK);
	hog = hog_new(a.lab);
	assert_int_equal(claim_many(a.lab, owner, claims, MANY), TARGET - LEFT);
	for (unsigned i = 0; i < 10; i++)
		ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, owner).status, LABYRINTH_NO_MEMORY);
	release_many(claims, TARGET - LEFT);
	assert_int_equal(claim_many(a.lab, owner, claims, MANY), 1 + LEFT);
	assert_status(claims[1 + LEFT].status, LABYRINTH_OVER_RATE);
	assert_int_equal(owner_stats(a.lab, owner).over_rate, 1);
	release_many(claims, 1 + LEFT);
	hog_end(a.lab, hog);
	machine_end(&a);
}

static void bad_input(void **state)
{
	static const uint32_t bad[][2] = { { 0, 1 }, { 2, 1 }, { 1, 0 }, { 1, LABYRINTH_MAX_BUDGET + 1 } };
	labyrinth_owner_t owner;
	struct arena a = machine_new(&owner, 0, 0);

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_REFUSED(&a, labyrinth_owner_pace(a.lab, owner, bad[i][0], bad[i][1]), LABYRINTH_BAD_BUDGET);
	assert_status(labyrinth_owner_pace(NULL, owner, 1, 1), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_owner_pace(a.lab, LABYRINTH_NOBODY, 1, 1), LABYRINTH_BAD_OWNER);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_owner_pace(a.lab, (labyrinth_owner_t){ 2, 1 }, 1, 1), LABYRINTH_BAD_OWNER);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, labyrinth_owner_pace(a.lab, owner, 1, 1), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	labyrinth_tick(NULL);

	/* The next owner of a slot starts without. */
	assert_status(labyrinth_owner_pace(a.lab, owner, 1, 1), LABYRINTH_OK);
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_owner_pace(a.lab, owner, 1, 1), LABYRINTH_BAD_OWNER);
	owner = must_register(a.lab, 0, MANY, 0);
	assert_int_equal(granted(&a, owner), MANY);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(burst_then_rate),
		kit_test(ticks_turn_over),
		kit_test(largest_numbers),
		kit_test(only_beyond_the_guarantee),
		kit_test(other_refusals_are_free),
		kit_test(bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
