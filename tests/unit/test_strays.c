/*
 * test_strays.c - a task goes on, in the middle of a call, on a CPU that the configuration does not count.
 *
 * Idea    Whatever calls the kernel back may have moved the task. There is no front end for that CPU: what lies behind
 *         the last one is somebody else's, and stays as it is.
 */
#include "kit.h"
#include "magazine.h"

#define KERNEL    LABYRINTH_GFP_KERNEL
#define CPUS      2u
#define ELSEWHERE CPUS

static struct labyrinth_config config(void)
{
	struct labyrinth_config c = config_with(2, 4, 4, CPUS, 32);

	c.shrinkers = 1;
	return c;
}

/* What lies behind the front ends. */
static void *behind(const struct arena *a)
{
	return magazine_of(a->lab->magazines->at, CPUS, LABYRINTH_TASK);
}

struct hoarder {
	struct labyrinth *lab;
	struct hog       *hog;
};

/* Waits for a disk, say, and wakes up elsewhere. Others have freed meanwhile. */
static uint64_t scan_elsewhere(uint64_t wanted, unsigned priority, void *context)
{
	const struct hoarder *h = context;

	(void)wanted;
	(void)priority;
	hog_free(h->lab, h->hog, 300);
	assert_true(stats_of(h->lab).free > 0);
	host_cpu = ELSEWHERE;
	return 300;
}

static void a_shrinker_comes_back_elsewhere(void **state)
{
	struct arena a = arena_new(small_machine, config());
	struct hoarder h = { a.lab, hog_new(a.lab) };
	const struct labyrinth_shrinker shrinker = { "elsewhere", scan_elsewhere, &h };
	uint8_t before[sizeof(struct magazine)];
	labyrinth_shrinker_t id;
	struct page *page;

	(void)state;
	assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
	memcpy(before, behind(&a), sizeof(before));
	page = must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(host_cpu, ELSEWHERE);
	assert_memory_equal(behind(&a), before, sizeof(before));
	host_cpu = 0;
	must_free(a.lab, page, 0);
	hog_end(a.lab, h.hog);
	machine_end(&a);
}

static void show_here(phys_addr_t first, unsigned order, void *context)
{
	(void)first;
	(void)order;
	(void)context;
}

static void hide_elsewhere(phys_addr_t first, unsigned order, void *context)
{
	show_here(first, order, context);
	host_cpu = ELSEWHERE;
}

/* Whoever frees and hides comes back elsewhere: the frame is in its zone. */
static void a_free_ends_elsewhere(void **state)
{
	struct labyrinth_config c = config();
	uint8_t before[sizeof(struct magazine)];
	struct page *page;
	struct arena a;
	uint64_t free;

	(void)state;
	c.debug = (struct labyrinth_debug_config){ .aids = LABYRINTH_DEBUG_GUARD, .hide = hide_elsewhere,
	                                           .show = show_here };
	a = arena_new(small_machine, c);
	page = must_alloc(a.lab, KERNEL, 0);
	memcpy(before, behind(&a), sizeof(before));
	free = stats_of(a.lab).free;
	must_free(a.lab, page, 0);
	assert_int_equal(host_cpu, ELSEWHERE);
	assert_memory_equal(behind(&a), before, sizeof(before));
	assert_int_equal(stats_of(a.lab).free, free + 1);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_shrinker_comes_back_elsewhere),
		kit_test(a_free_ends_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
