/*
 * ap.h - how another CPU gets from its start-up interrupt to C. Shared with assembly.
 *
 * Idea    One CPU is started at a time, so what it needs lies in one place. It goes the way of entry32.S: the boot
 *         tables once more, then the final ones.
 */
#ifndef X86_AP_H
#define X86_AP_H

/* Offsets in struct ap_start. */
#define AP_ROOT  0
#define AP_STACK 8
#define AP_INDEX 16

#ifndef __ASSEMBLER__

#include <stdint.h>

/* What boot/ap.S reads: final page tables, top of stack, index of the CPU. */
extern struct ap_start {
	uint64_t root;
	uint64_t stack;
	uint32_t index;
} ap_start;

/* What has to lie at the start of a page below 1 MiB. */
extern const uint8_t ap_trampoline[], ap_trampoline_end[];

/* Where boot/ap.S goes: on the CPU's own stack, with the final tables live and interrupts off. */
_Noreturn void ap_main(uint32_t index);

#endif
#endif
