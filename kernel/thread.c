/*
 * thread.c - the threads themselves: their stacks, their beginning, their end.
 *
 * Idea    As many places as there may be threads; place i has the i-th stack. A stack gets its frames when it is first
 *         used and keeps them, so no CPU ever has to forget where one was.
 * Writes  The threads, under the lock of schedule.h; page tables, for a stack that is new.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "panic.h"
#include "schedule.h"
#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/paging.h"
#include "x86/timer.h"

#define STACK_ORDER  2u
#define STACK_MAPPED (LABYRINTH_PAGE_SIZE << STACK_ORDER)
#define STACK_EACH   (2 * STACK_MAPPED) /* the lower half is never mapped */
#define STACK_COUNT  (THREADS_MOST + 1) /* the last is that of the boot CPU's idle thread */
#define STACK_IDLE   THREADS_MOST

static struct labyrinth *lab;
static struct thread threads[THREADS_MOST], boot, idle[CPUS_MOST];

static bool mapped[STACK_COUNT]; /* each written by whom its place belongs to */

static uint64_t stack_base(unsigned place)
{
	return STACKS_BASE + place * STACK_EACH + (STACK_EACH - STACK_MAPPED);
}

static void map_stack(unsigned place, phys_addr_t frames)
{
	struct tables live = tables_live((phys_addr_t){ 0 }, 0);

	tables_map(&live, &(struct mapping){ stack_base(place), frames, STACK_MAPPED, MAP_DATA });
	mapped[place] = true;
}

/* The place is the caller's alone. */
static bool stack_there(unsigned place)
{
	struct labyrinth_grant grant;

	if (mapped[place])
		return true;
	grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, STACK_ORDER);
	if (grant.page == NULL)
		return false;
	map_stack(place, labyrinth_page_phys(lab, grant.page));
	return true;
}

static void set_up(struct thread *thread, const char *name, uint32_t cpu)
{
	thread->name = name;
	thread->cpu = cpu;
	thread->patience = FOR_EVER;
	thread->stopped = false;
}

static _Noreturn void idle_begins(void)
{
	schedule_begin();
	for (;;)
		cpu_halt();
}

void threads_init(struct labyrinth *of)
{
	lab = of;
	if (!stack_there(STACK_IDLE))
		refuse("no memory for the stack of a thread");
	set_up(&boot, "boot", 0);
	set_up(&idle[0], "idle", 0);
	idle[0].stack = stack_prepare(stack_base(STACK_IDLE) + STACK_MAPPED, idle_begins);
	schedule_init();
	schedule_join(&boot, &idle[0]);
}

void thread_idle(void)
{
	struct thread *self = &idle[cpu_index()];

	set_up(self, "idle", cpu_index());
	schedule_join(self, self);
	irq_on();
	for (;;)
		cpu_halt();
}

static _Noreturn void end(struct thread *self)
{
	(void)schedule_enter();
	self->state = THREAD_ENDED;
	wake_all_locked(&self->joiner);
	schedule_away();
	panic("the thread \"%s\" goes on after its end", self->name);
}

static bool may_end(const struct thread *thread)
{
	return thread >= threads && thread < threads + THREADS_MOST;
}

void thread_exit(void)
{
	if (!may_end(thread_current()))
		panic("the thread \"%s\" may not end", thread_name(thread_current()));
	end(thread_current());
}

static _Noreturn void thread_begins(void)
{
	struct thread *self = thread_current();

	schedule_begin();
	self->body(self->context);
	thread_exit();
}

static struct thread *take_place(void)
{
	uintptr_t was = schedule_enter();
	struct thread *found = NULL;

	for (unsigned i = 0; i < THREADS_MOST && found == NULL; i++)
		if (threads[i].state == THREAD_NONE)
			found = &threads[i];
	if (found != NULL)
		found->state = THREAD_NEW;
	schedule_leave(was);
	return found;
}

static void set_state(struct thread *thread, enum thread_state state)
{
	uintptr_t was = schedule_enter();

	if (state == THREAD_READY)
		schedule_ready(thread);
	else
		thread->state = state;
	schedule_leave(was);
}

struct thread *thread_start(const char *name, uint32_t cpu, thread_body_t *body, void *context)
{
	struct thread *thread = take_place();

	if (thread == NULL)
		return NULL;
	if (!stack_there((unsigned)(thread - threads))) {
		set_state(thread, THREAD_NONE);
		return NULL;
	}
	set_up(thread, name, cpu);
	thread->body = body;
	thread->context = context;
	thread->stack = stack_prepare(stack_base((unsigned)(thread - threads)) + STACK_MAPPED, thread_begins);
	set_state(thread, THREAD_READY);
	return thread;
}

static bool ended(void *thread)
{
	return ((const struct thread *)thread)->state == THREAD_ENDED;
}

bool thread_join(struct thread *thread)
{
	bool stopped;

	wait_until(&thread->joiner, ended, thread, FOR_EVER);
	stopped = thread->stopped;
	set_state(thread, THREAD_NONE);
	return !stopped;
}

void thread_yield(void)
{
	uintptr_t was = schedule_enter();

	schedule_yield();
	schedule_leave(was);
}

void thread_move(uint32_t cpu)
{
	struct thread *self = thread_current();
	uintptr_t was = schedule_enter();

	self->cpu = cpu;
	if (cpu != ANY_CPU && cpu != cpu_index()) {
		schedule_ready(self);
		schedule_away();
	}
	schedule_leave(was);
}

static bool never(void *context)
{
	(void)context;
	return false;
}

void thread_sleep(uint64_t microseconds)
{
	struct wait_queue nobody_wakes = { NULL, NULL };

	wait_until(&nobody_wakes, never, NULL, cpu_tsc() + cycles_of(microseconds));
}

void thread_stop_offender(bool interrupts_were_on)
{
	struct thread *self = thread_current();

	if (irq_in_handler() || irq_in_nmi() || percpu_read(preempt_off) != 0 || !interrupts_were_on || !may_end(self))
		return;
	self->stopped = true;
	end(self);
}

struct thread *thread_current(void)
{
	struct thread *current;

	/* In one instruction: in two, the thread might go on on another CPU in between. */
	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(current) : "i"(offsetof(struct cpu, current)));
	return current;
}

const char *thread_name(const struct thread *thread)
{
	return thread != NULL ? thread->name : "none";
}

const struct thread *thread_guarded(uint64_t virt)
{
	uint64_t offset = virt - STACKS_BASE, place = offset / STACK_EACH;

	if (virt < STACKS_BASE || place >= STACK_COUNT || offset % STACK_EACH >= STACK_EACH - STACK_MAPPED)
		return NULL;
	return place == STACK_IDLE ? &idle[0] : &threads[place];
}

void thread_set_patience(uint64_t microseconds)
{
	thread_current()->patience = microseconds;
}

uint64_t thread_patience(void)
{
	return thread_current()->patience;
}
