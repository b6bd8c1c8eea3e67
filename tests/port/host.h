/*
 * host.h - the port of mm/ to a process: memory, contexts and interrupts that a test can steer.
 *
 * Idea    Physical memory is mapped sparsely from address 0 on, and takes host memory only where it is touched.
 *         "Interrupts" are calls: a test names a function, and it runs at the next moment at which a CPU would take it.
 *         The context, the CPU and whether interrupts are on: variables of inline_port.h.
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <labyrinth/port.h>

/* Bytes of physical memory that can be touched; frames above it may be managed but neither cleared nor shredded. */
#define HOST_MEMORY (UINT64_C(64) << 30)

extern uint8_t host_seed; /* first byte of labyrinth_port_random() */

/* Runs where interrupts go from off to on, with host_context INTERRUPT and interrupts off; NULL for none. */
extern void (*host_interrupt)(void);

/* What labyrinth_port_relax() does. While there is one CPU, who waits for another waits for himself: it dies. */
extern void (*host_relax)(void);

/* The bytes of a physical address. */
uint8_t *host_bytes(phys_addr_t phys);

#endif
