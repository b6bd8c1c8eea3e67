/*
 * ipi.h - interrupts from one CPU to another, by APIC ID.
 *
 * Idea    Each returns when the local APIC has taken the message, not when the other CPU has. Any context: an NMI that
 *         sends must not return to a send that it interrupted.
 * Manual  Intel SDM vol. 3 sections 10.6.1 (xAPIC), 10.12.9 (x2APIC), 8.4.4.1 (start-up).
 */
#ifndef X86_IPI_H
#define X86_IPI_H

#include <stdint.h>

#include <labyrinth/types.h>

/* The vector, as irq_register() knows it. */
void ipi_send(uint32_t apic_id, uint8_t vector);

/* An NMI: it arrives whatever that CPU is doing. */
void ipi_nmi(uint32_t apic_id);

/* The CPU stops, and waits for ipi_startup(). */
void ipi_init(uint32_t apic_id);

/* A CPU that waits begins in real mode at this page, which lies below 1 MiB; one that runs does not notice. */
void ipi_startup(uint32_t apic_id, phys_addr_t page);

#endif
