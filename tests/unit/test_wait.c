/*
 * test_wait.c - a GFP_KERNEL request that sleeps: when, and for how long; and what a kernel must offer.
 */
#include "kit.h"

#include "sleeper.h"

static void nobody_frees(void **state)
{
	struct arena a = machine_new(0, NULL);

	(void)state;
	assert_status(alloc_status(a.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(kernel.sleeps, 4); /* 10, 7, 4, 1 */
	assert_int_equal(stats_of(a.lab).slept, 1);
	assert_int_equal(stats_of(a.lab).timeouts, 1);
	assert_int_equal(kernel.wakes, 0);
	assert_int_equal(kernel.kicks, 1); /* maintenance may have something for who sleeps */
	kernel_end(&a);
}

/* Without a clock the number of sleeps is bounded. */
static void a_kernel_without_a_clock(void **state)
{
	struct arena a = machine_new(0, NULL);

	(void)state;
	kernel.step = 0;
	assert_status(alloc_status(a.lab, KERNEL, 3), LABYRINTH_NO_MEMORY);
	assert_int_equal(kernel.sleeps, TICKS);
	kernel_end(&a);
}

/* Who takes a frame meanwhile takes no run of them. */
static void take_one_of_eight(unsigned sleep)
{
	if (sleep > 0)
		return;
	hog_free(kernel.lab, kernel.hog, 8);
	must_alloc(kernel.lab, LABYRINTH_GFP_NOWAIT, 0);
	assert_int_equal(stats_of(kernel.lab).cached, 0);
	assert_int_equal(stats_of(kernel.lab).free, 7);
}

static void a_request_takes_no_more_than_it_asks_for(void **state)
{
	struct arena a = machine_new(16, take_one_of_eight);

	(void)state;
	must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(kernel.sleeps, 1);
	assert_int_equal(stats_of(a.lab).cached, 0);
	kernel_end(&a);
}

static unsigned moment;

static void interrupt_frees(void)
{
	if ((attention(kernel.lab) & ATTEND_WAITERS) && moment > 0 && --moment == 0)
		hog_free(kernel.lab, kernel.hog, 1);
}

/*
 * A free at each moment after the request has said that it waits. Behind its back when it looks: it sees that it must
 * not sleep.
 */
static void a_free_just_before_the_sleep(void **state)
{
	(void)state;
	for (unsigned when = 1; when <= 7; when++) {
		struct arena a = machine_new(0, NULL);

		moment = when;
		host_interrupt = interrupt_frees;
		must_alloc(a.lab, KERNEL, 0);
		host_interrupt = NULL;
		assert_int_equal(kernel.wakes, 1);
		assert_int_equal(kernel.sleeps, 0);
		assert_int_equal(kernel.naps, when > 4); /* four are before the look at the only zone that counts */
		kernel_end(&a);
	}
}

static uint32_t turn[LABYRINTH_ZONES]; /* of each zone's lock, when the request has just said that it waits */
static bool noted;

static void note_turns(void)
{
	if (noted || !(attention(kernel.lab) & ATTEND_WAITERS))
		return;
	noted = true;
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		turn[z] = kernel.lab->zones[z].lock.next;
}

static void locks_were_passed(unsigned sleep)
{
	for (unsigned z = 0; sleep == 0 && z < LABYRINTH_ZONES; z++)
		assert_true(kernel.lab->zones[z].lock.next - turn[z] >= 1);
}

/*
 * A look for such a range stops at the count of free frames, which is read without the lock. Between two CPUs nothing
 * else would order it, and who frees might see nobody wait.
 */
static void who_waits_passes_the_locks_first(void **state)
{
	static const struct labyrinth_contiguous want = { .frames = 3, .limit = { UINT64_MAX }, .alignment = 8 };
	struct arena a = machine_new(0, locks_were_passed);

	(void)state;
	noted = false;
	host_interrupt = note_turns;
	assert_status(labyrinth_alloc_contiguous(a.lab, KERNEL, &want).status, LABYRINTH_NO_MEMORY);
	host_interrupt = NULL;
	assert_true(noted);
	assert_int_equal(kernel.sleeps, 4);
	kernel_end(&a);
}

static void others_do_not_sleep(void **state)
{
	struct arena a = machine_new(0, NULL);

	(void)state;
	assert_true(labyrinth_maintenance_wanted(a.lab) == false);
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_NOWAIT, 0), LABYRINTH_NO_MEMORY);
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_ATOMIC, 1), LABYRINTH_NO_MEMORY);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&a, alloc_status(a.lab, KERNEL, 0), LABYRINTH_IN_INTERRUPT);
	assert_int_equal(kernel.sleeps, 0);
	assert_int_equal(stats_of(a.lab).slept, 0);
	kernel_end(&a);
}

/* A scan's own requests do not sleep until the scan itself frees. */
static uint64_t scan(uint64_t wanted, unsigned priority, void *context)
{
	unsigned before = kernel.sleeps;

	(void)wanted, (void)priority, (void)context;
	assert_status(alloc_status(kernel.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(kernel.sleeps, before);
	return 0;
}

static void not_inside_a_scan(void **state)
{
	const struct labyrinth_shrinker shrinker = { "stubborn", scan, NULL };
	struct arena a = machine_new(0, NULL);
	labyrinth_shrinker_t id;

	(void)state;
	assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
	assert_status(alloc_status(a.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(kernel.sleeps, 4); /* afterwards it does */
	kernel_end(&a);
}

/* Another task's request, while the shrinkers are asked for somebody else, does not wait for the answer: it sleeps. */
static uint64_t scan_for_another(uint64_t wanted, unsigned priority, void *asked)
{
	unsigned before = kernel.sleeps;

	(void)wanted, (void)priority;
	++*(unsigned *)asked;
	task = asked;
	assert_status(alloc_status(kernel.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	task = &kernel;
	assert_int_equal(kernel.sleeps, before + 4);
	return 0;
}

static void others_sleep_during_a_scan(void **state)
{
	unsigned asked = 0;
	const struct labyrinth_shrinker shrinker = { "slow", scan_for_another, &asked };
	struct arena a = machine_new(0, NULL);
	labyrinth_shrinker_t id;

	(void)state;
	assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
	assert_status(alloc_status(a.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(asked, LABYRINTH_RECLAIM_ROUNDS);
	assert_int_equal(kernel.sleeps, 4 * LABYRINTH_RECLAIM_ROUNDS + 4);
	kernel_end(&a);
}

/* Two requests sleep, one inside the other's sleep; the one that leaves does not silence the other. */
static void sleep_within(unsigned sleep)
{
	if (sleep == 0) {
		kernel.sleeps++;
		assert_status(alloc_status(kernel.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
		assert_int_equal(attention(kernel.lab) & ATTEND_WAITERS, ATTEND_WAITERS);
		free_one();
		assert_int_equal(kernel.wakes, 1);
	}
}

static void one_leaves_the_other_waits(void **state)
{
	struct arena a = machine_new(0, sleep_within);

	(void)state;
	must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(stats_of(a.lab).slept, 2);
	assert_int_equal(stats_of(a.lab).timeouts, 1);
	kernel_end(&a);
}

static void configurations(void **state)
{
	static const struct { const char *name; bool sleep, wake, self; uint64_t ticks; bool sound; } cases[] = {
		{ "none",     false, false, false, 0, true },  { "all",      true,  true,  true,  1, true },
		{ "no sleep", false, true,  true,  1, false }, { "no wake",  true,  false, true,  1, false },
		{ "no self",  true,  true,  false, 1, false }, { "no ticks", true,  true,  true,  0, false },
		{ "ticks",    false, false, false, 1, false }, { "only wake", false, true, false, 0, false },
	};
	struct labyrinth_range range = { { GIB4 }, { GIB4 + 2048 } };
	const struct labyrinth_ranges ranges = { &range, 1, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_config config = config_of(1, 0, 0);
		size_t bytes = 1;

		print_message("%s\n", cases[i].name);
		config.sleep_ticks = cases[i].ticks;
		config.hooks.sleep = cases[i].sleep ? sleep_ : NULL;
		config.hooks.wake = cases[i].wake ? wake : NULL;
		config.hooks.self = cases[i].self ? self : NULL;
		assert_status(labyrinth_metadata_bytes(&ranges, &config, &bytes),
		              cases[i].sound ? LABYRINTH_OK : LABYRINTH_BAD_CONFIG);
		assert_true(cases[i].sound || bytes == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(nobody_frees),
		kit_test(a_kernel_without_a_clock),
		kit_test(a_request_takes_no_more_than_it_asks_for),
		kit_test(a_free_just_before_the_sleep),
		kit_test(who_waits_passes_the_locks_first),
		kit_test(others_do_not_sleep),
		kit_test(not_inside_a_scan),
		kit_test(others_sleep_during_a_scan),
		kit_test(one_leaves_the_other_waits),
		kit_test(configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
