/*
 * stack.h - the stacks of each CPU, each with a page below it that is never mapped.
 *
 * Idea    Running off the end of a stack is a page fault at a known address, not a silent overwrite. Shared with
 *         assembly.
 */
#ifndef X86_STACK_H
#define X86_STACK_H

#define STACK_GUARD_BYTES 4096
#define STACK_BYTES       16384

#ifndef __ASSEMBLER__

#include <stdint.h>

#include "x86/paging.h"

enum stack_use {
	STACK_BOOT, /* first: entry64.S takes it */
	STACK_DOUBLE_FAULT,
	STACK_NMI,
	STACK_MACHINE_CHECK,
	STACKS
};

struct stack {
	uint8_t guard[STACK_GUARD_BYTES]; /* unmapped in the final tables */
	uint8_t bytes[STACK_BYTES];
};

extern struct stack stacks[STACKS]; /* of the CPU that boots */

/* Where the stacks of CPU 1 begin; those of the next follow. Mapped as far as there are CPUs. */
#define AP_STACKS ((struct stack *)AP_STACKS_BASE)

/* The stack of a CPU for a use: that of CPU 0 in the image, the others' at AP_STACKS. */
static inline struct stack *stack_for(uint32_t cpu, enum stack_use use)
{
	return cpu == 0 ? &stacks[use] : &AP_STACKS[(cpu - 1) * STACKS + (unsigned)use];
}

/* Where pushing starts. */
static inline uint64_t stack_top(uint32_t cpu, enum stack_use use)
{
	return (uint64_t)(uintptr_t)(stack_for(cpu, use)->bytes + STACK_BYTES);
}

/* The name of the stack whose guard page holds this address; NULL when none does. */
const char *stack_guarded(uint64_t virt);

#endif
#endif
