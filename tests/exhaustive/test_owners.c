/*
 * test_owners.c - all states of arenas of 5 and of 8 frames with two owners.
 *
 * Idea    Orders of stacks multiply the states, so no single arena can be large in every way. Each row is complete for
 *         what it offers: much pressure and all calls on 5 frames, vault and owners on 8. The numbers of states follow
 *         from the rules: with other rules they are other numbers, otherwise they must stay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhaustive/owners.h"

static const struct labyrinth_budget rich[] = { { "guaranteed", 2, 3, 1 }, { "best effort", 0, 2, 0 } };
static const struct labyrinth_budget lean[] = { { "guaranteed", 1, 2, 1 }, { "best effort", 0, 2, 0 } };
static const struct labyrinth_budget modest[] = { { "guaranteed", 2, 2, 1 }, { "best effort", 0, 1, 0 } };

static const struct canon ordinary = { 7, 3 };
/* Each claim steps a frame's generation from its last to 0, and each registration an owner's likewise. */
static const struct canon wrapping = { CANON_FRAME_MASK, CANON_OWNER_MASK };

static void test_5_frames(void **state)
{
	const struct owners_row row = { "vault 2", 5, 2, { rich, 2, 2, 0 }, ordinary, 115594 };

	(void)state;
	explore_owners(&row);
}

static void test_5_frames_with_a_reserve(void **state)
{
	const struct owners_row row = { "vault 1, reserve 1", 5, 2, { lean, 2, 1, 1 }, wrapping, 130727 };

	(void)state;
	explore_owners(&row);
}

static void test_8_frames_without_shared_ones(void **state)
{
	const struct owners_row row = { "vault 3, nothing shared", 8, 0, { modest, 2, 3, 0 }, ordinary, 14719 };

	(void)state;
	explore_owners(&row);
}

static void test_8_frames_under_pressure(void **state)
{
	const struct owners_row row = { "vault 3, two guarantees", 8, 1, { modest, 1, 3, 0 }, ordinary, 62528 };

	(void)state;
	explore_owners(&row);
}

static void test_every_outcome_was_met(void **state)
{
	(void)state;
	owners_met_every_outcome();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_5_frames),
		cmocka_unit_test(test_5_frames_with_a_reserve),
		cmocka_unit_test(test_8_frames_without_shared_ones),
		cmocka_unit_test(test_8_frames_under_pressure),
		cmocka_unit_test(test_every_outcome_was_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
