/*
 * percpu.c - where the CPUs' own data lies, and how each finds its own.
 *
 * Writes  GS base.
 * Manual  Intel SDM vol. 4 table 2-2 (IA32_GS_BASE).
 */
#include "x86/cpu.h"
#include "x86/percpu.h"

#define MSR_GS_BASE 0xc0000101u

struct cpu percpu[CPUS_MOST];

void percpu_init(uint32_t index)
{
	struct cpu *cpu = &percpu[index];

	cpu->self = cpu;
	cpu->index = index;
	msr_write(MSR_GS_BASE, (uintptr_t)cpu);
}
