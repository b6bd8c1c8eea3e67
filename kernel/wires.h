/*
 * wires.h - which pin of which I/O APIC an interrupt of the old kind is wired to.
 *
 * Idea    The firmware's MADT says where an ISA interrupt differs from its number. A PCI function's INTx is wired to
 *         the ISA interrupt that the firmware has written into its configuration space: what the tables say in AML
 *         about other wires is not read, so a card without MSI on such a machine is polled.
 */
#ifndef KERNEL_WIRES_H
#define KERNEL_WIRES_H

#include "device_pages.h"

/* All I/O APICs, masked. Once, after address_space_build(). */
void wires_open(const struct acpi *acpi, const struct device_pages *devices);

/*
 * A function's wire, which other functions may share. One that asserts it and that nobody here serves would interrupt
 * for ever, and nothing else would run on that CPU.
 */
struct wire {
	uint8_t  line;    /* as in configuration space                          */
	uint32_t heard;   /* interrupts since somebody counted                  */
	uint32_t claimed; /* of those, the ones that the function had asked for */
};

/* The function's INTx raises `vector` on the CPU that boots; false: nobody knows its wire. Task. */
bool wires_route_pci(struct wire *wire, uint8_t vector);

/* No longer. Any context but NMI. */
void wires_mask_pci(const struct wire *wire);

/*
 * For the function's handler: had it asked for this interrupt? true: of the last ten thousand hardly any was the
 * function's, and the wire is masked now; whoever needs the function has to poll it.
 */
bool wires_storm(struct wire *wire, bool claimed);

#endif
