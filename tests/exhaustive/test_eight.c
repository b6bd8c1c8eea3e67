/*
 * test_eight.c - all states of an arena of 8 frames with two owners and shared blocks of every order.
 *
 * Idea    `make test` visits one of those states that differ by twins (packed.h). For those who have the time,
 *         make test-exhaustive-long visits each, and then those in which claims are mapped, one of twins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "exhaustive/owners.h"

static const struct labyrinth_budget single[] = { { "guaranteed", 1, 1, 0 }, { "best effort", 0, 1, 0 } };

static const struct owners_row all = { "vault 1, all orders", 8, 4, { single, 2, 1, 0 }, { 7, 3 }, 0,
	                               13965696, 1154880 };
static const struct owners_row windows = { "vault 1, all orders, windows", 8, 4, { single, 2, 1, 0 }, { 7, 3 }, MAPS,
	                                   0, 1918240 };

static bool for_long(void)
{
	return getenv("LABYRINTH_LONG") != NULL;
}

static void test_all(void **state)
{
	(void)state;
	explore_owners(&all, !for_long());
}

static void test_windows(void **state)
{
	(void)state;
	if (for_long())
		explore_owners(&windows, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
