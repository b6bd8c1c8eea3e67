/*
 * test_retire.c - the end of an owner: everything comes back shredded, its names go stale, nobody else notices.
 */
#include "kit.h"

#include "claims.h"
#include "dies.h"

#define TARGET 16u

static struct arena dying; /* whose metadata a test has spoilt */

static struct arena machine_new(void)
{
	struct arena a = arena_new(small_machine, config_of(4, 8, TARGET));

	claims_taker = must_register(a.lab, 0, 100, 0);
	return a;
}

static void must_retire(struct labyrinth *lab, labyrinth_owner_t owner)
{
	assert_status(labyrinth_owner_retire(lab, owner), LABYRINTH_OK);
}

static void an_owner_without_frames(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 5, 9, 3);

	(void)state;
	must_retire(a.lab, owner);
	assert_int_equal(stats_of(a.lab).guaranteed, 0);
	assert_int_equal(vault_surplus(a.lab->vault), TARGET);
	machine_end(&a);
}

/* Claimed and kept frames come back; so does the guarantee; free memory is what it was. */
static void everything_comes_back(void **state)
{
	static const struct { const char *name; uint32_t guarantee, held, released, recycle; } cases[] = {
		{ "within the guarantee",      8, 5,  0, 0 },
		{ "all of the guarantee",      8, 8,  0, 0 },
		{ "beyond the guarantee",      8, 60, 0, 0 },
		{ "some kept",                 8, 20, 9, 5 },
		{ "only kept ones",            2, 7,  7, 7 },
		{ "without a guarantee",       0, 30, 4, 2 },
		{ "all of the vault",         16, 16, 3, 16 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = machine_new();
		uint64_t free = stats_of(a.lab).free;
		labyrinth_owner_t owner = must_register(a.lab, cases[i].guarantee, 100, cases[i].recycle);
		struct labyrinth_claim claims[100];

		print_message("%s\n", cases[i].name);
		for (uint32_t n = 0; n < cases[i].held; n++)
			claims[n] = must_claim(a.lab, owner);
		release_many(claims, cases[i].released);
		must_retire(a.lab, owner);
		assert_lawful(a.lab);
		labyrinth_maintain(a.lab, 1000);
		assert_int_equal(stats_of(a.lab).owned + stats_of(a.lab).recycled + stats_of(a.lab).guaranteed, 0);
		assert_int_equal(stats_of(a.lab).vault, TARGET);
		assert_int_equal(stats_of(a.lab).free, free);
		assert_int_equal(stats_of(a.lab).shredded, cases[i].held);
		machine_end(&a);
	}
}

static void no_byte_of_it_is_left(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 2, 20, 4);
	struct labyrinth_claim claims[20];
	struct page *page[20];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 20), 20);
	for (unsigned i = 0; i < 20; i++) {
		page[i] = claims[i].page;
		write_secret(a.lab, page[i]);
	}
	release_many(claims, 4);
	assert_true(holds_secret(a.lab, page[0]));
	must_retire(a.lab, owner);
	assert_int_equal(stats_of(a.lab).dirty, 20);
	maintain_all(a.lab);
	for (unsigned i = 0; i < 20; i++)
		assert_false(holds_secret(a.lab, page[i]));
	machine_end(&a);
}

/* Whatever the slot is used for afterwards, the old handle and the old claims name nobody. */
static void old_names_are_stale(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 4, 0), next;
	struct labyrinth_claim claim = must_claim(a.lab, owner), renewed;
	struct labyrinth_owner_stats stats;

	(void)state;
	must_retire(a.lab, owner);
	assert_all_refuse(&a, &claim, LABYRINTH_BAD_OWNER);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BAD_OWNER);
	ASSERT_REFUSED(&a, labyrinth_owner_stats(a.lab, owner, &stats), LABYRINTH_BAD_OWNER);
	next = must_register(a.lab, 1, 4, 0);
	assert_int_equal(next.slot, owner.slot);
	renewed = must_claim(a.lab, next);
	assert_all_refuse(&a, &claim, LABYRINTH_BAD_OWNER);
	claim.owner = next; /* even if it lies about that */
	assert_true(claim.page != renewed.page || claim.generation != renewed.generation);
	assert_all_refuse(&a, &claim, LABYRINTH_STALE_CLAIM);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BAD_OWNER);
	ASSERT_REFUSED(&a, try_claim(a.lab, owner).status, LABYRINTH_BAD_OWNER);
	machine_end(&a);
}

static void only_a_live_owner_can_be_retired(void **state)
{
	struct arena a = arena_new(small_machine, config_of(4, 8, TARGET));
	labyrinth_owner_t first = must_register(a.lab, 2, 8, 2);
	struct labyrinth_claim claims[2] = { must_claim(a.lab, first), must_claim(a.lab, first) };
	const labyrinth_owner_t bad[] = {
		LABYRINTH_NOBODY, { 1, 0 }, { 1, 1 }, { 1, UINT16_MAX }, { 4, 1 }, { UINT16_MAX, 1 },
		{ first.slot, (uint16_t)(first.generation + 1) }, { first.slot, (uint16_t)(first.generation + 2) },
		{ first.slot, (uint16_t)(first.generation + 1024) },
	};

	(void)state;
	must_release(&claims[0]);
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, bad[i]), LABYRINTH_BAD_OWNER);
	assert_status(labyrinth_owner_retire(NULL, first), LABYRINTH_NULL_POINTER);
	machine_end(&a);
}

static void in_task_context_only(void **state)
{
	struct arena a = machine_new();

	(void)state;
	for (unsigned c = LABYRINTH_INTERRUPT; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, claims_taker), LABYRINTH_IN_INTERRUPT);
	}
	machine_end(&a);
}

static void not_while_a_device_writes(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 8, 1);
	struct labyrinth_claim claims[3];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 3), 3);
	must_release(&claims[2]);
	for (unsigned i = 0; i < 2; i++)
		assert_status(labyrinth_claim_lend(&claims[i]), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	assert_status(labyrinth_claim_take_back(&claims[0]), LABYRINTH_OK);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	assert_status(labyrinth_claim_take_back(&claims[1]), LABYRINTH_OK);
	must_retire(a.lab, owner);
	machine_end(&a);
}

static void the_others_keep_theirs(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t going = must_register(a.lab, 2, 40, 2), staying = must_register(a.lab, 3, 40, 2);
	struct labyrinth_claim kept[20];

	(void)state;
	for (unsigned i = 0; i < 20; i++) { /* side by side in memory */
		must_claim(a.lab, going);
		kept[i] = must_claim(a.lab, staying);
		write_secret(a.lab, kept[i].page);
	}
	assert_status(labyrinth_claim_lend(&kept[7]), LABYRINTH_OK);
	must_retire(a.lab, going);
	assert_int_equal(owner_stats(a.lab, staying).held, 20);
	assert_int_equal(owner_stats(a.lab, staying).lent, 1);
	for (unsigned i = 0; i < 20; i++)
		assert_true(holds_secret(a.lab, kept[i].page));
	assert_status(labyrinth_claim_take_back(&kept[7]), LABYRINTH_OK);
	release_many(kept, 20);
	machine_end(&a);
}

/* A frame is in the middle of another CPU's call: the owner ends, its slot is not reused before that frame is back. */
static void a_frame_on_its_way(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 2, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	struct owner *o = &a.lab->owners->at[owner.slot];

	(void)state;
	word_store(claim.page, word_loose(word_load(claim.page))); /* as after the first step of a release */
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	assert_int_equal(stats_of(a.lab).guaranteed, 0);
	ASSERT_REFUSED(&a, try_claim(a.lab, owner).status, LABYRINTH_BAD_OWNER);
	assert_int_not_equal(must_register(a.lab, 0, 1, 0).slot, owner.slot);
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	word_store(claim.page, word_make(FRAME_OWNED, claim.generation, 0, owner.slot)); /* as after a claim */
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	assert_int_equal(owner_held(owner_load(o)), 0);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BAD_OWNER);
	assert_int_equal(must_register(a.lab, 0, 1, 0).slot, owner.slot);
	machine_end(&a);
}

/* An owner of as many frames as can be, while another CPU retires it: its word has no room for a second such call. */
static void two_retire_the_largest_owner(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, LABYRINTH_MAX_BUDGET, 1);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	struct owner *o = &a.lab->owners->at[owner.slot];
	uint64_t word;

	(void)state;
	word_store(claim.page, word_loose(word_load(claim.page)));
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	word = owner_load(o);
	o->word = word + LABYRINTH_MAX_BUDGET * OWNER_OUT; /* what it claims, and one seat */
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	o->word = word + (LABYRINTH_MAX_BUDGET - 1) * OWNER_OUT + OWNER_RECYCLED; /* the first call will count it */
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	o->word = word;
	word_store(claim.page, word_make(FRAME_OWNED, claim.generation, 0, owner.slot));
	must_retire(a.lab, owner);
	machine_end(&a);
}

static void retire_once(void *owner)
{
	labyrinth_owner_retire(dying.lab, *(const labyrinth_owner_t *)owner);
}

/* Fewer frames on its stack than its word counts: the metadata is corrupt. */
static void a_kept_frame_that_is_lost(void **state)
{
	labyrinth_owner_t owner;
	struct labyrinth_claim claims[2];

	(void)state;
	dying = machine_new();
	owner = must_register(dying.lab, 2, 4, 2);
	assert_int_equal(claim_many(dying.lab, owner, claims, 2), 2);
	release_many(claims, 2);
	assert_non_null(labyrinth_stack_pop(&dying.lab->owners->at[owner.slot].recycled, dying.lab->frames));
	assert_dies(retire_once, &owner, "an owner's recycled frames are fewer than its word counts");
	arena_end(&dying);
}

/* What was granted while retirement went on can still be given back. */
static void a_late_claim_can_be_released(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 2, 4, 4);
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	uint64_t word = word_load(claim.page);

	(void)state;
	wipe_memory(a.lab);
	write_secret(a.lab, claim.page);
	word_store(claim.page, word_loose(word));
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	word_store(claim.page, word);
	must_release(&claim);
	assert_nobody_sees_secrets(a.lab);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BAD_OWNER);
	machine_end(&a);
}

/* What comes back goes to the vault while that is short. */
static void a_short_vault_is_filled_first(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 4, 100, 0);
	struct hog *hog = hog_new(a.lab);
	struct labyrinth_claim claims[TARGET];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, TARGET), TARGET - LEFT);
	assert_int_equal(stats_of(a.lab).vault, LEFT);
	must_retire(a.lab, owner);
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, TARGET);
	assert_int_equal(stats_of(a.lab).free, 0);
	hog_end(a.lab, hog);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(an_owner_without_frames),
		kit_test(everything_comes_back),
		kit_test(no_byte_of_it_is_left),
		kit_test(old_names_are_stale),
		kit_test(only_a_live_owner_can_be_retired),
		kit_test(in_task_context_only),
		kit_test(not_while_a_device_writes),
		kit_test(the_others_keep_theirs),
		kit_test(a_frame_on_its_way),
		kit_test(two_retire_the_largest_owner),
		kit_test(a_kept_frame_that_is_lost),
		kit_test(a_late_claim_can_be_released),
		kit_test(a_short_vault_is_filled_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
