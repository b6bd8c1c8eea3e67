/*
 * port.c - threads as CPUs.
 *
 * Writes  Thread-local state; a handler that nests puts back what it found, so the interrupted code sees no change.
 */
#define _GNU_SOURCE
#include "port.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MEMORY (UINT64_C(8) << 30) /* bytes of physical memory; the host gives what is touched */

#define POLLED_TICK 701   /* basic blocks; a prime, to meet all of them in turn */
#define SIGNAL_TICK 53000 /* nanoseconds */

#define BIT(level) (1u << (level))
#define BOTH       (BIT(LEVEL_IRQ) | BIT(LEVEL_NMI))

static _Thread_local struct cpu       *volatile this;
static _Thread_local volatile unsigned closed; /* lines that must wait */
static _Thread_local volatile unsigned level;
static _Thread_local timer_t           clock_id;

static uint8_t *memory;

static void take(struct cpu *cpu, enum level line)
{
	unsigned closed_before = closed, level_before = level;

	closed = closed_before | (line == LEVEL_NMI ? BOTH : BIT(LEVEL_IRQ));
	level = line;
	if (atomic_fetch_and_explicit(&cpu->raised, ~BIT(line), memory_order_relaxed) & BIT(line)) {
		cpu->taken++;
		cpu->handler(line);
	}
	level = level_before;
	closed = closed_before;
}

/* Takes what is raised on open lines. */
static void deliver(void)
{
	struct cpu *cpu = this;
	unsigned open;

	if (cpu == NULL)
		return;
	while ((open = atomic_load_explicit(&cpu->raised, memory_order_relaxed) & ~closed) != 0)
		take(cpu, open & BIT(LEVEL_NMI) ? LEVEL_NMI : LEVEL_IRQ);
}

/* The CPU's own clock: an interrupt, every fourth time an NMI. */
static void tick(struct cpu *cpu)
{
	unsigned line = ++cpu->ticks % 4 == 0 ? BIT(LEVEL_NMI) : BIT(LEVEL_IRQ);

	atomic_fetch_or_explicit(&cpu->raised, line, memory_order_relaxed);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_code == SI_TIMER && this != NULL)
		tick(this);
	deliver();
}

/* gcc and clang -fsanitize-coverage=trace-pc call it at every basic block of mm/. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	struct cpu *cpu = this;

	if (cpu != NULL && ++cpu->blocks % POLLED_TICK == 0)
		tick(cpu);
	deliver();
}

static void start_clock(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	struct itimerspec every = { { 0, SIGNAL_TICK }, { 0, SIGNAL_TICK } };

	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &clock_id) != 0 || timer_settime(clock_id, 0, &every, NULL) != 0)
		labyrinth_port_panic("no clock for a thread", 0);
}

void port_open(void)
{
	/* SA_NODEFER: an NMI comes in while an interrupt is being handled. */
	struct sigaction action = { .sa_sigaction = on_signal,
	                            .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER };

	if (memory != NULL) {
		/* What a failed test has left must not be found by the next. */
		if (madvise(memory, MEMORY, MADV_DONTNEED) != 0)
			labyrinth_port_panic("the memory cannot be cleared", MEMORY);
		return;
	}
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED || (!INTERRUPTS_POLLED && sigaction(SIGUSR1, &action, NULL) != 0))
		labyrinth_port_panic("no memory or no signals for the threads", MEMORY);
}

void cpu_enter(struct cpu *cpu)
{
	closed = BOTH;
	this = cpu;
	cpu->thread = pthread_self();
	if (!INTERRUPTS_POLLED)
		start_clock();
}

void cpu_leave(void)
{
	if (!INTERRUPTS_POLLED)
		timer_delete(clock_id);
	this = NULL;
}

void cpu_freeze(void)
{
	closed = BOTH;
}

void cpu_thaw(void)
{
	closed = 0;
	deliver();
}

void cpu_raise(struct cpu *cpu, enum level line)
{
	atomic_fetch_or_explicit(&cpu->raised, BIT(line), memory_order_relaxed);
	if (!INTERRUPTS_POLLED)
		pthread_kill(cpu->thread, SIGUSR1);
}

void *labyrinth_port_virt(phys_addr_t phys)
{
	if (memory == NULL || phys.a >= MEMORY)
		labyrinth_port_panic("physical memory that the threads do not have", phys.a);
	return memory + phys.a;
}

_Noreturn void labyrinth_port_panic(const char *found, uint64_t number)
{
	fprintf(stderr, "threads: PANIC: %s (%llu)\n", found, (unsigned long long)number);
	abort();
}

void labyrinth_port_random(uint8_t seed[32])
{
	for (unsigned i = 0; i < 32; i++)
		seed[i] = (uint8_t)(i * 37 + 1);
}

labyrinth_irq_t labyrinth_port_irq_off(void)
{
	labyrinth_irq_t was = { closed & BIT(LEVEL_IRQ) };

	closed |= BIT(LEVEL_IRQ);
	return was;
}

void labyrinth_port_irq_back(labyrinth_irq_t was)
{
	if (was.flags != 0)
		return;
	closed &= ~BIT(LEVEL_IRQ);
	deliver();
}

enum labyrinth_context labyrinth_port_context(void)
{
	if (level == LEVEL_NMI)
		return LABYRINTH_NMI;
	return level == LEVEL_IRQ || (closed & BIT(LEVEL_IRQ)) ? LABYRINTH_INTERRUPT : LABYRINTH_TASK;
}

/* A thread is a CPU, so it cannot be moved to another. Outside of a crew there is one thread. */
unsigned labyrinth_port_pin(void)
{
	struct cpu *cpu = this;

	return cpu == NULL ? 0 : cpu->index;
}

void labyrinth_port_unpin(void)
{
}

void labyrinth_port_relax(void)
{
	sched_yield();
}
