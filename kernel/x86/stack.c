/*
 * stack.c - the stacks, and whose guard page an address lies in.
 */
#include <stddef.h>

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

	for (unsigned i = 0; i < STACKS; i++) {
		uint64_t guard = (uint64_t)(uintptr_t)stacks[i].guard;

		if (virt - guard < STACK_GUARD_BYTES)
			return name[i];
	}
	return NULL;
}
