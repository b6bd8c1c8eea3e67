/*
 * test_owner.c - registration: a budget is admitted when the vault can cover it, or refused and nothing changes.
 */
#include "kit.h"

#define TARGET 32u

static struct arena machine_new(uint32_t owners)
{
	return arena_new(small_machine, config_of(owners, 8, TARGET));
}

static enum labyrinth_status register_status(struct labyrinth *lab, struct labyrinth_budget budget)
{
	labyrinth_owner_t untouched = { 77, 88 }, out = untouched;
	enum labyrinth_status status = labyrinth_owner_register(lab, &budget, &out);

	assert_true(status == LABYRINTH_OK || (out.slot == untouched.slot && out.generation == untouched.generation));
	return status;
}

static void budgets(void **state)
{
	static const struct { const char *name; struct labyrinth_budget budget; enum labyrinth_status why; } cases[] = {
		{ "no limit",            { "x", 0, 0, 0 },                              LABYRINTH_BAD_BUDGET },
		{ "limit below",         { "x", 5, 4, 0 },                              LABYRINTH_BAD_BUDGET },
		{ "limit too large",     { "x", 0, LABYRINTH_MAX_BUDGET + 1, 0 },       LABYRINTH_BAD_BUDGET },
		{ "limit 2^32 - 1",      { "x", 0, UINT32_MAX, 0 },                     LABYRINTH_BAD_BUDGET },
		{ "recycle above limit", { "x", 0, 4, 5 },                              LABYRINTH_BAD_BUDGET },
		{ "recycle too large",   { "x", 0, 5000, LABYRINTH_MAX_RECYCLE + 1 },   LABYRINTH_BAD_BUDGET },
		{ "one too many",        { "x", TARGET + 1, 100, 0 },                   LABYRINTH_NOT_COVERED },
		{ "far too many",        { "x", 1u << 23, LABYRINTH_MAX_BUDGET, 0 },    LABYRINTH_NOT_COVERED },
		{ "no name",             { NULL, 0, 4, 0 },                             LABYRINTH_NULL_POINTER },
		{ "the least",           { "x", 0, 1, 0 },                              LABYRINTH_OK },
		{ "all of the vault",    { "x", TARGET, TARGET, TARGET },               LABYRINTH_OK },
		{ "the most",            { "x", 0, LABYRINTH_MAX_BUDGET, LABYRINTH_MAX_RECYCLE }, LABYRINTH_OK },
	};
	struct arena a = machine_new(4);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (cases[i].why == LABYRINTH_OK)
			assert_status(register_status(a.lab, cases[i].budget), LABYRINTH_OK);
		else
			ASSERT_REFUSED_COUNTED(&a, register_status(a.lab, cases[i].budget), cases[i].why);
	machine_end(&a);
}

static void null_pointers(void **state)
{
	const struct labyrinth_budget budget = { "x", 0, 1, 0 };
	struct arena a = machine_new(1);
	labyrinth_owner_t out;

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_owner_register(a.lab, NULL, &out), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_owner_register(a.lab, &budget, NULL), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_owner_register(NULL, &budget, &out), LABYRINTH_NULL_POINTER);
	machine_end(&a);
}

static void in_task_context_only(void **state)
{
	const struct labyrinth_budget budget = { "x", 0, 1, 0 };
	struct arena a = machine_new(1);

	(void)state;
	for (unsigned c = LABYRINTH_INTERRUPT; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		ASSERT_REFUSED(&a, register_status(a.lab, budget), LABYRINTH_IN_INTERRUPT);
	}
	machine_end(&a);
}

static void every_slot_and_no_more(void **state)
{
	const struct labyrinth_budget budget = { "x", 1, 1, 0 };
	struct arena a = machine_new(5);
	labyrinth_owner_t owner[5];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		owner[i] = must_register(a.lab, 1, 1, 0);
		assert_int_equal(owner[i].slot, i);
	}
	ASSERT_REFUSED_COUNTED(&a, register_status(a.lab, budget), LABYRINTH_TOO_MANY_OWNERS);
	assert_status(labyrinth_owner_retire(a.lab, owner[3]), LABYRINTH_OK);
	assert_int_equal(must_register(a.lab, 1, 1, 0).slot, 3);
	ASSERT_REFUSED_COUNTED(&a, register_status(a.lab, budget), LABYRINTH_TOO_MANY_OWNERS);
	machine_end(&a);
}

static void guarantees_add_up(void **state)
{
	const struct labyrinth_budget one = { "x", 1, 1, 0 };
	struct arena a = machine_new(8);
	labyrinth_owner_t half = must_register(a.lab, TARGET / 2, TARGET, 0);

	(void)state;
	must_register(a.lab, TARGET / 2, TARGET, 0);
	assert_int_equal(stats_of(a.lab).guaranteed, TARGET);
	assert_int_equal(vault_surplus(a.lab->vault), 0);
	ASSERT_REFUSED_COUNTED(&a, register_status(a.lab, one), LABYRINTH_NOT_COVERED);
	must_register(a.lab, 0, 1, 0);
	assert_status(labyrinth_owner_retire(a.lab, half), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).guaranteed, TARGET / 2);
	must_register(a.lab, TARGET / 2, TARGET, 0);
	ASSERT_REFUSED_COUNTED(&a, register_status(a.lab, one), LABYRINTH_NOT_COVERED);
	machine_end(&a);
}

/* The sum would be covered, but frames of the vault are out: try again after maintenance. */
static void busy_until_the_vault_is_full_again(void **state)
{
	const struct labyrinth_budget all = { "x", TARGET, TARGET, 0 };
	struct arena a = machine_new(2);
	labyrinth_owner_t greedy = must_register(a.lab, 0, 100, 0);
	struct labyrinth_claim claims[5];
	struct hog *hog = hog_new(a.lab);

	(void)state;
	assert_int_equal(claim_many(a.lab, greedy, claims, COUNT(claims)), COUNT(claims));
	assert_int_equal(owner_stats(a.lab, greedy).from_vault, COUNT(claims));
	ASSERT_REFUSED_COUNTED(&a, register_status(a.lab, all), LABYRINTH_BUSY);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 0);
	ASSERT_REFUSED_COUNTED(&a, register_status(a.lab, all), LABYRINTH_BUSY);
	hog_free(a.lab, hog, 5);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 5);
	assert_status(register_status(a.lab, all), LABYRINTH_OK);
	assert_lawful(a.lab);
	release_many(claims, COUNT(claims));
	hog_end(a.lab, hog);
	machine_end(&a);
}

/* A new owner starts from nothing, whatever the last one in the slot did. */
static void a_slot_is_clean_for_the_next(void **state)
{
	struct arena a = machine_new(1);
	labyrinth_owner_t owner = must_register(a.lab, 1, 2, 1), next;
	struct labyrinth_claim claims[2];
	struct labyrinth_owner_stats s;
	struct owner *o;

	(void)state;
	claim_many(a.lab, owner, claims, 2);
	try_claim(a.lab, owner);
	must_release(&claims[0]);
	o = &a.lab->owners->at[owner.slot];
	o->from_zone = o->from_vault = o->received = 5;
	o->over_limit = o->over_rate = o->no_memory = o->misused = o->worst_ticks = 5;
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	next = must_register(a.lab, 0, 9, 0);
	assert_int_equal(next.slot, owner.slot);
	assert_int_not_equal(next.generation, owner.generation);
	s = owner_stats(a.lab, next);
	assert_int_equal(s.held + s.lent + s.recycled + s.high_water, 0);
	assert_int_equal(s.from_recycled + s.from_zone + s.from_vault + s.received, 0);
	assert_int_equal(s.over_limit + s.over_rate + s.no_memory + s.misused + s.worst_ticks, 0);
	assert_int_equal(s.limit, 9);
	machine_end(&a);
}

/* More lives than a slot has generations: each is a live owner of its own, never NOBODY, and frames come and go. */
static void generations_of_a_slot_wrap(void **state)
{
	struct arena a = machine_new(1);
	labyrinth_owner_t last = LABYRINTH_NOBODY;
	uint64_t free = stats_of(a.lab).free;

	(void)state;
	for (unsigned life = 0; life < 1100; life++) {
		labyrinth_owner_t owner = must_register(a.lab, 1, 4, 1);
		struct labyrinth_claim claim = must_claim(a.lab, owner);

		assert_int_not_equal(owner.generation, last.generation);
		assert_int_equal(owner.generation % 2, 1);
		assert_status(try_claim(a.lab, last).status, LABYRINTH_BAD_OWNER);
		if (life % 2 == 0)
			must_release(&claim);
		assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
		assert_status(try_claim(a.lab, owner).status, LABYRINTH_BAD_OWNER);
		last = owner;
	}
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).free, free);
	assert_int_equal(vault_surplus(a.lab->vault), TARGET);
	machine_end(&a);
}

static void high_water_only_rises(void **state)
{
	static const struct { uint32_t held, mark; } steps[] = {
		{ 0, 0 }, { 5, 5 }, { 3, 5 }, { 5, 5 }, { 6, 6 }, { 0, 6 },
	};
	struct owner o = { .high_water = 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		owner_mark(&o, steps[i].held);
		assert_int_equal(o.high_water, steps[i].mark);
	}
}

/* The fields of the owner word do not run into each other at their ends. */
static void the_owner_word(void **state)
{
	const uint64_t word = OWNER_BORN * 1023 + OWNER_LENT * OWNER_MAX_LENT + OWNER_RECYCLED * LABYRINTH_MAX_RECYCLE
	                      + OWNER_OUT * (LABYRINTH_MAX_BUDGET + 1); /* the one more is retire's seat */

	(void)state;
	assert_int_equal(word, UINT64_MAX);
	assert_int_equal(owner_generation(word), 1023);
	assert_int_equal(owner_lent(word), OWNER_MAX_LENT);
	assert_int_equal(owner_recycled(word), LABYRINTH_MAX_RECYCLE);
	assert_int_equal(owner_out(word), LABYRINTH_MAX_BUDGET + 1);
	assert_int_equal(owner_out(OWNER_RECYCLED) + owner_lent(OWNER_RECYCLED) + owner_generation(OWNER_RECYCLED), 0);
	assert_int_equal(owner_out(OWNER_LENT) + owner_recycled(OWNER_LENT) + owner_generation(OWNER_LENT), 0);
	assert_int_equal(owner_held(3 * OWNER_OUT + 4 * OWNER_RECYCLED + 2 * OWNER_LENT), 7);
	assert_true(owner_alive(OWNER_BORN));
	assert_false(owner_alive(2 * OWNER_BORN));
}

/* What a name is made of may be gone after the call; what is too long is cut off, and nothing follows its end. */
static void a_name_is_copied(void **state)
{
	static const struct { const char *name, *kept; } cases[] = {
		{ "", "" },
		{ "nic", "nic" },
		{ "1234567890123456789012345678901", "1234567890123456789012345678901" },
		{ "12345678901234567890123456789012", "1234567890123456789012345678901" },
		{ "123456789012345678901234567890123456789", "1234567890123456789012345678901" },
		{ "x", "x" },
	};
	struct arena a = arena_new(small_machine, config_of(1, 0, 8));

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[64] = { 0 };
		struct labyrinth_budget budget = { .name = text, .limit = 1 };
		struct labyrinth_owner_stats stats;
		labyrinth_owner_t owner;

		memcpy(text, cases[i].name, strlen(cases[i].name));
		assert_status(labyrinth_owner_register(a.lab, &budget, &owner), LABYRINTH_OK);
		memset(text, '!', sizeof(text));
		memset(&stats, '!', sizeof(stats));
		assert_status(labyrinth_owner_stats(a.lab, owner, &stats), LABYRINTH_OK);
		assert_string_equal(stats.name, cases[i].kept);
		for (size_t at = strlen(cases[i].kept); at < LABYRINTH_NAME_BYTES; at++)
			assert_int_equal(stats.name[at], 0);
		assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	}
	arena_end(&a);
}

/* Whoever looks while a name is written, or has been overwritten, finds an end. */
static void a_name_ends(void **state)
{
	struct arena a = arena_new(small_machine, config_of(1, 0, 8));
	labyrinth_owner_t owner = must_register(a.lab, 0, 1, 0);

	(void)state;
	memset((void *)a.lab->owners->at[owner.slot].name, '!', LABYRINTH_NAME_BYTES);
	assert_int_equal(strlen(owner_stats(a.lab, owner).name), LABYRINTH_NAME_BYTES - 1);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(budgets),
		kit_test(null_pointers),
		kit_test(in_task_context_only),
		kit_test(every_slot_and_no_more),
		kit_test(guarantees_add_up),
		kit_test(busy_until_the_vault_is_full_again),
		kit_test(a_slot_is_clean_for_the_next),
		kit_test(generations_of_a_slot_wrap),
		kit_test(high_water_only_rises),
		kit_test(the_owner_word),
		kit_test(a_name_is_copied),
		kit_test(a_name_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
