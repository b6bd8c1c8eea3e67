/*
 * test_vault.c - the vault's ledger by itself, and what it promises: a guarantee is served when nothing else is left.
 */
#include "kit.h"

#include "dies.h"
#include "shred.h"

#define TARGET 32u

/* ---- The ledger alone. */

static struct page pages[8];
static _Atomic uint32_t opened = 1;
static struct block_note note;
static struct bad bad; /* none */
static struct frames frames = { .page = pages, .note = &note, .opened = &opened, .bad = &bad };
static struct shredder shredder;

static struct vault vault_new(uint64_t target, uint64_t surplus, uint64_t guaranteed)
{
	struct vault v;

	memset(&v, 0xa5, sizeof(v));
	labyrinth_vault_init(&v, &frames, &shredder, target);
	assert_int_equal(vault_surplus(&v), 0);
	assert_int_equal(vault_guaranteed(&v), 0);
	assert_int_equal(reserve_count(&v.stock), 0);
	vault_earn(&v, surplus);
	labyrinth_vault_guarantee(&v, TARGET + guaranteed);
	labyrinth_vault_end_guarantee(&v, TARGET);
	assert_int_equal(vault_guaranteed(&v), guaranteed);
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

/* The last unit is not for claims, if there is a vault at all. */
static void claims_leave_one(void **state)
{
	struct vault v = vault_new(TARGET, LEFT + 1, 0), none = vault_new(0, 1, 0);

	(void)state;
	assert_true(vault_spend_on_claim(&v));
	assert_false(vault_spend_on_claim(&v));
	assert_int_equal(vault_surplus(&v), LEFT);
	assert_true(vault_spend_on_claim(&none));
	assert_false(vault_spend_on_claim(&none));
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
		{ "all promised",           0,          TARGET, false, true },
		{ "and one for maintenance", LEFT,      TARGET, false, false },
		{ "all promised, excess",   LEFT + 1,   TARGET, true,  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vault v = vault_new(TARGET, cases[i].surplus, cases[i].guaranteed);

		if (labyrinth_vault_short(&v) != cases[i].is_short
		    || labyrinth_vault_spend_excess(&v, 0) != cases[i].excess)
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

/* Nothing is shredded while something clean is left; then each frame before it is handed out. */
static void clean_ones_first(void **state)
{
	struct vault v = vault_new(2, 0, 0);
	const uint64_t before = shredder.serial;

	(void)state;
	for (unsigned i = 0; i < COUNT(pages); i++)
		(i % 2 == 0 ? vault_push_dirty : vault_push)(&v, &pages[i]);
	assert_int_equal(reserve_count(&v.stock) + reserve_count(&v.dirty), COUNT(pages));
	for (unsigned i = COUNT(pages); i > 0; i -= 2)
		assert_ptr_equal(labyrinth_vault_pop(&v), &pages[i - 1]);
	assert_int_equal(shredder.serial, before);
	for (unsigned i = COUNT(pages); i > 0; i -= 2) {
		assert_int_equal(word_state(word_load(&pages[i - 2])), FRAME_DIRTY);
		assert_ptr_equal(labyrinth_vault_pop(&v), &pages[i - 2]);
		assert_int_equal(word_state(word_load(&pages[i - 2])), FRAME_FREE);
	}
	assert_int_equal(shredder.serial, before + COUNT(pages) / 2);
	assert_null(labyrinth_vault_shred(&v));
}

/* Shared use gets what is above the target, dirty frames before clean ones; a refusal costs no unit. */
static void excess_for_shared_use(void **state)
{
	struct vault v = vault_new(2, 4, 1); /* one more is promised; above the target: three */

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		(i == 3 ? vault_push_dirty : vault_push)(&v, &pages[i]);
	assert_ptr_equal(labyrinth_vault_take_excess(&v, 0), &pages[3]);
	assert_ptr_equal(labyrinth_vault_take_excess(&v, 0), &pages[4]);
	assert_ptr_equal(labyrinth_vault_take_excess(&v, 0), &pages[2]);
	assert_null(labyrinth_vault_take_excess(&v, 0));
	assert_int_equal(vault_surplus(&v), 1);
	assert_int_equal(reserve_count(&v.stock), 2);
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
	assert_int_equal(stats_of(a.lab).dirty, TARGET);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 0); /* not one can be spared, not for a moment */
	hog_free(a.lab, hog, 1);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, TARGET + LEFT);
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
	assert_int_equal(claim_many(a.lab, greedy, claims, TARGET), TARGET - 12 - LEFT);
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, greedy).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(claim_many(a.lab, careful, own, 12), 12);
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, careful).status, LABYRINTH_OVER_LIMIT);
	assert_int_equal(stats_of(a.lab).vault, LEFT);
	assert_lawful(a.lab);
	release_many(own, 12);
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, greedy).status, LABYRINTH_NO_MEMORY); /* promised again */
	release_many(claims, TARGET - 12 - LEFT);
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

/* A frame set aside is at hand; what claims within a guarantee took of it is not missing. */
static void the_vault_comes_first(void **state)
{
	struct arena a = arena_of(2);
	labyrinth_owner_t owner = must_register(a.lab, 4, 8, 0);
	struct labyrinth_claim claims[8];
	uint64_t free = stats_of(a.lab).free;

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 4), 4);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	assert_int_equal(claim_many(a.lab, owner, claims + 4, 4), 4);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	assert_int_equal(owner_stats(a.lab, owner).from_vault, 8);
	assert_int_equal(stats_of(a.lab).vault, TARGET - 8);
	assert_int_equal(stats_of(a.lab).free, free);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, TARGET - 4); /* the rest stays promised for when those come back */
	assert_lawful(a.lab);
	release_many(claims, 8);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, TARGET);
	assert_int_equal(stats_of(a.lab).free, free);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* Before a claim shreds on the spot, within its guarantee or beyond, it looks for a free frame. */
static void then_the_zones(void **state)
{
	struct arena a = arena_of(2);
	labyrinth_owner_t owner = must_register(a.lab, TARGET / 2, 2 * TARGET, 0);
	struct labyrinth_claim claims[2 * TARGET];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, TARGET - LEFT), TARGET - LEFT);
	release_many(claims, TARGET - LEFT);
	assert_int_equal(stats_of(a.lab).dirty, TARGET - LEFT);
	assert_int_equal(claim_many(a.lab, owner, claims, TARGET), TARGET);
	assert_int_equal(owner_stats(a.lab, owner).from_vault, TARGET);
	assert_int_equal(owner_stats(a.lab, owner).from_zone, TARGET - LEFT);
	assert_int_equal(stats_of(a.lab).shredded, 0);
	assert_int_equal(stats_of(a.lab).dirty, TARGET - LEFT);
	assert_lawful(a.lab);
	release_many(claims, TARGET);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, TARGET);
	assert_lawful(a.lab);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(spending),
		kit_test(claims_leave_one),
		kit_test(excess_and_shortage),
		kit_test(stock),
		kit_test(clean_ones_first),
		kit_test(excess_for_shared_use),
		kit_test(an_empty_vault_that_promised_is_corrupt),
		kit_test(guarantees_are_served_when_all_else_is_gone),
		kit_test(a_stranger_gets_the_surplus_only),
		kit_test(a_guarantee_holds_through_release_and_claim),
		kit_test(the_vault_comes_first),
		kit_test(then_the_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
