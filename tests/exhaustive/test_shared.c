/*
 * test_shared.c - all 458,330 states of an arena of 16 shared frames.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhaustive/shared.h"

static void test_16_frames(void **state)
{
	(void)state;
	explore_shared(4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_16_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
