/*
 * test_maintain.c - the vault first, then the reserve, never more than the budget, and only in task context.
 */
#include "kit.h"

#include "claims.h"

#define RESERVE 8u
#define VAULT   16u

/* A machine with everything given away: free memory and the reserve to a hog, the vault's surplus to an owner. */
struct drained {
	struct arena           arena;
	struct labyrinth      *lab;
	struct hog            *hog;
	labyrinth_owner_t      owner;
	struct labyrinth_claim claims[VAULT];
};

static struct drained drained_new(uint32_t guarantee)
{
	struct drained d = { .arena = arena_new(small_machine, config_of(2, RESERVE, VAULT)) };

	d.lab = d.arena.lab;
	must_register(d.lab, guarantee, VAULT, 0);
	d.owner = must_register(d.lab, 0, 100, 0);
	d.hog = hog_new(d.lab);
	for (unsigned i = 0; i < RESERVE; i++)
		d.hog->page[d.hog->count++] = must_alloc(d.lab, LABYRINTH_GFP_ATOMIC, 0);
	assert_int_equal(claim_many(d.lab, d.owner, d.claims, VAULT), VAULT - guarantee - LEFT);
	assert_int_equal(stats_of(d.lab).free + stats_of(d.lab).reserve, 0);
	return d;
}

static void drained_end(struct drained *d)
{
	host_context = LABYRINTH_TASK;
	assert_lawful(d->lab);
	free(d->hog);
	arena_end(&d->arena);
}

/* Frees `count` frames into the zones: those that would fill the reserve are handed out again. */
static void free_into_zones(struct drained *d, unsigned count)
{
	hog_free(d->lab, d->hog, RESERVE + count);
	assert_int_equal(stats_of(d->lab).free, count);
	lock_all_zones(d->lab);
	for (unsigned i = 0; i < RESERVE; i++)
		d->hog->page[d->hog->count++] = must_alloc(d->lab, LABYRINTH_GFP_ATOMIC, 0);
	unlock_all_zones(d->lab);
	assert_int_equal(stats_of(d->lab).reserve, 0);
}

static void a_full_machine_needs_nothing(void **state)
{
	struct arena a = arena_new(small_machine, config_of(2, RESERVE, VAULT));
	void *before = arena_snapshot(&a);

	(void)state;
	assert_int_equal(labyrinth_maintain(a.lab, UINT64_MAX), 0);
	assert_unchanged(&a, before);
	arena_end(&a);
}

static void with_nothing_free_nothing_moves(void **state)
{
	struct drained d = drained_new(4);

	(void)state;
	assert_int_equal(labyrinth_maintain(d.lab, 100), 0);
	drained_end(&d);
}

/* However many frames are free and however small the budget: first the vault to its target, then the reserve. */
static void the_vault_then_the_reserve(void **state)
{
	static const struct {
		const char *name;
		unsigned free;
		uint64_t budget, moved;
		unsigned vault, reserve;
	} cases[] = {
		{ "no budget",             100, 0,   0,  5,  0 },
		{ "a budget of one",       100, 1,   1,  6,  0 },
		{ "the vault, nearly",     100, 10,  10, 15, 0 },
		{ "the vault",             100, 11,  11, 16, 0 },
		{ "some of the reserve",   100, 14,  14, 16, 3 },
		{ "both",                  100, 19,  19, 16, 8 },
		{ "more than enough",      100, 500, 19, 16, 8 },
		{ "few frames",            5,   500, 5,  10, 0 },
		{ "frames for the vault",  11,  500, 11, 16, 0 },
		{ "and some more",         13,  500, 13, 16, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct drained d = drained_new(4); /* 4 frames are promised, and one is left to maintenance */

		print_message("%s\n", cases[i].name);
		free_into_zones(&d, cases[i].free);
		assert_int_equal(labyrinth_maintain(d.lab, cases[i].budget), cases[i].moved);
		assert_int_equal(stats_of(d.lab).vault, cases[i].vault);
		assert_int_equal(stats_of(d.lab).reserve, cases[i].reserve);
		assert_int_equal(stats_of(d.lab).free, cases[i].free - cases[i].moved);
		drained_end(&d);
	}
}

static void in_small_steps_to_the_end(void **state)
{
	struct drained d = drained_new(0);
	unsigned calls = 0;

	(void)state;
	free_into_zones(&d, 100);
	while (labyrinth_maintain(d.lab, 5) == 5) {
		calls++;
		assert_lawful(d.lab);
	}
	assert_int_equal(calls, (RESERVE + VAULT - LEFT) / 5);
	assert_int_equal(stats_of(d.lab).free, 100 - RESERVE - VAULT + LEFT);
	drained_end(&d);
}

/* A release by a task that this one preempts has counted its frame, and not yet put it where it belongs. */
static void a_frame_on_its_way_is_not_waited_for(void **state)
{
	struct arena a = arena_new(small_machine, config_of(2, RESERVE, VAULT));
	struct labyrinth_claim claim = must_claim(a.lab, must_register(a.lab, 1, 1, 0));

	(void)state;
	a.lab->vault->dirty.count++;
	assert_int_equal(labyrinth_maintain(a.lab, 100), 0);
	assert_int_equal(vault_surplus(a.lab->vault), VAULT - 1);
	a.lab->vault->dirty.count--;
	must_release(&claim);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 1);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void only_in_task_context(void **state)
{
	struct drained d = drained_new(0);
	void *before;

	(void)state;
	free_into_zones(&d, 100);
	before = arena_snapshot(&d.arena);
	for (unsigned c = LABYRINTH_INTERRUPT; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		assert_int_equal(labyrinth_maintain(d.lab, 10), 0);
	}
	host_context = LABYRINTH_TASK;
	assert_int_equal(labyrinth_maintain(NULL, 10), 0);
	assert_unchanged(&d.arena, before);
	drained_end(&d);
}

/* Released frames wait in the vault; maintenance shreds them and takes what is too many to the zones. */
static void an_overfull_vault_is_trimmed(void **state)
{
	struct arena a = arena_new(small_machine, config_of(2, RESERVE, VAULT));
	labyrinth_owner_t owner = must_register(a.lab, 4, 100, 0);
	struct labyrinth_claim claims[30];
	uint64_t free = stats_of(a.lab).free;

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 30), 30);
	assert_int_equal(stats_of(a.lab).vault, LEFT);
	assert_true(labyrinth_maintenance_wanted(a.lab));
	maintain_all(a.lab);
	assert_int_equal(stats_of(a.lab).vault, VAULT - 4); /* what its guarantee allows is out */
	host_context = LABYRINTH_NMI;
	lock_all_zones(a.lab);
	release_many(claims, 30);
	unlock_all_zones(a.lab);
	host_context = LABYRINTH_TASK;
	assert_int_equal(stats_of(a.lab).vault, VAULT - 4);
	assert_int_equal(stats_of(a.lab).dirty, 30);
	assert_lawful(a.lab);
	assert_int_equal(labyrinth_maintain(a.lab, 7), 7);
	assert_int_equal(stats_of(a.lab).dirty, 23);
	assert_int_equal(stats_of(a.lab).free, free - 30 + 4 + 7);
	assert_lawful(a.lab);
	assert_int_equal(labyrinth_maintain(a.lab, 1000), 23);
	assert_int_equal(stats_of(a.lab).vault, VAULT);
	assert_int_equal(stats_of(a.lab).free, free);
	assert_lawful(a.lab);
	arena_end(&a);
}

/* Even if nothing is left but promises, and all of them dirty, one after the other gets clean. */
static void dirty_promises_get_clean(void **state)
{
	struct drained d = drained_new(4);
	labyrinth_owner_t promised = { 0, 1 };
	struct labyrinth_claim claims[4];

	(void)state;
	for (unsigned round = 0; round < 4; round++) {
		assert_int_equal(claim_many(d.lab, promised, claims, 4), 4);
		release_many(claims, 4);
	}
	assert_int_equal(stats_of(d.lab).dirty, 4 + LEFT);
	assert_int_equal(stats_of(d.lab).vault, 0);
	for (unsigned left = 4 + LEFT; left > 0; left--) {
		assert_int_equal(stats_of(d.lab).dirty, left);
		assert_int_equal(labyrinth_maintain(d.lab, 1), 1);
		assert_lawful(d.lab);
	}
	assert_int_equal(stats_of(d.lab).vault, 4 + LEFT);
	assert_int_equal(labyrinth_maintain(d.lab, 100), 0);
	drained_end(&d);
}

static unsigned kicks;

static void count_kick(struct labyrinth *lab, void *context)
{
	(void)lab, (void)context;
	kicks++;
}

/* A release asks for maintenance, once until it comes. */
static void a_release_asks_for_it(void **state)
{
	struct labyrinth_config config = config_of(2, RESERVE, VAULT);
	struct labyrinth_claim claims[4];
	struct arena a;

	(void)state;
	config.hooks.kick = count_kick;
	a = arena_new(small_machine, config);
	assert_int_equal(claim_many(a.lab, must_register(a.lab, 2, 4, 0), claims, 4), 4);
	maintain_all(a.lab);
	kicks = 0;
	for (unsigned i = 0; i < 4; i++) {
		host_context = (enum labyrinth_context)(LABYRINTH_NMI - i % 3); /* in an NMI nobody is called */
		must_release(&claims[i]);
		assert_int_equal(kicks, i > 0);
		assert_true(labyrinth_maintenance_wanted(a.lab));
	}
	host_context = LABYRINTH_TASK;
	assert_int_equal(labyrinth_maintain(a.lab, 100), 4);
	assert_false(labyrinth_maintenance_wanted(a.lab));
	arena_end(&a);
}

static struct drained *interrupted;

/* Frees one frame, once: the reserve is full before the frame that maintenance holds gets there. */
static void free_one(void)
{
	if (reserve_count(interrupted->lab->reserve) == RESERVE - 1)
		hog_free(interrupted->lab, interrupted->hog, 1);
}

static void an_interrupt_fills_the_reserve_first(void **state)
{
	struct drained d = drained_new(VAULT - LEFT); /* nothing to do for the vault */

	(void)state;
	free_into_zones(&d, 1);
	hog_free(d.lab, d.hog, RESERVE - 1);
	assert_int_equal(stats_of(d.lab).reserve, RESERVE - 1);
	interrupted = &d;
	host_interrupt = free_one;
	labyrinth_maintain(d.lab, 1);
	host_interrupt = NULL;
	assert_int_equal(stats_of(d.lab).reserve, RESERVE);
	assert_int_equal(stats_of(d.lab).free, 1);
	drained_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_full_machine_needs_nothing),
		kit_test(with_nothing_free_nothing_moves),
		kit_test(the_vault_then_the_reserve),
		kit_test(in_small_steps_to_the_end),
		kit_test(a_frame_on_its_way_is_not_waited_for),
		kit_test(only_in_task_context),
		kit_test(an_overfull_vault_is_trimmed),
		kit_test(dirty_promises_get_clean),
		kit_test(a_release_asks_for_it),
		kit_test(an_interrupt_fills_the_reserve_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
