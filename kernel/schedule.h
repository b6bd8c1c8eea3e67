/*
 * schedule.h - who runs where; between thread.c, schedule.c and wait.c, nobody else's business.
 *
 * Idea    One lock guards everything about threads. It is held across a switch: the thread that goes on gives it back.
 *         So a thread is seen as ready, waiting or ended only when it has left its stack.
 */
#ifndef KERNEL_SCHEDULE_H
#define KERNEL_SCHEDULE_H

#include "thread.h"
#include "wait.h"

enum thread_state {
	THREAD_NONE,    /* the place is free             */
	THREAD_NEW,     /* being made                    */
	THREAD_READY,   /* in the line                   */
	THREAD_RUNNING, /* on a CPU; the idle ones always */
	THREAD_WAITING, /* in a wait queue               */
	THREAD_ENDED,   /* until it is joined            */
};

/* Guarded by the lock but for the last part. */
struct thread {
	uint64_t           stack; /* where it goes on, unless it runs      */
	enum thread_state  state;
	struct thread     *next;  /* in the line, or in a wait queue       */
	struct wait_queue *waits; /* in which queue; NULL: in none         */
	uint64_t           until; /* and until when, by cpu_tsc()          */
	struct thread     *later; /* the next of those who wait for a time */
	struct wait_queue  joiner;
	bool               stopped; /* as an offender                      */
	uint32_t           cpu; /* the only one it runs on, or ANY_CPU     */
	/* Constant while it is there. */
	const char    *name;
	thread_body_t *body;
	void          *context;
	/* Its own. */
	uint64_t       patience;
};

/* The lock, with interrupts off; hand the result to schedule_leave(). Any context but NMI. */
uintptr_t schedule_enter(void);
void schedule_leave(uintptr_t was);

/* A thread that begins: gives the lock that who switched to it had taken, and turns interrupts on. */
void schedule_begin(void);

/* This CPU's idle thread, which the calling code is or will be; for CPU 0 it has a stack yet to run on. */
void schedule_join(struct thread *current, struct thread *idle);

/* With the lock: the thread gets its turn, if need be on a CPU that is told. */
void schedule_ready(struct thread *thread);

/* With the lock: the calling thread stands at the end of the line. */
void schedule_yield(void);

/* With the lock: the calling thread, no longer running, leaves the CPU to another one. Returns when it runs again. */
void schedule_away(void);

/* With the lock: wake_all(). */
void wake_all_locked(struct wait_queue *queue);

/* Once, before other CPUs. */
void schedule_init(void);

#endif
