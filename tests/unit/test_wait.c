/*
 * test_wait.c - a GFP_KERNEL request that sleeps: when, for how long, what wakes it; and what a kernel must offer.
 *
 * Idea    sleep() plays the other tasks: what they do while the request sleeps is a script.
 */
#include "kit.h"

#include "cache.h"
#include "claims.h"
#include "supply.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define TICKS  10u

/* One kernel; what happens in the n-th sleep is up to act(). */
static struct kernel {
	struct labyrinth *lab;
	struct hog       *hog;
	void            (*act)(unsigned sleep);
	unsigned          sleeps, wakes, naps; /* naps: returned at once, because of a wake-up before */
	unsigned          kicks;
	uint64_t          step;                /* ticks that a sleep takes; 0: the kernel has no clock */
} kernel;

static uint64_t sleep_(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	assert_ptr_equal(context, &kernel);
	assert_int_equal(host_context, LABYRINTH_TASK);
	assert_true(host_irq_on);
	assert_lawful(lab); /* nothing is held, nothing is half done */
	if (labyrinth_wakes(lab) != seen) {
		kernel.naps++;
		return ticks;
	}
	if (kernel.act != NULL)
		kernel.act(kernel.sleeps);
	kernel.sleeps++;
	return ticks > kernel.step ? ticks - kernel.step : 0;
}

static void wake(struct labyrinth *lab, void *context)
{
	assert_ptr_equal(context, &kernel);
	assert_int_not_equal(host_context, LABYRINTH_NMI);
	assert_true(labyrinth_wakes(lab) > 0);
	kernel.wakes++;
}

static const void *task; /* who calls; another pointer, another task */

static const void *self(void *context)
{
	assert_ptr_equal(context, &kernel);
	return task;
}

static void kick(struct labyrinth *lab, void *context)
{
	assert_ptr_equal(context, &kernel);
	assert_true(labyrinth_maintenance_wanted(lab));
	kernel.kicks++;
}

static struct labyrinth_config sleepy(uint32_t magazine)
{
	struct labyrinth_config config = config_with(2, 4, 8, 2, magazine);

	task = &kernel;
	config.shrinkers = 2;
	config.sleep_ticks = TICKS;
	config.hooks = (struct labyrinth_hooks){
		.sleep = sleep_, .wake = wake, .self = self, .kick = kick, .context = &kernel,
	};
	return config;
}

static struct labyrinth_claim claims[16];
static size_t claimed;

/* A machine that is full: claims, and the rest to a hog; the vault is as it should be. */
static struct arena machine_new(uint32_t magazine, void (*act)(unsigned sleep))
{
	struct arena a = arena_new(small_machine, sleepy(magazine));

	claimed = claim_many(a.lab, must_register(a.lab, 0, 100, 0), claims, COUNT(claims));
	assert_int_equal(claimed, COUNT(claims));
	maintain_all(a.lab);
	kernel = (struct kernel){ .lab = a.lab, .act = act, .step = 3, .hog = hog_new(a.lab) };
	return a;
}

static void kernel_end(struct arena *a)
{
	assert_int_equal(attention(a->lab) & ATTEND_WAITERS, 0);
	free(kernel.hog);
	machine_end(a);
}

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

/* ---- What another task, a handler or maintenance does in the second sleep. */

static void free_one(void) { hog_free(kernel.lab, kernel.hog, 1); }

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

static void release(void) { must_release(&claims[--claimed]); }

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
	free_one();
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
	for (unsigned when = 1; when <= 4; when++) {
		struct arena a = machine_new(0, NULL);

		moment = when;
		host_interrupt = interrupt_frees;
		must_alloc(a.lab, KERNEL, 0);
		host_interrupt = NULL;
		assert_int_equal(kernel.wakes, 1);
		assert_int_equal(kernel.sleeps, 0);
		assert_int_equal(kernel.naps, when > 1); /* the first is before the look at the only zone that counts */
		kernel_end(&a);
	}
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
		kit_test(what_a_claim_drops_wakes),
		kit_test(what_a_claim_leaves_of_the_quarantine_wakes),
		kit_test(every_way_to_free_wakes),
		kit_test(a_range_is_slept_for),
		kit_test(a_free_leaves_nothing_at_hand),
		kit_test(a_free_empties_what_its_cpu_has),
		kit_test(a_request_takes_no_more_than_it_asks_for),
		kit_test(a_free_is_not_kept_in_quarantine),
		kit_test(a_transfer_wakes),
		kit_test(a_retirement_wakes),
		kit_test(an_offline_frame_wakes),
		kit_test(a_registration_wakes),
		kit_test(what_a_compaction_builds_wakes),
		kit_test(what_comes_online_wakes),
		kit_test(a_free_just_before_the_sleep),
		kit_test(an_nmi_wakes_nobody),
		kit_test(others_do_not_sleep),
		kit_test(not_inside_a_scan),
		kit_test(others_sleep_during_a_scan),
		kit_test(one_leaves_the_other_waits),
		kit_test(configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
