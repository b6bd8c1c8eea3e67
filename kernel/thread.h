/*
 * thread.h - tasks of the kernel: each has a stack of its own, and they take turns on all CPUs.
 *
 * Idea    Round robin. Whoever is ready stands in one line; a CPU takes the first that may run there, for a slice of a
 *         millisecond while others wait. A thread is interrupted anywhere but while preemption is off (percpu.h), and
 *         may go on on another CPU. The boot is a thread, and stays on its CPU.
 *         Below each stack is a page that is never mapped.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <labyrinth/types.h>

#include "x86/percpu.h"
#include "x86/switch.h"

#define THREADS_MOST 64u        /* at a time, beside the idle ones */
#define ANY_CPU      UINT32_MAX

struct thread;
typedef void thread_body_t(void *context);

/*
 * The calling code becomes the thread "boot", and this CPU gets its idle thread. Once, on the CPU that boots, after
 * apic_calibrate(), with interrupts off; before the other CPUs start. Refuses to boot without memory for that.
 */
void threads_init(struct labyrinth *lab);

/* The calling code is a started CPU's idle thread from now on. Interrupts off; turns them on. */
_Noreturn void thread_idle(void);

/*
 * A new thread that calls body(context), and ends when that returns.
 *
 * name     good as long as the thread is there.
 * cpu      the only one it runs on, one that is online; or ANY_CPU.
 * Returns  the thread, until thread_join(); NULL: there are THREADS_MOST already, or no memory for a stack.
 * Context  task. May sleep for memory.
 * Memory   four frames for a stack, which are kept for the next thread when this one has ended.
 */
struct thread *thread_start(const char *name, uint32_t cpu, thread_body_t *body, void *context) LABYRINTH_MUST_USE;

/* Waits until the thread has ended; then it is gone. false: it was stopped as an offender. Once for each. Task. */
bool thread_join(struct thread *thread);

/* Ends the calling thread, as returning from its body does. The boot and the idle threads may not. Task. */
_Noreturn void thread_exit(void);

/* Others that are ready run first. Task. */
void thread_yield(void);

/* From now on the calling thread runs on this CPU only, or with ANY_CPU on all. Task, preemption on. */
void thread_move(uint32_t cpu);

/* Others run for at least so long. Task. */
void thread_sleep(uint64_t microseconds);

/*
 * A page fault that the running thread alone is to blame for: it has touched what is not its own. Returns if it cannot
 * be stopped: an interrupt handler runs, it holds a lock, it is the boot or idle. Otherwise the caller is the thread
 * itself, on its own stack, and it ends here: thread_join() says so. The caller has reported it.
 *
 * interrupts_were_on   when it faulted: only then it holds no lock that interrupts take, too.
 */
void thread_stop_offender(bool interrupts_were_on);

/* The running thread; NULL before threads_init(). Its name, "none" before. Any context. */
struct thread *thread_current(void);
const char *thread_name(const struct thread *thread);

/* The thread in whose guard page this address lies; NULL when it lies in none. Any context. */
const struct thread *thread_guarded(uint64_t virt);

/* How long an allocation of the calling thread may sleep, where that is less than memory.h says. Task. */
void thread_set_patience(uint64_t microseconds);
uint64_t thread_patience(void);

#endif
