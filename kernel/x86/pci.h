/*
 * pci.h - the functions on the PCI buses, their memory, and their interrupts.
 *
 * Idea    Found by asking every place: in memory, where PCI Express has its configuration space, or through the two
 *         ports, which every PC has. Nothing is believed: a function that is gone reads as all ones, a capability list
 *         may be a cycle, a BAR may have no address.
 * Needs   One CPU at a time, task context: two ports make one access.
 * Manual  PCI Local Bus Specification 3.0; PCI Express Base Specification 3.0 section 7.2.2 (configuration space in
 *         memory); Intel SDM vol. 3 section 10.11 (what MSI writes).
 */
#ifndef X86_PCI_H
#define X86_PCI_H

#include <stdbool.h>

#include <labyrinth/types.h>

#define PCI_BUS_BYTES (UINT64_C(1) << 20) /* of configuration space in memory */

/*
 * Configuration space in memory: where that of bus 0 is, or would be. Does it say what the ports say, for every device
 * of this bus, one at least? And from here on it is used for these buses. Once, task.
 */
bool pci_memory_agrees(const volatile void *bus_0, uint8_t bus);
void pci_use_memory(volatile void *bus_0, uint8_t first_bus, uint8_t last_bus);

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

/*
 * It answers at its memory from now on, and does not read or write ours, whatever the firmware has left it to do; then
 * that, too, when it has been reset. And neither any longer.
 */
void pci_enable(const struct pci_function *f);
void pci_enable_master(const struct pci_function *f);
void pci_disable(const struct pci_function *f);

/* The interrupt line that the firmware has noted for its INTx: section 6.2.4. */
uint8_t pci_interrupt_line(const struct pci_function *f);

/* Its interrupts become `vector` on the CPU with this APIC id (below 256), by MSI. false: it cannot. */
bool pci_msi_enable(const struct pci_function *f, uint32_t apic_id, uint8_t vector);

/* They come by wire, as INTx, also when the firmware has left that off, or MSI or MSI-X on. */
void pci_msi_disable(const struct pci_function *f);

#endif
