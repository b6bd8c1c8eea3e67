/*
 * host.h - the port of mm/ to a process: memory, contexts and interrupts that a test can steer.
 *
 * Idea    Physical memory is mapped sparsely from address 0 on, and takes host memory only where it is touched.
 *         "Interrupts" are calls: a test names a function, and it runs at the next moment at which a CPU would take it.
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <labyrinth/port.h>

/* Bytes of physical memory that can be touched; frames above it may be managed but neither cleared nor shredded. */
#define HOST_MEMORY (UINT64_C(64) << 30)

extern enum labyrinth_context host_context; /* what labyrinth_port_context() answers      */
extern _Thread_local unsigned host_cpu;     /* what labyrinth_port_pin() answers          */
extern volatile bool          host_irq_on;  /* are interrupts on?                         */
extern uint8_t                host_seed;    /* first byte of labyrinth_port_random()      */

/* Runs where interrupts go from off to on, with host_context INTERRUPT and interrupts off; NULL for none. */
extern void (*host_interrupt)(void);

/* The bytes of a physical address. */
uint8_t *host_bytes(phys_addr_t phys);

#endif
