/*
 * test_owners.c - all states of arenas of 4 to 8 frames with two owners.
 *
 * Idea    The orders of frames on stacks, clean, dirty, kept and in reserve, multiply the states, so no single arena
 *         can be large in every way. Each row is complete for what it offers. Where maintenance is prompt, hardly a
 *         frame stays dirty, and the arena can be larger. The numbers of states follow from the rules: with other
 *         rules they are other numbers, otherwise they must stay.
 *         Each arena is searched twice, whole and one state of those that differ by twins: the second search must
 *         find as many as the first one has when such states are taken together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "exhaustive/owners.h"

static const struct labyrinth_budget rich[] = { { "guaranteed", 2, 3, 1 }, { "best effort", 0, 2, 0 } };
static const struct labyrinth_budget lean[] = { { "guaranteed", 1, 2, 1 }, { "best effort", 0, 2, 0 } };
static const struct labyrinth_budget modest[] = { { "guaranteed", 2, 2, 1 }, { "best effort", 0, 1, 0 } };

#define ordinary { 7, 3 }
/* Each claim steps a frame's generation from its last to 0, and each registration an owner's likewise. */
#define wrapping { CANON_FRAME_MASK, CANON_OWNER_MASK }

static const struct owners_row rows[] = {
	{ "vault 2",                     4, 2, { rich,   2, 2, 0 }, ordinary, 0,       23712,  6544 },
	{ "vault 1, reserve 1",          4, 2, { lean,   2, 1, 1 }, wrapping, 0,       20800,  5660 },
	{ "vault 1, reserve 1, lean",    5, 2, { lean,   1, 1, 1 }, wrapping, 0,       19723,  5691 },
	{ "vault 3, two guarantees",     6, 1, { modest, 1, 3, 0 }, ordinary, 0,       56400,  8280 },
	{ "vault 2, prompt",             5, 2, { rich,   2, 2, 0 }, ordinary, PROMPT, 118992, 34230 },
	{ "vault 1, reserve 1, prompt",  5, 2, { lean,   2, 1, 1 }, wrapping, PROMPT,  78436, 22868 },
	{ "vault 3, unshared, prompt",   8, 0, { modest, 2, 3, 0 }, ordinary, PROMPT,  29040,  4992 },
	{ "vault 3, all orders, prompt", 8, 4, { modest, 1, 3, 0 }, ordinary, PROMPT,    936,   612 },
	{ "vault 1, windows",            3, 1, { lean,   2, 1, 0 }, ordinary, MAPS,     4752,  2450 },
	{ "vault 2, single frames",      5, 1, { rich,   2, 2, 0 }, ordinary, 0,      226720, 61876 },
	{ "vault 1, windows",            4, 1, { lean,   2, 1, 0 }, ordinary, MAPS,    50080, 13304 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		explore_owners(&rows[i], false);
}

/* What is left out may be left out: packed.h. */
static void test_one_of_twins(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		explore_owners(&rows[i], true);
}

static void test_every_outcome_was_met(void **state)
{
	(void)state;
	owners_met_every_outcome();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_one_of_twins),
		cmocka_unit_test(test_every_outcome_was_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
