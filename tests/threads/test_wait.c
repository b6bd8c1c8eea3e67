/*
 * test_wait.c - threads that sleep for frames, and threads that free them: nobody sleeps on beside a free frame.
 *
 * Idea    sleep() and wake() over a futex, which signals (the interrupts of these tests) may wake from, too. The
 *         time that a request may sleep is long: were a wake-up lost, a request would come back after that time with
 *         nothing, and the test fails. A second test lets the time pass. Where a test wants somebody to sleep, or to
 *         be helped by a shrinker, it goes on until that has happened: how soon is the host's affair.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "threads/crew.h"
#include "unit/dice.h"

#define SHARE  4u     /* frames that a thread holds at most */
#define ROUNDS 1500u
#define MOST   (CREW_MAX * SHARE) /* frames for requests, in any test */

/* How long requests may sleep, in microseconds: */
#define BRIEF  1000u      /* when a shrinker may come                         */
#define SHORT  40000u     /* when nobody frees                                */
#define LONG   100000000u /* one that has slept so long has missed something  */

static struct arena arena;
static _Atomic uint32_t futex; /* how often wake() was called             */
static _Atomic unsigned busy;  /* threads that still have something to do */
static _Atomic bool     begun, asleep; /* may the others; has anybody been */
static _Atomic(struct page *) box;
static _Thread_local uint64_t may_sleep; /* microseconds that are left to this thread's request */

/* In microseconds: a sleep that a signal ends at once must not cost much of the time. */
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* The futex's own number is read before labyrinth_wakes(): a wake() after that look changes it. */
static uint64_t futex_sleep(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	uint32_t value = atomic_load(&futex);
	uint64_t begin = now(), passed = 0;

	(void)context;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		crew_wrong("a request sleeps where it must not", labyrinth_port_context());
	atomic_store(&asleep, true);
	if (ticks > may_sleep)
		crew_wrong("a request sleeps for longer than it may", ticks - may_sleep);
	while (passed < ticks && labyrinth_wakes(lab) == seen) {
		struct timespec rest = { (time_t)((ticks - passed) / 1000000),
		                         (long)((ticks - passed) % 1000000 * 1000) };

		/* A signal ends the wait, but is no reason to look: that would find what nobody woke us for. */
		if (syscall(SYS_futex, &futex, FUTEX_WAIT_PRIVATE, value, &rest, NULL, 0) == 0 || errno != EINTR)
			break;
		passed = now() - begin;
	}
	passed = now() - begin;
	if (ticks > SHORT && passed >= LONG)
		crew_wrong("a request slept through although frames were freed", passed);
	may_sleep = passed < ticks ? ticks - passed : 0;
	return may_sleep;
}

static void futex_wake(struct labyrinth *lab, void *context)
{
	(void)lab, (void)context;
	if (labyrinth_port_context() == LABYRINTH_NMI)
		crew_wrong("an NMI wakes", 0);
	atomic_fetch_add(&futex, 1);
	syscall(SYS_futex, &futex, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static const void *self(void *context)
{
	static _Thread_local char task;

	(void)context;
	return &task;
}

/* So many frames for requests, beside reserve and vault. */
static void machine_new(unsigned threads, unsigned frames, uint32_t magazine, uint64_t ticks)
{
	const uint64_t ranges[][2] = { { 0x2000, 0x2000 + frames + 4 }, { 0, 0 } };
	struct labyrinth_config config = config_with(1, 2, 2, threads, magazine);

	config.shrinkers = 1;
	config.sleep_ticks = ticks;
	config.hooks = (struct labyrinth_hooks){ .sleep = futex_sleep, .wake = futex_wake, .self = self };
	port_open();
	arena = arena_new(ranges, config);
	atomic_store(&busy, threads);
	atomic_store(&begun, false);
	atomic_store(&asleep, false);
	atomic_store(&box, NULL);
}

static void machine_end(void)
{
	uint64_t number;
	const char *wrong = crew_verdict(&number);

	if (wrong != NULL)
		fail_msg("%s (%llu)", wrong, (unsigned long long)number);
	assert_lawful(arena.lab);
	arena_end(&arena);
}

/* A request that sleeps for so long at most. */
static struct labyrinth_grant patiently(uint64_t ticks)
{
	may_sleep = ticks;
	return labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 0);
}

static void give(struct page *page)
{
	if (page != NULL && labyrinth_free_pages(arena.lab, page, 0) != LABYRINTH_OK)
		crew_wrong("a frame cannot be freed", 0);
}

/* An interrupt takes and frees; what an NMI takes, which cannot free, it finds in the box. */
static void handler(enum level level)
{
	static atomic_flag filling = ATOMIC_FLAG_INIT;

	if (level == LEVEL_NMI) {
		if (atomic_flag_test_and_set(&filling))
			return;
		if (atomic_load(&box) == NULL)
			atomic_store(&box, labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 0).page);
		atomic_flag_clear(&filling);
		return;
	}
	give(labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 0).page);
	give(atomic_exchange(&box, NULL));
}

/* A thread that is done still has frames at hand: its idle task maintains. */
static void idle(void)
{
	atomic_fetch_sub(&busy, 1);
	while (atomic_load(&busy) > 0 && !crew_stopped()) {
		labyrinth_maintain(arena.lab, 4);
		labyrinth_port_relax();
	}
}

/* Takes all that there is before the others begin, and keeps it until one of them sleeps. */
static void put_one_to_sleep(void)
{
	struct page *held[MOST];
	unsigned count = 0;

	while (count < MOST
	       && (held[count] = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_NOWAIT, 0).page) != NULL)
		count++;
	atomic_store(&begun, true);
	while (!atomic_load(&asleep) && !crew_stopped())
		labyrinth_port_relax();
	while (count > 0)
		give(held[--count]);
}

/* Takes and frees at random. */
static void body(unsigned number)
{
	struct page *held[SHARE];
	struct dice dice = { number * 7919 };
	unsigned count = 0;

	if (number == 0)
		put_one_to_sleep();
	while (!atomic_load(&begun))
		labyrinth_port_relax();
	for (unsigned i = 0; i < ROUNDS && !crew_stopped(); i++) {
		labyrinth_port_relax(); /* also lets others in where there are fewer CPUs than threads */
		if (count == SHARE || (count > 0 && dice_below(&dice, 3) == 0)) {
			give(held[--count]);
			continue;
		}
		held[count] = patiently(LONG).page;
		if (held[count] == NULL)
			crew_wrong("a request slept in vain although frames were freed", i);
		else
			count++;
	}
	while (count > 0)
		give(held[--count]);
	idle();
}

/*
 * One frame more than are held when every thread waits for its last one, with one in the box: so somebody can always
 * go on, and when many hold all they may, others must wait.
 */
static void no_wake_up_is_lost(void **state)
{
	static const unsigned crews[] = { 3, 4, 8 };

	(void)state;
	for (unsigned magazine = 0; magazine <= 8; magazine += 8)
		for (unsigned i = 0; i < sizeof(crews) / sizeof(crews[0]); i++) {
			struct labyrinth_stats stats;

			machine_new(crews[i], crews[i] * (SHARE - 1) + 2, magazine, LONG);
			crew_run(crews[i], body, handler);
			give(atomic_exchange(&box, NULL));
			labyrinth_stats(arena.lab, &stats);
			print_message("%u threads, magazines of %u: slept %llu, woken %u\n", crews[i], magazine,
			              (unsigned long long)stats.slept, stats.wakes);
			assert_int_equal(stats.timeouts, 0);
			machine_end();
		}
}

/* ---- Nobody frees: all come back, none before its time, and none has asked to sleep for longer. */

static void impatient(unsigned number)
{
	uint64_t begin = now();
	struct labyrinth_grant grant = patiently(SHORT);

	if (grant.status != LABYRINTH_NO_MEMORY)
		crew_wrong("a request gets what is not there", number);
	if (now() - begin < SHORT * 3 / 4)
		crew_wrong("a request gives up too early", now() - begin);
}

static void quiet(enum level level)
{
	(void)level;
}

static void time_passes(void **state)
{
	struct labyrinth_stats stats;

	(void)state;
	machine_new(4, 8, 0, SHORT);
	while (labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_NOWAIT, 0).page != NULL)
		;
	crew_run(4, impatient, quiet);
	labyrinth_stats(arena.lab, &stats);
	assert_int_equal(stats.slept, 4);
	assert_int_equal(stats.timeouts, 4);
	machine_end();
}

/* ---- A shrinker that comes and goes while others are asking it, until it has freed something. */

static _Atomic(struct page *) stock[SHARE * 4];
static _Atomic bool inside, ended, helped;

static uint64_t scan(uint64_t wanted, unsigned priority, void *context)
{
	uint64_t freed = 0;

	(void)priority, (void)context;
	if (atomic_exchange(&inside, true))
		crew_wrong("a scan is entered twice", 0);
	if (atomic_load(&ended))
		crew_wrong("a scan runs after its end", 0);
	for (unsigned i = 0; i < SHARE * 4 && freed < wanted; i++) {
		struct page *page = atomic_exchange(&stock[i], NULL);

		freed += page != NULL;
		give(page);
	}
	if (freed > 0)
		atomic_store(&helped, true);
	atomic_store(&inside, false);
	return freed;
}

static void restless(void)
{
	const struct labyrinth_shrinker shrinker = { "restless", scan, NULL };

	for (unsigned i = 0; i < ROUNDS && !crew_stopped(); i++) {
		labyrinth_shrinker_t id;
		enum labyrinth_status status;

		atomic_store(&ended, false);
		if (labyrinth_shrinker_register(arena.lab, &shrinker, &id) != LABYRINTH_OK)
			crew_wrong("a shrinker cannot be registered", i);
		do
			labyrinth_port_relax();
		while (i == ROUNDS - 1 && !atomic_load(&helped) && !crew_stopped());
		while ((status = labyrinth_shrinker_unregister(arena.lab, id)) == LABYRINTH_BUSY)
			labyrinth_port_relax();
		if (status != LABYRINTH_OK)
			crew_wrong("a shrinker cannot be ended", status);
		atomic_store(&ended, true);
	}
}

/* The first thread's shrinker comes and goes; the others take, and leave what they got for it. */
static void taker(unsigned number)
{
	struct dice dice = { number * 104729 };

	if (number == 0)
		restless();
	for (unsigned i = 0; number > 0 && (i < ROUNDS || !atomic_load(&helped)) && !crew_stopped(); i++) {
		struct page *page = patiently(BRIEF).page;

		give(atomic_exchange(&stock[dice_below(&dice, SHARE * 4)], page));
	}
	idle();
}

static void a_shrinker_comes_and_goes(void **state)
{
	struct labyrinth_stats stats;

	(void)state;
	machine_new(4, SHARE * 2, 0, BRIEF);
	crew_run(4, taker, quiet);
	for (unsigned i = 0; i < SHARE * 4; i++)
		give(atomic_exchange(&stock[i], NULL));
	labyrinth_stats(arena.lab, &stats);
	print_message("reclaimed %llu\n", (unsigned long long)stats.reclaimed);
	assert_true(stats.reclaimed > 0);
	assert_int_equal(stats.shared, 0);
	machine_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(time_passes),
		cmocka_unit_test(a_shrinker_comes_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
