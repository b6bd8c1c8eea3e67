/*
 * schedule.c - the line of threads that are ready, and the CPUs that serve it.
 *
 * Idea    A CPU is told to look at the line when it idles (an interrupt from another CPU), or when its thread's slice
 *         is over (a timer of its own, which runs only while somebody waits). Either sets `resched`, and the interrupt
 *         that did so switches as it ends. If preemption is off just then, the timer asks again soon.
 * Writes  The line, each CPU's `current` and `resched`.
 */
#include <stddef.h>

#include "schedule.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/irq.h"
#include "x86/lock.h"
#include "x86/switch.h"
#include "x86/timer.h"

#define VECTOR   224   /* another CPU says: look at the line; before any device */
#define SLICE_US 1000u
#define AGAIN_US 100u  /* preemption was off                                   */

static struct lock lock;
static struct wait_queue line;

/* What a CPU knows of its turns; its own, but for `told`. Guarded by the lock. */
static struct turns {
	struct thread *idle; /* NULL: it takes no part yet        */
	bool           told; /* it idles, and will look at the line */
	struct timer   slice;
} turns[CPUS_MOST];

static uint32_t cpus; /* take part, or have lower indices than one that does */

uintptr_t schedule_enter(void)
{
	return lock_take_irq(&lock);
}

void schedule_leave(uintptr_t was)
{
	lock_give_irq(&lock, was);
}

void schedule_begin(void)
{
	lock_give(&lock);
	irq_on();
}

static bool may_run(const struct thread *thread, uint32_t cpu)
{
	return thread->cpu == ANY_CPU || thread->cpu == cpu;
}

static void stand_in_line(struct thread *thread)
{
	thread->state = THREAD_READY;
	thread->next = NULL;
	if (line.last != NULL)
		line.last->next = thread;
	else
		line.first = thread;
	line.last = thread;
}

/* The first that may run on this CPU; it is taken out if `take`. NULL: none. */
static struct thread *first_for(uint32_t cpu, bool take)
{
	struct thread *before = NULL, *thread = line.first;

	while (thread != NULL && !may_run(thread, cpu)) {
		before = thread;
		thread = thread->next;
	}
	if (thread == NULL || !take)
		return thread;
	if (before != NULL)
		before->next = thread->next;
	else
		line.first = thread->next;
	if (line.last == thread)
		line.last = before;
	return thread;
}

static void slice_over(void *context)
{
	struct cpu *cpu = this_cpu();

	(void)context;
	cpu->resched = 1;
	timer_start(&turns[cpu->index].slice, cpu_tsc() + cycles_of(AGAIN_US));
}

/* Somebody has come into the line, or this CPU has a new thread: as long as nobody waits, no timer runs. */
static void time_slice(struct cpu *cpu)
{
	struct timer *slice = &turns[cpu->index].slice;

	if (first_for(cpu->index, false) == NULL)
		timer_stop(slice);
	else if (!slice->pending)
		timer_start(slice, cpu_tsc() + cycles_of(SLICE_US));
}

/* This CPU looks at the line, soon. */
static void look(struct cpu *cpu)
{
	if (cpu->current == turns[cpu->index].idle)
		cpu->resched = 1;
	else
		time_slice(cpu);
}

static bool idles(uint32_t index)
{
	return turns[index].idle != NULL && percpu[index].current == turns[index].idle && !turns[index].told;
}

/* Where a thread that has become ready should run: best where nothing else does. */
static uint32_t place_for(const struct thread *thread)
{
	uint32_t here = cpu_index();

	if (thread->cpu != ANY_CPU)
		return thread->cpu;
	for (uint32_t i = 0; i < cpus && !idles(here); i++)
		if (idles(i))
			return i;
	return here;
}

void schedule_ready(struct thread *thread)
{
	uint32_t place = place_for(thread);

	stand_in_line(thread);
	turns[place].told = idles(place);
	if (place == cpu_index())
		look(this_cpu());
	else
		ipi_send(percpu[place].apic_id, VECTOR);
}

static void told_to_look(void *context)
{
	uintptr_t was = schedule_enter();

	(void)context;
	look(this_cpu());
	schedule_leave(was);
}

static void go_on_with(struct cpu *cpu, struct thread *next)
{
	struct thread *self = cpu->current;

	next->state = THREAD_RUNNING;
	cpu->current = next;
	cpu->resched = 0;
	turns[cpu->index].told = false;
	timer_stop(&turns[cpu->index].slice);
	time_slice(cpu);
	if (next != self)
		stack_switch(&self->stack, next->stack);
}

void schedule_away(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *next = first_for(cpu->index, true);

	go_on_with(cpu, next != NULL ? next : turns[cpu->index].idle);
}

void schedule_yield(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->current != turns[cpu->index].idle)
		stand_in_line(cpu->current);
	schedule_away();
}

static void preempt(void)
{
	uintptr_t was = schedule_enter();

	schedule_yield();
	schedule_leave(was);
}

void schedule_join(struct thread *current, struct thread *idle)
{
	uintptr_t was = schedule_enter();
	struct cpu *cpu = this_cpu();

	current->state = THREAD_RUNNING;
	cpu->current = current;
	turns[cpu->index].slice.fire = slice_over;
	turns[cpu->index].idle = idle;
	if (cpus <= cpu->index)
		cpus = cpu->index + 1;
	schedule_leave(was);
}

void schedule_init(void)
{
	irq_register(VECTOR, told_to_look, NULL);
	irq_at_exit(preempt);
}
