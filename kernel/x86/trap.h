/*
 * trap.h - what the CPU and isr.S leave on the stack when a vector is taken.
 */
#ifndef X86_TRAP_H
#define X86_TRAP_H

#include <stdint.h>

/* Exceptions: SDM vol. 3 table 6-1. */
enum trap_vector {
	TRAP_DIVIDE        = 0,
	TRAP_DEBUG         = 1,
	TRAP_NMI           = 2,
	TRAP_INVALID_TSS   = 10,
	TRAP_NOT_PRESENT   = 11,
	TRAP_STACK         = 12,
	TRAP_DOUBLE_FAULT  = 8,
	TRAP_PROTECTION    = 13,
	TRAP_PAGE_FAULT    = 14,
	TRAP_MACHINE_CHECK = 18,
	TRAP_COUNT         = 32
};

/* Lowest address first: isr.S pushes r15 last. From rip on: SDM vol. 3 section 6.14.2. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector;
	uint64_t error; /* 0 for vectors without an error code */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Who decodes exceptions, NMI included. If it returns, the CPU goes on as the frame then says. */
typedef void trap_handler_t(struct trap_frame *frame);

/* Fills and loads the interrupt descriptor table. Exceptions go to `handler`, other vectors to irq.c. */
void trap_init(trap_handler_t *handler);

/* Loads it on another CPU. */
void trap_load(void);

#endif
