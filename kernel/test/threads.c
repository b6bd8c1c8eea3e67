/*
 * threads.c - a few threads at a time, and what has become of what they did.
 *
 * Idea    Nothing is asserted about when something happens, only that it does and how often: a wake-up or a slice that
 *         never comes is a test that never ends.
 */
#include <stdatomic.h>

#include "cpus.h"
#include "test/laws.h"
#include "test/threads.h"
#include "thread.h"
#include "wait.h"
#include "x86/cpu.h"
#include "x86/lock.h"
#include "x86/timer.h"

#define CREW    8u    /* threads at a time            */
#define COUNTS  50u   /* by each                      */
#define ROUNDS  20u   /* of ping and pong             */
#define LIVES   20u   /* threads, one after the other */
#define NAP_US  2000u

struct worker {
	struct thread *thread;
	uint32_t       cpu; /* on which it is to stay, or ANY_CPU */
	bool           strayed;
};

static struct worker crew[CREW];
static struct lock lock;
static uint64_t count; /* under the lock */

static void count_up(void *context)
{
	struct worker *worker = context;

	for (unsigned i = 0; i < COUNTS; i++) {
		lock_take(&lock);
		count++;
		worker->strayed |= worker->cpu != ANY_CPU && worker->cpu != cpu_index();
		lock_give(&lock);
		if (i % 16 == 0)
			thread_yield();
	}
}

static bool start(struct worker *worker, uint32_t cpu, thread_body_t *body)
{
	*worker = (struct worker){ .cpu = cpu };
	worker->thread = thread_start("crew", cpu, body, worker);
	return worker->thread != NULL;
}

/* Joins the first `threads` of the crew; have all ended by themselves? */
static bool join(unsigned threads)
{
	bool all = true;

	for (unsigned i = 0; i < threads; i++)
		all = thread_join(crew[i].thread) && all;
	return all;
}

/* Half of them each on a CPU of its own, by turns; half wherever there is a place. */
static bool counting(void)
{
	unsigned threads = 0, cpu = 0;
	bool right;

	count = 0;
	for (; threads < CREW; threads++, cpu++) {
		while (!cpu_online(cpu % cpus_found()))
			cpu++;
		if (!start(&crew[threads], threads < CREW / 2 ? cpu % cpus_found() : ANY_CPU, count_up))
			break;
	}
	right = join(threads) && threads == CREW && count == CREW * COUNTS;
	for (unsigned i = 0; i < threads; i++)
		right = right && !crew[i].strayed;
	return right;
}

static struct wait_queue turn_changes;
static _Atomic unsigned turn, turns;

static bool is_mine(void *context)
{
	return (const struct worker *)context == &crew[atomic_load(&turn)];
}

static void take_turns(void *context)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (wait_until(&turn_changes, is_mine, context, FOR_EVER))
			atomic_fetch_add(&turns, 1);
		atomic_store(&turn, 1 - atomic_load(&turn));
		wake_all(&turn_changes);
	}
}

static bool ping_pong(void)
{
	unsigned threads = 0;

	atomic_store(&turn, 0);
	atomic_store(&turns, 0);
	while (threads < 2 && start(&crew[threads], ANY_CPU, take_turns))
		threads++;
	return threads == 2 && join(threads) && atomic_load(&turns) == 2 * ROUNDS;
}

static atomic_bool released;

static void spin(void *context)
{
	(void)context;
	while (!atomic_load(&released))
		cpu_relax();
}

static void release(void *context)
{
	(void)context;
	atomic_store(&released, true);
}

/* Both on this CPU, which the first one never gives away. */
static bool preemption(void)
{
	uint32_t here = cpu_index();
	bool right;

	atomic_store(&released, false);
	if (!start(&crew[0], here, spin))
		return false;
	right = start(&crew[1], here, release);
	if (!right)
		atomic_store(&released, true);
	return join(right ? 2 : 1) && right;
}

static bool nap(void)
{
	uint64_t begin = cpu_tsc();

	thread_sleep(NAP_US);
	return cpu_tsc() - begin >= cycles_of(NAP_US);
}

static void move_round(void *context)
{
	struct worker *worker = context;

	for (uint32_t cpu = 0; cpu < cpus_found(); cpu++) {
		if (!cpu_online(cpu))
			continue;
		thread_move(cpu);
		worker->strayed |= cpu_index() != cpu;
	}
}

static bool moves(void)
{
	return start(&crew[0], ANY_CPU, move_round) && join(1) && !crew[0].strayed;
}

static _Atomic unsigned lives;

static void live(void *context)
{
	(void)context;
	atomic_fetch_add(&lives, 1);
}

static bool many_lives(void)
{
	bool right = true;

	atomic_store(&lives, 0);
	for (unsigned i = 0; i < LIVES && right; i++)
		right = start(&crew[0], ANY_CPU, live) && join(1);
	return right && atomic_load(&lives) == LIVES;
}

/* Where it holds a lock, or might, it goes on; then not. */
static void offend(void *context)
{
	struct worker *worker = context;

	preempt_off();
	thread_stop_offender(true);
	preempt_on();
	thread_stop_offender(false);
	atomic_fetch_add(&lives, 1);
	thread_stop_offender(true);
	worker->strayed = true;
}

static bool offender(void)
{
	atomic_store(&lives, 0);
	return start(&crew[0], ANY_CPU, offend) && !join(1) && !crew[0].strayed && atomic_load(&lives) == 1;
}

static void hold_cpu(void *context)
{
	struct worker *worker = context, *other = worker + 1;
	bool before, right;

	atomic_store(&released, false);
	right = start(other, worker->cpu, release);
	preempt_off();
	before = atomic_load(&released);
	for (uint64_t begin = cpu_tsc(); cpu_tsc() - begin < cycles_of(NAP_US);)
		cpu_relax();
	worker->strayed = !right || atomic_load(&released) != before;
	preempt_on();
	if (right)
		thread_join(other->thread);
}

/* A slice passes, and another; the one that waits for its turn has none. */
static bool preemption_off(void)
{
	return start(&crew[0], cpu_index(), hold_cpu) && join(1) && !crew[0].strayed;
}

static const struct law laws[] = {
	{ "threads on all CPUs count under a lock, and miss nothing",    counting       },
	{ "two threads take turns, and no wake-up is lost",              ping_pong      },
	{ "a thread that does not give its CPU away is interrupted",     preemption     },
	{ "a thread is not interrupted for another with preemption off", preemption_off },
	{ "a thread sleeps for as long as it wanted to",                 nap            },
	{ "a thread goes where it is moved",                             moves          },
	{ "the place of a thread that was joined is another's",          many_lives     },
	{ "an offender is stopped, but not while it may hold a lock",    offender       },
};

const char *test_threads(struct labyrinth *lab)
{
	(void)lab;
	return FIRST_BROKEN(laws);
}
