/*
 * ioapic.h - interrupts that come by wire, and where each goes.
 *
 * Writes  The registers of the I/O APICs, masked until a line is routed. Task, one line by one CPU at a time.
 * Manual  Intel 82093AA I/O Advanced Programmable Interrupt Controller data sheet.
 */
#ifndef X86_IOAPIC_H
#define X86_IOAPIC_H

#include <stdbool.h>

#include <labyrinth/types.h>

/* One whose registers are mapped; its pins are the global system interrupts from first_gsi on. All masked. */
void ioapic_add(phys_addr_t registers, uint32_t first_gsi);

struct ioapic_line {
	uint32_t gsi;
	bool     active_low, level;
};

/* From now on the line raises `vector` on the CPU with this APIC id (below 256). false: no I/O APIC has such a pin. */
bool ioapic_route(struct ioapic_line line, uint8_t vector, uint32_t apic_id);

/* No longer. Any context but NMI. */
void ioapic_mask(uint32_t gsi);

#endif
