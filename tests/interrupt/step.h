/*
 * step.h - run a function once, and interrupt it after each of its instructions.
 *
 * Idea    The trap flag of an x86-64 CPU raises SIGTRAP after every instruction (Intel SDM vol. 3 section 18.3.1.4). At
 *         each one the whole scene is put aside: registers, the function's stack, the memory that the test names. Then
 *         the "interrupt handler" runs on top of whatever is half done, the function runs to its end at full speed, the
 *         test judges, and the scene is put back to step to the next instruction. An interrupt waits while the port has
 *         interrupts off, as on hardware; an NMI does not.
 * Needs   Linux on x86-64, and mm/ compiled without sanitizers, so that the instructions are those of the real thing.
 */
#ifndef TESTS_STEP_H
#define TESTS_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct step_memory {
	void  *at;
	size_t bytes;
};

struct step {
	void (*body)(void);               /* is interrupted                                                      */
	void (*interrupt)(void);          /* interrupts                                                          */
	bool nmi;
	const struct step_memory *memory; /* all that body and interrupt write, but for their stacks; ends with NULL */
	/*
	 * Called after each completed run; false ends the stepping. `at`: instructions of the body before the
	 * interrupt.
	 */
	bool (*judge)(uint64_t at);
};

/* Returns the number of interruptions. The memory ends up as the body alone leaves it. */
uint64_t step_through(const struct step *step);

#endif
