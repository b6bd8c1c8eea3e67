/*
 * test_small.c - all states of arenas so small that the sanitizers can watch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhaustive/owners.h"
#include "exhaustive/shared.h"

static void test_shared(void **state)
{
	(void)state;
	for (unsigned order = 0; order <= 3; order++)
		explore_shared(order);
}

static void test_owners(void **state)
{
	static const struct labyrinth_budget budgets[] = { { "guaranteed", 1, 2, 1 } };
	const struct owners_row row = { "vault 1, reserve 1", 4, 2, { budgets, 1, 1, 1 }, { 0, 1 }, 0, 3004, 835 };

	(void)state;
	explore_owners(&row, false);
	explore_owners(&row, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
