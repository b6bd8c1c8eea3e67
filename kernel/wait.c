/*
 * wait.c - queues of waiting threads, and the time that they wait at most.
 *
 * Idea    Who waits for a time stands in a second list as well, the earliest first. The CPU on which a thread began to
 *         wait has a timer set for it, or for an earlier one; a timer that fires is set for the earliest again. So some
 *         CPU's timer is always set for the first in the list, or for before that.
 * Writes  The queues and the list, under the lock of schedule.h.
 */
#include <stddef.h>

#include "panic.h"
#include "schedule.h"
#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/timer.h"

static struct thread *timed;              /* the list             */
static struct timer   timers[CPUS_MOST];  /* each CPU's, its own */

static void put(struct wait_queue *queue, struct thread *thread)
{
	thread->next = NULL;
	if (queue->last != NULL)
		queue->last->next = thread;
	else
		queue->first = thread;
	queue->last = thread;
	thread->waits = queue;
}

static void take(struct wait_queue *queue, struct thread *thread)
{
	struct thread **at = &queue->first, *before = NULL;

	for (; *at != thread; at = &(*at)->next)
		before = *at;
	*at = thread->next;
	if (queue->last == thread)
		queue->last = before;
	thread->waits = NULL;
}

static void timed_put(struct thread *thread)
{
	struct thread **at = &timed;

	while (*at != NULL && (*at)->until <= thread->until)
		at = &(*at)->later;
	thread->later = *at;
	*at = thread;
}

static void timed_take(struct thread *thread)
{
	struct thread **at = &timed;

	while (*at != thread)
		at = &(*at)->later;
	*at = thread->later;
}

static void wake(struct thread *thread)
{
	take(thread->waits, thread);
	if (thread->until != FOR_EVER)
		timed_take(thread);
	schedule_ready(thread);
}

static void time_is_up(void *context);

/* This CPU will look at the list when `at` has come. */
static void look_at(uint64_t at)
{
	struct timer *timer = &timers[cpu_index()];

	timer->fire = time_is_up;
	if (!timer->pending || timer->at > at)
		timer_start(timer, at);
}

static void time_is_up(void *context)
{
	uintptr_t was = schedule_enter();

	(void)context;
	while (timed != NULL && timed->until <= cpu_tsc())
		wake(timed);
	if (timed != NULL)
		look_at(timed->until);
	schedule_leave(was);
}

/* One for the lock of all threads; more, and what this thread holds would be held for as long as it waits. */
static void may_wait(uintptr_t was)
{
	if (irq_in_handler() || percpu_read(preempt_off) != 1 || (was & RFLAGS_IF) == 0)
		panic("the thread \"%s\" waits where it must not", thread_name(thread_current()));
}

static void sleep_in(struct wait_queue *queue, uint64_t until)
{
	struct thread *self = thread_current();

	self->state = THREAD_WAITING;
	self->until = until;
	put(queue, self);
	if (until != FOR_EVER) {
		timed_put(self);
		look_at(until);
	}
	schedule_away();
}

bool wait_until(struct wait_queue *queue, bool (*holds)(void *context), void *context, uint64_t deadline)
{
	uintptr_t was = schedule_enter();
	bool held;

	while (!(held = holds(context)) && cpu_tsc() < deadline) {
		may_wait(was);
		sleep_in(queue, deadline);
	}
	schedule_leave(was);
	return held;
}

void wake_all_locked(struct wait_queue *queue)
{
	while (queue->first != NULL)
		wake(queue->first);
}

void wake_all(struct wait_queue *queue)
{
	uintptr_t was = schedule_enter();

	wake_all_locked(queue);
	schedule_leave(was);
}
