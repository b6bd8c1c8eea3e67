/*
 * percpu.h - what each CPU has for itself, reached through its GS base.
 *
 * Idea    The GS base of a CPU points at its struct cpu from percpu_init() on and is never changed or swapped: there
 *         is no user mode. So it is right in every context, NMI included. A task that may be moved to another CPU reads
 *         a field in one instruction, with the functions below; a pointer from this_cpu() is good while preemption or
 *         interrupts are off.
 * Manual  Intel SDM vol. 3 section 3.4.4.1 (IA32_GS_BASE).
 */
#ifndef X86_PERCPU_H
#define X86_PERCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x86/segments.h"

/* The most CPUs that are used; what is beyond stays asleep. */
#define CPUS_MOST 256u

struct thread;

/* Written by its own CPU, but for what is constant after percpu_init(): self, index, apic_id. */
struct cpu {
	struct cpu     *self;        /* so that this_cpu() is one load                                  */
	uint32_t        index;       /* 0 for the CPU that boots                                        */
	uint32_t        apic_id;
	uint32_t        handlers;    /* how deep in interrupt handlers                                  */
	uint32_t        nmis;        /* how deep in what no flag masks: NMI, machine check, double fault */
	_Atomic uint64_t nmi_rip;    /* where the last NMI found it; 0: there was none                  */
	_Atomic uint64_t nmi_flags;  /* RFLAGS there                                                    */
	uint32_t        preempt_off; /* while not 0, no other task runs here                            */
	_Atomic uint32_t online;     /* 1: it runs                                                      */
	_Atomic uint32_t called;     /* 1: call.c waits for it; written by who calls                    */
	uint32_t        resched;     /* 1: another thread is to run as soon as an interrupt may see to that */
	struct thread  *current;     /* NULL before there are threads                                   */
	uint64_t        spurious;    /* interrupts that nobody asked for                                */
	struct segments segments;
} __attribute__((aligned(64)));

extern struct cpu percpu[CPUS_MOST];

/* Makes percpu[index] this CPU's. First of all on every CPU, before its interrupts and exceptions. */
void percpu_init(uint32_t index);

/* The CPU that runs this: good until the task may be moved. Any context. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *self;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(self) : "i"(offsetof(struct cpu, self)));
	return self;
}

/* A 32-bit field of the CPU that runs this, in one instruction. Any context. */
#define percpu_read(field) \
	__extension__({ \
		_Static_assert(sizeof(percpu[0].field) == 4, "a field of 32 bits"); \
		uint32_t value_; \
		__asm__ volatile("movl %%gs:%c1, %0" : "=r"(value_) : "i"(offsetof(struct cpu, field))); \
		value_; \
	})

/* The index of the CPU that runs this. Any context. */
static inline uint32_t cpu_index(void)
{
	return percpu_read(index);
}

/* Until preempt_on(), no other task runs on this CPU, and this one on no other. Nests. Any context. */
static inline void preempt_off(void)
{
	__asm__ volatile("incl %%gs:%c0" :: "i"(offsetof(struct cpu, preempt_off)) : "memory", "cc");
}

static inline void preempt_on(void)
{
	__asm__ volatile("decl %%gs:%c0" :: "i"(offsetof(struct cpu, preempt_off)) : "memory", "cc");
}

#endif
