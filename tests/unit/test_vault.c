/*
 * test_vault.c - the vault's ledger by itself, and what it promises: a guarantee is served when nothing else is left.
 */
#include "kit.h"

#include "dies.h"

#define TARGET 32u

/* ---- The ledger alone. */

static struct page pages[8];
static struct frames frames = { .page = pages };

static struct vault vault_new(uint64_t target, uint64_t surplus, uint64_t guaranteed)
{
	struct vault v;

	memset(&v, 0xa5, sizeof(v));
	labyrinth_vault_init(&v, &frames, target);
	assert_int_equal(vault_surplus(&v), 0);
	assert_int_equal(vault_guaranteed(&v), 0);
	assert_int_equal(reserve_count(&v.stock), 0);
	labyrinth_vault_earn(&v, surplus);
	v.guaranteed = guaranteed;
	return v;
}

static void spending(void **state)
{
	static const struct { const char *name; uint64_t surplus, units; bool granted; } cases[] = {
		{ "nothing of nothing", 0, 0, true },
		{ "one of nothing",     0, 1, false },
		{ "one of one",         1, 1, true },
		{ "some",               5, 3, true },
		{ "all",                5, 5, true },
		{ "one too many",       5, 6, false },
		{ "far too many",       5, UINT64_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vault v = vault_new(TARGET, cases[i].surplus, 0);

		if (labyrinth_vault_spend(&v, cases[i].units) != cases[i].granted)
			fail_msg("%s: the answer is wrong", cases[i].name);
		assert_int_equal(vault_surplus(&v), cases[i].surplus - (cases[i].granted ? cases[i].units : 0));
	}
}

static void excess_and_shortage(void **state)
{
	static const struct { const char *name; uint64_t surplus, guaranteed; bool excess, is_short; } cases[] = {
		{ "empty",                  0,          0,      false, true },
		{ "one short",              TARGET - 1, 0,      false, true },
		{ "full",                   TARGET,     0,      false, false },
		{ "one too many",           TARGET + 1, 0,      true,  false },
		{ "half promised, full",    TARGET / 2, TARGET / 2, false, false },
		{ "half promised, short",   TARGET / 2 - 1, TARGET / 2, false, true },
		{ "half promised, excess",  TARGET / 2 + 1, TARGET / 2, true, false },
		{ "all promised",           0,          TARGET, false, false },
		{ "all promised, excess",   1,          TARGET, true,  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vault v = vault_new(TARGET, cases[i].surplus, cases[i].guaranteed);

		if (labyrinth_vault_short(&v) != cases[i].is_short
		    || labyrinth_vault_spend_excess(&v) != cases[i].excess)
			fail_msg("%s: the answer is wrong", cases[i].name);
		assert_int_equal(vault_surplus(&v), cases[i].surplus - cases[i].excess);
	}
}

static void stock(void **state)
{
	struct vault v = vault_new(2, 0, 0);

	(void)state;
	for (unsigned i = 0; i < COUNT(pages); i++)
		vault_push(&v, &pages[i]);
	assert_int_equal(reserve_count(&v.stock), COUNT(pages));
	for (unsigned i = COUNT(pages); i-- > 0;)
		assert_ptr_equal(labyrinth_vault_pop(&v), &pages[i]);
	assert_int_equal(vault_surplus(&v), 0); /* the ledger is the caller's business */
}

static void pop(void *v)
{
	labyrinth_vault_pop(v);
}

static void an_empty_vault_that_promised_is_corrupt(void **state)
{
	struct vault v = vault_new(2, 2, 0);

	(void)state;
	assert_dies(pop, &v, "the vault is empty although a frame of it was promised");
}

/* ---- What it is for. */

static struct arena arena_of(uint32_t owners)
{
	return arena_new(small_machine, config_of(owners, 8, TARGET));
}

/* Every owner at once gets its guarantee from the vault, to the frame, and nobody a frame more. */
static void guarantees_are_served_when_all_else_is_gone(void **state)
{
	static const uint32_t guarantees[] = { 1, 2, 5, 8, 16 }; /* TARGET in all */
	struct labyrinth_claim claims[COUNT(guarantees)][TARGET];
	struct arena a = arena_of(COUNT(guarantees));
	labyrinth_owner_t owner[COUNT(guarantees)];
	struct hog *hog;

	(void)state;
	for (size_t i = 0; i < COUNT(guarantees); i++)
		owner[i] = must_register(a.lab, guarantees[i], 100, 0);
	assert_int_equal(stats_of(a.lab).guaranteed, TARGET);
	hog = hog_new(a.lab);
	for (uint32_t turn = 0; turn < TARGET; turn++)
		for (size_t i = 0; i < COUNT(guarantees); i++)
			if (turn < guarantees[i])
				claims[i][turn] = must_claim(a.lab, owner[i]);
			else
				ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, owner[i]).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(stats_of(a.lab).vault, 0);
	assert_lawful(a.lab);
	for (size_t i = 0; i < COUNT(guarantees); i++) {
		assert_int_equal(owner_stats(a.lab, owner[i]).from_vault, guarantees[i]);
		assert_int_equal(owner_stats(a.lab, owner[i]).no_memory, TARGET - guarantees[i]);
		release_many(claims[i], guarantees[i]);
		assert_lawful(a.lab);
	}
	assert_int_equal(stats_of(a.lab).vault, TARGET);
	hog_end(a.lab, hog);
	arena_end(&a);
}

/* Surplus is for anybody, the promised part is not. */
static void a_stranger_gets_the_surplus_only(void **state)
{
	struct arena a = arena_of(2);
	labyrinth_owner_t careful = must_register(a.lab, 12, 12, 0), greedy = must_register(a.lab, 0, 1000, 0);
	struct labyrinth_claim claims[TARGET], own[12];
	struct hog *hog = hog_new(a.lab);

	(void)state;
	assert_int_equal(claim_many(a.lab, greedy, claims, TARGET), TARGET - 12);
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, greedy).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(claim_many(a.lab, careful, own, 12), 12);
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, careful).status, LABYRINTH_OVER_LIMIT);
	assert_int_equal(stats_of(a.lab).vault, 0);
	assert_lawful(a.lab);
	release_many(own, 12);
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, greedy).status, LABYRINTH_NO_MEMORY); /* promised again */
	release_many(claims, TARGET - 12);
	assert_lawful(a.lab);
	hog_end(a.lab, hog);
	arena_end(&a);
}

/* Shared memory gone or not, and whatever is claimed and released: a frame within the guarantee is there. */
static void a_guarantee_holds_through_release_and_claim(void **state)
{
	struct arena a = arena_of(2);
	labyrinth_owner_t owner = must_register(a.lab, TARGET, 1000, 0);
	struct labyrinth_claim claims[TARGET];
	struct hog *hog = hog_new(a.lab);

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		assert_int_equal(claim_many(a.lab, owner, claims, TARGET), TARGET);
		assert_lawful(a.lab);
		release_many(claims, TARGET);
		assert_lawful(a.lab);
		assert_int_equal(stats_of(a.lab).free, 0);
	}
	hog_end(a.lab, hog);
	arena_end(&a);
}

/* The zones serve a claim within the guarantee too, and then the vault stays full. */
static void the_zones_come_first(void **state)
{
	struct arena a = arena_of(2);
	labyrinth_owner_t owner = must_register(a.lab, 4, 8, 0);
	struct labyrinth_claim claims[8];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 8), 8);
	assert_int_equal(owner_stats(a.lab, owner).from_zone, 8);
	assert_int_equal(stats_of(a.lab).vault, TARGET);
	assert_lawful(a.lab);
	release_many(claims, 8);
	assert_int_equal(stats_of(a.lab).vault, TARGET);
	assert_lawful(a.lab);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(spending),
		kit_test(excess_and_shortage),
		kit_test(stock),
		kit_test(an_empty_vault_that_promised_is_corrupt),
		kit_test(guarantees_are_served_when_all_else_is_gone),
		kit_test(a_stranger_gets_the_surplus_only),
		kit_test(a_guarantee_holds_through_release_and_claim),
		kit_test(the_zones_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
