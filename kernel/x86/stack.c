/*
 * stack.c - the stacks, and whose guard page an address lies in.
 */
#include <stddef.h>

#include "x86/percpu.h"
#include "x86/stack.h"

/* Their own section, after .bss: the linker script gives it the edges that address_space.c maps by. */
struct stack stacks[STACKS] __attribute__((aligned(STACK_GUARD_BYTES), section(".bss.stacks")));

const char *stack_guarded(uint64_t virt)
{
	static const char *const name[STACKS] = {
		[STACK_BOOT]          = "boot",
		[STACK_DOUBLE_FAULT]  = "double fault",
		[STACK_NMI]           = "NMI",
		[STACK_MACHINE_CHECK] = "machine check",
	};

	uint64_t from_own = virt - (uintptr_t)stacks, from_others = virt - AP_STACKS_BASE;
	uint64_t offset = from_own < sizeof(stacks) ? from_own : from_others;

	if (offset >= sizeof(stacks) * CPUS_MOST || offset % sizeof(struct stack) >= STACK_GUARD_BYTES)
		return NULL;
	return name[offset / sizeof(struct stack) % STACKS];
}
