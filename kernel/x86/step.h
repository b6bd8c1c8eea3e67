/*
 * step.h - counts the instructions of a call, and of them those in a row that run with interrupts off.
 *
 * Idea    The trap flag raises a debug exception after each instruction; its handler looks at the interrupt flag that
 *         the instruction has left. So the numbers do not depend on an emulator, or on a clock.
 * Manual  Intel SDM vol. 3 section 17.3.1.4 (single-step exception).
 */
#ifndef X86_STEP_H
#define X86_STEP_H

#include <stdbool.h>
#include <stdint.h>

struct trap_frame;

struct steps {
	uint64_t count;
	uint64_t off; /* the most in a row with interrupts off, from CLI on */
};

/* Runs call(context), one instruction at a time. Task, interrupts on, one CPU at a time. */
struct steps step_through(void (*call)(void *context), void *context);

/* The debug exception: was it a step? Counts it. */
bool step_taken(const struct trap_frame *frame);

#endif
