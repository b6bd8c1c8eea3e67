/*
 * test_wake.c - whatever gives frames back wakes a request that sleeps, and it finds them.
 */
#include "kit.h"

#include "bad.h"
#include "cache.h"
#include "claims.h"
#include "quarantine.h"
#include "sleeper.h"
#include "supply.h"

/* A claim has taken the last free frame and does not need it: who has looked meanwhile, and sleeps, may have it. */
static void what_a_claim_drops_wakes(void **state)
{
	struct arena a = machine_new(0, NULL);
	labyrinth_owner_t name = must_register(a.lab, 0, 8, 0);
	struct owner *o = &a.lab->owners->at[name.slot];
	struct backing b;
	uint64_t units = 0;
	unsigned wakes;

	(void)state;
	while ((b = labyrinth_supply_back(a.lab, o)).unit)
		units++;
	assert_null(b.page);
	hog_free(a.lab, kernel.hog, 1);
	b = labyrinth_supply_back(a.lab, o);
	assert_non_null(b.page);
	labyrinth_wait_join(a.lab);
	wakes = kernel.wakes;
	labyrinth_supply_drop(a.lab, o, b);
	assert_int_equal(kernel.wakes, wakes + 1);
	b = labyrinth_supply_back(a.lab, o);
	assert_true(b.unit);
	labyrinth_supply_drop(a.lab, o, b);
	assert_int_equal(kernel.wakes, wakes + 2);
	labyrinth_wait_leave(a.lab, false);
	vault_earn(a.lab->vault, units);
	kernel_end(&a);
}

/* What it drives out of the quarantine and does not take is in a zone. */
static void what_a_claim_leaves_of_the_quarantine_wakes(void **state)
{
	struct labyrinth_config config = sleepy(0);
	labyrinth_owner_t owner;
	struct arena a;

	(void)state;
	config.debug = (struct labyrinth_debug_config){ .aids = LABYRINTH_DEBUG_QUARANTINE, .quarantine = 4 };
	a = arena_new(small_machine, config);
	kernel = (struct kernel){ .lab = a.lab, .hog = hog_new(a.lab) };
	owner = must_register(a.lab, 0, 100, 0);
	hog_free(a.lab, kernel.hog, 2);
	assert_int_equal(stats_of(a.lab).quarantined, 2);
	labyrinth_wait_join(a.lab);
	claim_many(a.lab, owner, claims, 8 - LEFT);
	assert_int_equal(kernel.wakes, 0);
	claim_many(a.lab, owner, claims, 1);
	assert_int_equal(stats_of(a.lab).free, 1);
	assert_int_equal(kernel.wakes, 1);
	labyrinth_wait_leave(a.lab, false);
	kernel_end(&a);
}

/* On another CPU a task goes to sleep, that has just looked into the quarantine, and found nothing. */
static void (*usual_relax)(void);

static void sleep_elsewhere(void)
{
	labyrinth_wait_join(kernel.lab);
	lock_drop(&kernel.lab->quarantine->lock);
	host_relax = usual_relax;
}

/* Who frees had seen nobody sleep: so the frame waits in the quarantine, and whoever looks there now has it. */
static void what_comes_to_the_quarantine_wakes(void **state)
{
	struct labyrinth_config config = sleepy(0);
	struct arena a;

	(void)state;
	config.debug = (struct labyrinth_debug_config){ .aids = LABYRINTH_DEBUG_QUARANTINE, .quarantine = 4 };
	a = arena_new(small_machine, config);
	kernel = (struct kernel){ .lab = a.lab, .hog = hog_new(a.lab) };
	lock_take(&a.lab->quarantine->lock);
	usual_relax = host_relax;
	host_relax = sleep_elsewhere;
	hog_free(a.lab, kernel.hog, 1);
	assert_int_equal(stats_of(a.lab).quarantined, 1);
	assert_int_equal(kernel.wakes, 1);
	labyrinth_wait_leave(a.lab, false);
	kernel_end(&a);
}

/* ---- What another task, a handler or maintenance does in the second sleep. */

static void free_in_interrupt(void)
{
	host_context = LABYRINTH_INTERRUPT;
	free_one();
	host_context = LABYRINTH_TASK;
}

static void free_bulk(void)
{
	struct page *page = kernel.hog->page[--kernel.hog->count];

	assert_int_equal(labyrinth_free_bulk(kernel.lab, &page, 1).count, 1);
}

static void free_exact(void)
{
	assert_status(labyrinth_free_pages_exact(kernel.lab, kernel.hog->page[--kernel.hog->count], 1), LABYRINTH_OK);
}

static const struct { const char *name; void (*free)(void); } ways[] = {
	{ "free", free_one }, { "free in an interrupt", free_in_interrupt }, { "bulk", free_bulk },
	{ "exact", free_exact }, { "release", release },
};

static size_t way;

static void second_time(unsigned sleep)
{
	assert_int_equal(kernel.wakes, 0);
	if (sleep == 1) {
		ways[way].free();
		assert_int_equal(kernel.wakes, 1);
	}
}

static void every_way_to_free_wakes(void **state)
{
	(void)state;
	for (uint32_t magazine = 0; magazine <= 16; magazine += 16)
		for (way = 0; way < COUNT(ways); way++) {
			struct arena a = machine_new(magazine, second_time);

			print_message("%s\n", ways[way].name);
			must_alloc(a.lab, KERNEL, 0);
			assert_int_equal(kernel.sleeps, 2);
			assert_int_equal(kernel.wakes, 1);
			assert_int_equal(stats_of(a.lab).slept, 1);
			assert_int_equal(stats_of(a.lab).timeouts, 0);
			kernel_end(&a);
		}
}

/* Three frames in a row, of which the last comes back in the second sleep: only that request may have them. */
static void free_a_row(unsigned sleep)
{
	hog_free(kernel.lab, kernel.hog, sleep < 2 ? sleep + 1 : 0);
}

static void a_range_is_slept_for(void **state)
{
	const struct labyrinth_contiguous want = { 3, { UINT64_MAX }, 1, 0 };
	struct arena a = machine_new(0, free_a_row);

	(void)state;
	assert_status(labyrinth_alloc_contiguous(a.lab, LABYRINTH_GFP_NOWAIT, &want).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(kernel.sleeps, 0);
	assert_status(labyrinth_alloc_contiguous(a.lab, KERNEL, &want).status, LABYRINTH_OK);
	assert_int_equal(kernel.sleeps, 2);
	assert_status(labyrinth_alloc_contiguous(a.lab, KERNEL, &want).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(stats_of(a.lab).slept, 2);
	assert_int_equal(stats_of(a.lab).timeouts, 1);
	kernel_end(&a);
}

/* What is freed while somebody waits is in no magazine; what was there before comes out. */
static void free_into_reach(unsigned sleep)
{
	if (sleep > 0)
		return;
	free_one();
	assert_int_equal(stats_of(kernel.lab).cached, 0);
}

static void a_free_leaves_nothing_at_hand(void **state)
{
	struct arena a = machine_new(16, free_into_reach);

	(void)state;
	must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(kernel.sleeps, 1);
	kernel_end(&a);
}

/* What another CPU had at hand before comes out when a task there frees. */
static void free_on_the_other_cpu(unsigned sleep)
{
	if (sleep > 0)
		return;
	assert_int_equal(stats_of(kernel.lab).cached, 3);
	host_cpu = 1;
	free_one();
	host_cpu = 0;
	assert_int_equal(stats_of(kernel.lab).cached, 0);
	assert_int_equal(stats_of(kernel.lab).free, 4);
}

static void a_free_empties_what_its_cpu_has(void **state)
{
	struct arena a = machine_new(16, free_on_the_other_cpu);

	(void)state;
	host_cpu = 1;
	hog_free(a.lab, kernel.hog, 3);
	host_cpu = 0;
	must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(kernel.sleeps, 1);
	kernel_end(&a);
}

/* Nor does what is freed wait in the quarantine. */
static void free_past_the_quarantine(unsigned sleep)
{
	if (sleep > 0)
		return;
	free_one();
	assert_int_equal(stats_of(kernel.lab).quarantined, 0);
	assert_int_equal(kernel.wakes, 1);
}

static void a_free_is_not_kept_in_quarantine(void **state)
{
	struct labyrinth_config config = sleepy(0);
	struct arena a;

	(void)state;
	config.debug = (struct labyrinth_debug_config){ .aids = LABYRINTH_DEBUG_QUARANTINE, .quarantine = 4 };
	a = arena_new(small_machine, config);
	kernel = (struct kernel){ .lab = a.lab, .act = free_past_the_quarantine, .step = 1, .hog = hog_new(a.lab) };
	must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(kernel.sleeps, 1);
	free_one();
	assert_int_equal(stats_of(a.lab).quarantined, 1); /* nobody sleeps */
	kernel_end(&a);
}

/* ---- What raises the vault's surplus by the way. */

static labyrinth_owner_t taker;

static void transfer(void)
{
	assert_status(labyrinth_claim_transfer(&claims[--claimed], taker), LABYRINTH_OK);
}

static void retire(void)
{
	assert_status(labyrinth_owner_retire(kernel.lab, taker), LABYRINTH_OK);
}

static struct page *bad;

/* Again: it is gone already, and its spare is left over. */
static void withdraw(void)
{
	assert_status(labyrinth_offline(kernel.lab, labyrinth_page_pfn(kernel.lab, bad)), LABYRINTH_ALREADY_OFFLINE);
}

static void first_time(unsigned sleep)
{
	static void (*const acts[])(void) = { transfer, retire, withdraw };

	if (sleep > 0)
		return;
	assert_int_equal(kernel.wakes, 0);
	acts[way]();
	assert_int_equal(kernel.wakes, 1);
}

static void assert_served(struct arena *a, size_t act)
{
	way = act;
	must_alloc(a->lab, KERNEL, 0);
	assert_int_equal(kernel.sleeps, 1);
	assert_int_equal(stats_of(a->lab).timeouts, 0);
	kernel_end(a);
}

/* The receiver's guarantee covers the frame from now on, and the giver had none. */
static void a_transfer_wakes(void **state)
{
	struct arena a = machine_new(0, first_time);

	(void)state;
	taker = must_register(a.lab, 1, 1, 0);
	assert_served(&a, 0);
}

/* The same, but who frees it says so: its spare is there for whoever asks next. */
static void what_is_left_of_an_offline_frame_wakes(void **state)
{
	struct arena a = machine_new(0, NULL);

	(void)state;
	bad = kernel.hog->page[kernel.hog->count - 1];
	assert_status(labyrinth_offline(a.lab, labyrinth_page_pfn(a.lab, bad)), LABYRINTH_PENDING);
	release(); /* in the place of the spare */
	labyrinth_wait_join(a.lab);
	free_one();
	assert_int_equal(kernel.wakes, 1);
	must_alloc(a.lab, LABYRINTH_GFP_NOWAIT, 0);
	labyrinth_wait_leave(a.lab, false);
	kernel_end(&a);
}

/* A share of the guarantee that has ended need not be there any more. */
static void a_retirement_wakes(void **state)
{
	struct labyrinth_config config = sleepy(0);
	struct arena a;

	(void)state;
	config.vault_share = 100;
	a = arena_new(small_machine, config);
	taker = must_register(a.lab, 8, 8, 0);
	maintain_all(a.lab);
	kernel = (struct kernel){ .lab = a.lab, .act = first_time, .step = 3, .hog = hog_new(a.lab) };
	assert_served(&a, 1);
}

static void an_offline_frame_wakes(void **state)
{
	struct arena a = machine_new(0, first_time);

	(void)state;
	bad = kernel.hog->page[kernel.hog->count - 1];
	assert_status(labyrinth_offline(a.lab, labyrinth_page_pfn(a.lab, bad)), LABYRINTH_PENDING);
	release(); /* in the place of the spare */
	word_store(bad, word_loose(word_load(bad))); /* another CPU has it in hand, and has not told anybody yet */
	assert_true(labyrinth_bad_leave(a.lab->frames, bad));
	kernel.hog->count--;
	assert_served(&a, 2);
}

/* While it is admitted the vault seems to have less to spare than it has. */
static void a_registration_wakes(void **state)
{
	const struct labyrinth_budget budget = { .name = "new", .guarantee = 1, .limit = 1 };
	struct arena a = machine_new(0, NULL);

	(void)state;
	labyrinth_wait_join(a.lab);
	assert_status(labyrinth_owner_register(a.lab, &budget, &taker), LABYRINTH_OK);
	assert_int_equal(kernel.wakes, 1);
	labyrinth_wait_leave(a.lab, false);
	kernel_end(&a);
}

/* ---- Movers who refuse until the request sleeps; then another task compacts. */

static struct cache *movables;

static bool until_asked_by_another(struct cache *c, unsigned at)
{
	(void)c, (void)at;
	return kernel.sleeps == 0;
}

static void compact_for_the_sleeper(unsigned sleep)
{
	if (sleep > 0)
		return;
	kernel.sleeps++; /* they agree now */
	assert_status(labyrinth_compact(kernel.lab, BLOCK_ORDER, 1000).status, LABYRINTH_OK);
	assert_int_equal(kernel.wakes, 1);
}

static void what_a_compaction_builds_wakes(void **state)
{
	struct arena a = arena_new(small_machine, sleepy(0));

	(void)state;
	kernel = (struct kernel){ .lab = a.lab, .act = compact_for_the_sleeper, .step = 1 };
	movables = cache_new(a.lab);
	while (stats_of(a.lab).free > 0)
		assert_true(cache_fill(movables, (unsigned)movables->marks, KERNEL));
	for (unsigned i = 0; i < 3 * BLOCK_FRAMES; i += 2)
		cache_drop(movables, i);
	movables->refuses = until_asked_by_another;
	kernel.sleeps = kernel.wakes = 0;
	must_alloc(a.lab, KERNEL, BLOCK_ORDER);
	assert_int_equal(kernel.sleeps, 2);
	assert_cache_sound(movables);
	cache_end(movables);
	kernel_end(&a);
}

/* ---- Memory that comes. */

static void come_online(unsigned sleep)
{
	if (sleep > 0)
		return;
	assert_status(labyrinth_online(kernel.lab, (struct labyrinth_range){ { GIB4 + 4096 }, { GIB4 + 4608 } }),
	              LABYRINTH_OK);
	assert_int_equal(kernel.wakes, 1);
}

static void what_comes_online_wakes(void **state)
{
	struct labyrinth_range window = { { GIB4 + 4096 }, { GIB4 + 8192 } };
	const struct labyrinth_ranges later = { &window, 1, 1 };
	struct labyrinth_config config = sleepy(0);
	struct arena a;

	(void)state;
	config.later = &later;
	a = arena_new(small_machine, config);
	kernel = (struct kernel){ .lab = a.lab, .act = come_online, .step = 1, .hog = hog_new(a.lab) };
	must_alloc(a.lab, KERNEL, BLOCK_ORDER);
	assert_int_equal(kernel.sleeps, 1);
	kernel_end(&a);
}

/* An NMI cannot wake; maintenance does. */
static void release_in_nmi(unsigned sleep)
{
	if (sleep > 0)
		return;
	host_context = LABYRINTH_NMI;
	while (claimed > 0)
		release();
	host_context = LABYRINTH_TASK;
	assert_int_equal(kernel.wakes, 0);
	assert_true(labyrinth_maintenance_wanted(kernel.lab));
	labyrinth_maintain(kernel.lab, 100);
	assert_int_equal(kernel.wakes, 1);
}

static void an_nmi_wakes_nobody(void **state)
{
	struct arena a = machine_new(0, release_in_nmi);

	(void)state;
	must_alloc(a.lab, KERNEL, 0);
	kernel_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(what_a_claim_drops_wakes),
		kit_test(what_a_claim_leaves_of_the_quarantine_wakes),
		kit_test(what_comes_to_the_quarantine_wakes),
		kit_test(every_way_to_free_wakes),
		kit_test(a_range_is_slept_for),
		kit_test(a_free_leaves_nothing_at_hand),
		kit_test(a_free_empties_what_its_cpu_has),
		kit_test(a_free_is_not_kept_in_quarantine),
		kit_test(a_transfer_wakes),
		kit_test(a_retirement_wakes),
		kit_test(an_offline_frame_wakes),
		kit_test(what_is_left_of_an_offline_frame_wakes),
		kit_test(a_registration_wakes),
		kit_test(what_a_compaction_builds_wakes),
		kit_test(what_comes_online_wakes),
		kit_test(an_nmi_wakes_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
