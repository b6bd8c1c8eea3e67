/*
 * pci.h - the functions on the PCI buses, their memory, and their interrupts.
 *
 * Idea    Found by asking every place through the two configuration ports, which every PC has. Nothing is believed:
 *         a function that is gone reads as all ones, a capability list may be a cycle, a BAR may have no address.
 * Needs   One CPU at a time, task context: two ports make one access.
 * Manual  PCI Local Bus Specification 3.0; Intel SDM vol. 3 section 10.11 (what MSI writes).
 */
#ifndef X86_PCI_H
#define X86_PCI_H

#include <stdbool.h>

#include <labyrinth/types.h>

struct pci_function {
	uint8_t  bus, device, function;
	uint16_t vendor, id;
	uint32_t next; /* where pci_next() goes on */
};

/* The next function that is there; start from zeros. false: there is no other. */
bool pci_next(struct pci_function *f);

/* Configuration space, 0 to 255. A 32-bit offset is a multiple of 4. */
uint32_t pci_read32(const struct pci_function *f, uint8_t offset);
void pci_write32(const struct pci_function *f, uint8_t offset, uint32_t value);

/* Consecutive bytes of a device's own memory. */
struct pci_memory {
	phys_addr_t base;
	uint64_t    bytes;
};

/* What base address register `bar` (0..5) decodes; false: no memory, or none that the CPU can reach. */
bool pci_memory(const struct pci_function *f, unsigned bar, struct pci_memory *out);

/* It may answer at its memory, and read and write ours. And no longer. */
void pci_enable(const struct pci_function *f);
void pci_disable(const struct pci_function *f);

/* The interrupt line that the firmware has noted for its INTx: section 6.2.4. */
uint8_t pci_interrupt_line(const struct pci_function *f);

/* Its interrupts become `vector` on the CPU with this APIC id (below 256), by MSI. false: it cannot. */
bool pci_msi_enable(const struct pci_function *f, uint32_t apic_id, uint8_t vector);
void pci_msi_disable(const struct pci_function *f);

#endif
