/*
 * irq_entry.h - between isr.S, trap.c and irq.c; nobody else's business.
 */
#ifndef X86_IRQ_ENTRY_H
#define X86_IRQ_ENTRY_H

#include <stdint.h>

#include "x86/trap.h"

/* The code of all vectors, 16 bytes each. */
extern const uint8_t isr_stubs[];

/* Called by isr.S for every vector. */
void trap_entry(struct trap_frame *frame);

/* Called by trap_entry() for vectors that are not exceptions. */
void irq_entry(uint8_t vector);

#endif
