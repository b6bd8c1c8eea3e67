/*
 * port.h - the port of mm/ to threads: each thread is a CPU, with an interrupt line and an NMI line.
 *
 * Idea    A clock of its own, and other threads, raise a line at any moment. In optimised code that is a signal,
 *         taken between any two instructions. ThreadSanitizer cannot be interrupted like that (it would keep the signal
 *         until the next call into libc), so there (-DINTERRUPTS_POLLED) the compiler calls in at every basic block of
 *         mm/, and what is raised is taken there. Either way it waits while the thread has interrupts off, as on
 *         hardware; an NMI does not.
 */
#ifndef TESTS_THREADS_PORT_H
#define TESTS_THREADS_PORT_H

#include <pthread.h>
#include <stdatomic.h>

#include <labyrinth/port.h>

#ifndef INTERRUPTS_POLLED
#define INTERRUPTS_POLLED 0
#endif

/* Contexts, and as bits the lines that lead to the last two. */
enum level { LEVEL_TASK, LEVEL_IRQ, LEVEL_NMI, LEVELS };

struct cpu {
	pthread_t        thread;
	unsigned         index;
	_Atomic unsigned raised; /* lines, as bits */
	void           (*handler)(enum level level);
	/* This thread only: interrupts and NMIs taken, ticks of its clock, basic blocks passed. */
	volatile unsigned taken, ticks, blocks;
};

/* Maps the physical memory, empty, and says what the signal means. Before each test, with no thread running. */
void port_open(void);

/* This thread is that CPU, with both lines closed, until cpu_leave(). */
void cpu_enter(struct cpu *cpu);
void cpu_leave(void);

/* Both lines closed, and open again. For the outermost level. */
void cpu_freeze(void);
void cpu_thaw(void);

/* Raises a line of any CPU; an open one of this CPU is taken at once, or at mm/'s next basic block. Any level. */
void cpu_raise(struct cpu *cpu, enum level line);

#endif
