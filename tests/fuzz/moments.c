/*
 * moments.c - what comes between: interrupts, NMIs, other CPUs, and the allocator's own callbacks that call it again.
 *
 * Idea    After so many basic blocks of the allocator, each of which calls in here, an NMI comes on this CPU, or
 *         another CPU is at work; where interrupts go on, an interrupt does. What comes on another CPU only does what
 *         waits for no lock, as whoever holds it cannot go on meanwhile. A CPU that is in one context is interrupted by
 *         a higher one only.
 */
#include "fuzz/fuzz.h"
#include "port/host.h"

#define DEEPEST 4u

static uint32_t moments_left; /* until something comes between */

static uint32_t interrupts_left;
static unsigned level[CPUS]; /* context + 1 that the CPU is in; 0: none of ours */

static void pause_anew(void)
{
	moments_left = 1 + ((uint32_t)below(256) << below(7));
}

static bool free_to_nest(void)
{
	return fuzz.quiet == 0 && fuzz.depth < DEEPEST && input_left(&fuzz.in);
}

void moments_nest(enum labyrinth_context context, unsigned cpu)
{
	enum labyrinth_context context_was = host_context;
	unsigned cpu_was = host_cpu, level_was = level[cpu];
	bool irq_was = host_irq_on, backwards_was = fuzz.in.backwards;

	fuzz.in.backwards = fuzz.depth > 0;
	fuzz.disturbed += fuzz.depth > 0;
	fuzz.depth++;
	host_context = context;
	host_cpu = cpu;
	host_irq_on = context == LABYRINTH_TASK;
	level[cpu] = (unsigned)context + 1;
	call_any();
	level[cpu] = level_was;
	host_irq_on = irq_was;
	host_cpu = cpu_was;
	host_context = context_was;
	fuzz.depth--;
	fuzz.in.backwards = backwards_was;
}

void moments_call_back(unsigned seldom)
{
	bool backwards_was = fuzz.in.backwards;

	must(host_context != LABYRINTH_TASK || host_irq_on, "a task is called back with interrupts off", 0);
	fuzz.in.backwards = true;
	if (free_to_nest() && one_in(seldom))
		moments_nest(host_context, host_cpu);
	fuzz.in.backwards = backwards_was;
}

static void between(void)
{
	bool backwards_was = fuzz.in.backwards, trying_was = fuzz.trying;
	unsigned cpu = host_cpu;
	enum labyrinth_context context = LABYRINTH_NMI;

	fuzz.in.backwards = true;
	pause_anew();
	if (free_to_nest() && cpu < fuzz.cpus) {
		if (fuzz.cpus > 1 && one_in(4))
			cpu = (unsigned)below(fuzz.cpus);
		if (cpu != host_cpu && one_in(2))
			context = LABYRINTH_INTERRUPT;
		fuzz.trying |= cpu != host_cpu;
		if ((unsigned)context + 1 > level[cpu])
			moments_nest(context, cpu);
		fuzz.trying = trying_was;
	}
	fuzz.in.backwards = backwards_was;
}

/* Clang has it called at every basic block: -fsanitize-coverage=trace-pc, and ld --wrap. */
void __wrap___sanitizer_cov_trace_pc(void);
void __wrap___sanitizer_cov_trace_pc(void)
{
	if (--moments_left == 0)
		between();
}

static void interrupted(void)
{
	bool backwards_was = fuzz.in.backwards;

	if (interrupts_left-- > 0)
		return;
	fuzz.in.backwards = true;
	interrupts_left = (uint32_t)below(256);
	if (free_to_nest())
		moments_nest(LABYRINTH_INTERRUPT, host_cpu);
	fuzz.in.backwards = backwards_was;
}

void moments_never(void)
{
	moments_left = 0; /* it takes four thousand million */
}

void moments_start(void)
{
	fuzz.in.backwards = true;
	pause_anew();
	interrupts_left = (uint32_t)below(256);
	fuzz.in.backwards = false;
	host_interrupt = interrupted;
	for (unsigned i = 0; i < CPUS; i++)
		level[i] = 0;
}

/* From here on nothing comes between. */
void moments_stop(void)
{
	fuzz.quiet++;
	host_interrupt = NULL;
}

/* ---- The kernel's hooks. */

static uint64_t sleep_on(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	unsigned cpu = host_cpu;

	must(context == &fuzz && host_context == LABYRINTH_TASK && host_irq_on, "a sleep in the wrong place", ticks);
	if (labyrinth_wakes(lab) != seen)
		return ticks;
	for (unsigned i = 0; i < 3 && ticks > 0 && labyrinth_wakes(lab) == seen; i++) {
		moments_call_back(1);
		ticks--;
	}
	if (fuzz.cpus > 1 && one_in(4))
		cpu = (unsigned)below(fuzz.cpus);
	if (level[cpu] == 0)
		host_cpu = cpu; /* it wakes up elsewhere */
	return ticks;
}

static void wake(struct labyrinth *lab, void *context)
{
	must(lab == fuzz.lab && context == &fuzz && host_context != LABYRINTH_NMI, "a wake in the wrong place", 0);
	moments_call_back(4);
}

/* Any task may be asked at once; each callback's calls are another one's. */
static const void *self(void *context)
{
	must(context == &fuzz && host_context == LABYRINTH_TASK, "a task is asked for in the wrong place", 0);
	return &fuzz.block[fuzz.depth];
}

static void kick(struct labyrinth *lab, void *context)
{
	must(lab == fuzz.lab && context == &fuzz && host_context != LABYRINTH_NMI, "a kick in the wrong place", 0);
	moments_call_back(4);
}

static void warn(const struct labyrinth_warning *warning, void *context)
{
	must(context == &fuzz && warning->lab == fuzz.lab && warning->context == host_context
	     && !(warning->gfp & LABYRINTH_GFP_NOWARN), "a warning that should not be", warning->gfp);
	moments_call_back(4);
}

static uint64_t now(void *context)
{
	must(context == &fuzz, "a clock is not asked as it was told", 0);
	return fuzz.disturbed;
}

void moments_hooks(struct labyrinth_hooks *hooks)
{
	uint8_t which = input_byte(&fuzz.in);

	hooks->context = &fuzz;
	if (which & 1) {
		hooks->sleep = sleep_on;
		hooks->wake = wake;
		hooks->self = self;
	}
	if (which & 2)
		hooks->kick = kick;
	if (which & 4)
		hooks->warn = warn;
	if (which & 8)
		hooks->clock = now;
}
