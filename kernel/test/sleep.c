/*
 * sleep.c - takes a zone until nothing is left, and then asks for one frame more.
 *
 * Idea    The DMA zone is small, and what is in use of it comes back as seldom as can be. Should a frame turn up
 *         nevertheless, who asked has not slept; it is kept, and the test asks again: at most as often as there are
 *         frames. The blocks taken are a list threaded through themselves.
 */
#include <stdatomic.h>

#include <labyrinth/alloc.h>
#include <labyrinth/inspect.h>
#include <labyrinth/page.h>

#include "maintenance.h"
#include "test/laws.h"
#include "test/sleep.h"
#include "thread.h"
#include "wait.h"
#include "x86/cpu.h"
#include "x86/timer.h"

#define PATIENCE_US 20000u

struct block {
	struct block *next;
	struct page  *page;
	unsigned      order;
};

static struct {
	struct labyrinth      *lab;
	struct block          *blocks;
	struct labyrinth_grant grant; /* the sleeper's, or the interrupt's */
	atomic_bool            done;  /* it has that                       */
	atomic_bool            wrong; /* the interrupt could not free      */
	struct wait_queue      waiter;
	struct timer           timer;
} test;

static void keep(struct page *page, unsigned order)
{
	struct block *block = labyrinth_page_address(test.lab, page);

	*block = (struct block){ test.blocks, page, order };
	test.blocks = block;
}

static bool give_one(void)
{
	struct block block = *test.blocks;

	test.blocks = block.next;
	return labyrinth_free_pages(test.lab, block.page, block.order) == LABYRINTH_OK;
}

static void drain(void)
{
	const labyrinth_gfp_t gfp = LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA | LABYRINTH_GFP_NOWARN;
	struct page *page;

	for (unsigned order = LABYRINTH_MAX_ORDER + 1; order-- > 0;)
		while ((page = labyrinth_alloc_pages(test.lab, gfp, order).page) != NULL)
			keep(page, order);
}

static struct labyrinth_grant ask(void)
{
	return labyrinth_alloc_pages(test.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_DMA | LABYRINTH_GFP_NOWARN, 0);
}

static struct labyrinth_stats stats_now(void)
{
	struct labyrinth_stats stats;

	labyrinth_stats(test.lab, &stats);
	return stats;
}

static void sleeper(void *context)
{
	(void)context;
	test.grant = ask();
	atomic_store(&test.done, true);
}

/* Until it sleeps, or has got something without. Did it sleep? */
static bool falls_asleep(uint64_t slept)
{
	while (stats_now().slept == slept)
		if (atomic_load(&test.done))
			return stats_now().slept != slept;
		else
			thread_sleep(1000);
	return true;
}

/* One that asks is put to sleep, then `wake` frees a block: it gets a frame. */
static bool woken_by(bool (*wake)(void))
{
	bool asleep = false, right = true;

	drain();
	while (!asleep && right) {
		uint64_t slept = stats_now().slept;

		atomic_store(&test.done, false);
		struct thread *thread = thread_start("sleeper", ANY_CPU, sleeper, NULL);
		if (thread == NULL)
			return false;
		asleep = falls_asleep(slept);
		right = !asleep || wake();
		right = thread_join(thread) && test.grant.page != NULL && right;
		if (test.grant.page != NULL)
			keep(test.grant.page, 0);
	}
	return right;
}

static void fire_at_once(void (*fire)(void *context))
{
	test.timer.fire = fire;
	timer_start(&test.timer, cpu_tsc());
}

static void free_in_interrupt(void *context)
{
	(void)context;
	if (!give_one())
		atomic_store(&test.wrong, true);
}

static bool give_one_in_interrupt(void)
{
	fire_at_once(free_in_interrupt);
	return true;
}

static bool woken_by_thread(void)
{
	return woken_by(give_one);
}

static bool woken_by_interrupt(void)
{
	return woken_by(give_one_in_interrupt) && !atomic_load(&test.wrong);
}

static bool time_passes(void)
{
	struct labyrinth_grant grant;
	uint64_t timeouts = stats_now().timeouts, begin;

	drain();
	thread_set_patience(PATIENCE_US);
	do {
		begin = cpu_tsc();
		grant = ask();
		if (grant.page != NULL)
			keep(grant.page, 0);
	} while (grant.page != NULL);
	thread_set_patience(FOR_EVER);
	return grant.status == LABYRINTH_NO_MEMORY && cpu_tsc() - begin >= cycles_of(PATIENCE_US) &&
	       stats_now().timeouts == timeouts + 1;
}

static void ask_in_interrupt(void *context)
{
	(void)context;
	test.grant = ask();
	atomic_store(&test.done, true);
	wake_all(&test.waiter);
}

static bool is_done(void *context)
{
	(void)context;
	return atomic_load(&test.done);
}

static bool refused_in_interrupt(void)
{
	atomic_store(&test.done, false);
	fire_at_once(ask_in_interrupt);
	wait_until(&test.waiter, is_done, NULL, FOR_EVER);
	return test.grant.page == NULL && test.grant.status == LABYRINTH_IN_INTERRUPT;
}

static const struct law laws[] = {
	{ "GFP_KERNEL sleeps, and a thread that frees wakes it",         woken_by_thread      },
	{ "GFP_KERNEL sleeps, and an interrupt that frees wakes it",     woken_by_interrupt   },
	{ "GFP_KERNEL sleeps for as long as it may, and is refused",     time_passes          },
	{ "GFP_KERNEL is refused in an interrupt",                       refused_in_interrupt },
};

static const char *lawful(void)
{
	struct labyrinth_finding finding;

	maintenance_settle();
	return labyrinth_check(test.lab, &finding);
}

const char *test_sleep(struct labyrinth *lab)
{
	const char *broken;

	test.lab = lab;
	maintenance_settle();
	broken = FIRST_BROKEN(laws);
	while (test.blocks != NULL)
		if (!give_one())
			return "what was taken can be freed";
	return broken != NULL ? broken : lawful();
}
