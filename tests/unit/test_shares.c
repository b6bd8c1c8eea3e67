/*
 * test_shares.c - what reserve and vault are to hold follows the sum of guarantees, and how much of it may be missing
 * before the kernel is told.
 */
#include "kit.h"

#include "claims.h"

#define RESERVE 8u
#define VAULT   100u

static unsigned kicks;

static void count_kick(struct labyrinth *lab, void *context)
{
	(void)lab, (void)context;
	kicks++;
}

static struct arena machine_new(uint32_t vault_share, uint32_t reserve_share, uint64_t kick_frames)
{
	struct labyrinth_config config = config_of(4, RESERVE, VAULT);

	config.vault_share = vault_share;
	config.reserve_share = reserve_share;
	config.kick_frames = kick_frames;
	config.hooks.kick = count_kick;
	kicks = 0;
	return arena_new(small_machine, config);
}

/* Registered, one after the other; then retired in the same order. */
static void targets_follow_guarantees(void **state)
{
	static const struct {
		uint32_t vault_share, reserve_share, guarantee[2];
		uint64_t vault[2], reserve[2];
	} cases[] = {
		{ 0,    0,    { 60, 40 }, { 100, 101 },  { 8, 8 }     },
		{ 50,   0,    { 60, 40 }, { 100, 150 },  { 8, 8 }     },
		{ 70,   25,   { 60, 40 }, { 102, 170 },  { 23, 33 }   },
		{ 100,  33,   { 1, 98 },  { 100, 198 },  { 8, 40 }    }, /* 33 % of 1 is nothing */
		{ 800,  100,  { 50, 50 }, { 450, 900 },  { 58, 108 }  },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = machine_new(cases[i].vault_share, cases[i].reserve_share, 0);
		labyrinth_owner_t owner[2];

		for (size_t n = 0; n < 2; n++) {
			owner[n] = must_register(a.lab, cases[i].guarantee[n], VAULT, 0);
			maintain_all(a.lab);
			assert_int_equal(stats_of(a.lab).vault, cases[i].vault[n]);
			assert_int_equal(stats_of(a.lab).vault_target, cases[i].vault[n]);
			assert_int_equal(stats_of(a.lab).reserve, cases[i].reserve[n]);
			assert_int_equal(stats_of(a.lab).reserve_target, cases[i].reserve[n]);
			assert_false(labyrinth_maintenance_wanted(a.lab));
		}
		for (size_t n = 0; n < 2; n++)
			assert_status(labyrinth_owner_retire(a.lab, owner[n]), LABYRINTH_OK);
		assert_int_equal(labyrinth_maintenance_wanted(a.lab),
		                 cases[i].vault[1] > VAULT || cases[i].reserve[1] > RESERVE);
		maintain_all(a.lab);
		assert_int_equal(stats_of(a.lab).vault, VAULT);
		assert_int_equal(stats_of(a.lab).reserve, RESERVE);
		assert_false(labyrinth_maintenance_wanted(a.lab));
		machine_end(&a);
	}
}

/* Gone before maintenance came: there is nothing to ask for any more, and nobody asks. */
static void a_guarantee_that_did_not_last(void **state)
{
	struct arena a = machine_new(0, 100, 0);
	labyrinth_owner_t owner = must_register(a.lab, 10, VAULT, 0);

	(void)state;
	assert_int_equal(stats_of(a.lab).reserve_target, RESERVE + 10);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).reserve, RESERVE);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	assert_int_equal(attention_stops(a.lab), ATTEND_ABSENCE >> ATTENTION_STOPS);
	machine_end(&a);
}

/* What owners have of their guarantees does not make it smaller. */
static void targets_count_what_owners_hold(void **state)
{
	struct arena a = machine_new(100, 0, 0);
	labyrinth_owner_t owner = must_register(a.lab, 80, VAULT, 0);
	struct labyrinth_claim claims[30];

	(void)state;
	maintain_all(a.lab);
	assert_int_equal(claim_many(a.lab, owner, claims, COUNT(claims)), COUNT(claims));
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, 130);
	assert_int_equal(stats_of(a.lab).vault_target, 160);
	machine_end(&a);
}

/* A registration asks for what it makes larger: the kernel is told, and frees fill the reserve. */
static void a_registration_asks(void **state)
{
	struct arena a = machine_new(0, 100, 0);
	struct page *pages[5];

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++)
		pages[i] = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	must_register(a.lab, 3, 3, 0);
	assert_int_equal(kicks, 1);
	for (size_t i = 0; i < COUNT(pages); i++) {
		must_free(a.lab, pages[i], 0);
		assert_int_equal(stats_of(a.lab).reserve, RESERVE + (i < 3 ? i + 1 : 3));
	}
	must_register(a.lab, 0, 3, 0);
	maintain_all(a.lab);
	kicks = 0;
	must_register(a.lab, 0, 3, 0);
	assert_int_equal(kicks, 0);
	machine_end(&a);
}

/* The end of an owner: the kernel is told if the reserve then has what most requests cannot get at. */
static void an_end_asks(void **state)
{
	static const struct { uint32_t reserve_share, guarantee; unsigned kicks; } cases[] = {
		{ 100, 3, 1 }, { 100, 0, 0 }, { 0, 3, 0 }, { 33, 3, 0 }, { 34, 3, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = machine_new(0, cases[i].reserve_share, 0);
		labyrinth_owner_t owner = must_register(a.lab, cases[i].guarantee, 3, 0);

		maintain_all(a.lab);
		kicks = 0;
		assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
		assert_int_equal(kicks, cases[i].kicks);
		assert_int_equal(labyrinth_maintenance_wanted(a.lab), cases[i].kicks);
		maintain_all(a.lab);
		assert_int_equal(stats_of(a.lab).reserve, RESERVE);
		machine_end(&a);
	}
}

/* Released frames are reported when there are enough, in a task and in an interrupt. */
static void dirty_frames_up_to_the_threshold(void **state)
{
	static const struct { uint64_t frames; unsigned due; } cases[] = { { 0, 1 }, { 1, 1 }, { 2, 2 }, { 10, 10 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = machine_new(0, 0, cases[i].frames);
		labyrinth_owner_t owner = must_register(a.lab, 20, 40, 0);
		struct labyrinth_claim claims[20];

		assert_int_equal(claim_many(a.lab, owner, claims, 20), 20);
		assert_int_equal(kicks, 0);
		for (unsigned n = 1; n <= 20; n++) {
			host_context = n % 2 ? LABYRINTH_INTERRUPT : LABYRINTH_TASK;
			must_release(&claims[n - 1]);
			assert_int_equal(kicks, n >= cases[i].due);
			assert_true(labyrinth_maintenance_wanted(a.lab)); /* for those who poll */
		}
		machine_end(&a);
	}
}

/* So do frames that claims beyond a guarantee have taken, and the end of what is nobody's. */
static void missing_frames_up_to_the_threshold(void **state)
{
	static const struct { uint64_t frames; uint32_t guaranteed; unsigned due; } cases[] = {
		{ 0, 0, 1 }, { 1, 0, 1 }, { 7, 0, 7 }, { 100, 0, 99 }, { 100, 60, 39 }, { 7, 96, 3 }, { 3, 96, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = machine_new(0, 0, cases[i].frames);
		labyrinth_owner_t owner;

		must_register(a.lab, cases[i].guaranteed, VAULT, 0);
		owner = must_register(a.lab, 0, VAULT, 0);
		for (unsigned n = 1; n < VAULT - cases[i].guaranteed; n++) {
			assert_non_null(must_claim(a.lab, owner).page);
			assert_int_equal(kicks, n >= cases[i].due);
		}
		machine_end(&a);
	}
}

/* However few are dirty: when nothing clean is left, the next claim would have to shred one, or search. */
static void nothing_clean_left(void **state)
{
	struct arena a = machine_new(0, 0, VAULT);
	labyrinth_owner_t owner = must_register(a.lab, VAULT, VAULT, 0);
	struct labyrinth_claim claims[VAULT];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, VAULT), VAULT);
	for (unsigned n = 0; n < 3; n++)
		must_release(&claims[n]);
	assert_int_equal(kicks, 1);
	maintain_all(a.lab);
	kicks = 0;
	for (unsigned n = 3; n < 5; n++)
		must_release(&claims[n]);
	assert_int_equal(stats_of(a.lab).vault, 3 + LEFT);
	for (unsigned n = 0; n < 5; n++) {
		assert_int_equal(kicks, 0);
		must_claim(a.lab, owner);
	}
	assert_int_equal(kicks, 1); /* by the one that found nothing clean */
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(targets_follow_guarantees),
		kit_test(a_guarantee_that_did_not_last),
		kit_test(targets_count_what_owners_hold),
		kit_test(a_registration_asks),
		kit_test(an_end_asks),
		kit_test(dirty_frames_up_to_the_threshold),
		kit_test(missing_frames_up_to_the_threshold),
		kit_test(nothing_clean_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
