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

/* The card's INTx raises `vector` on the CPU that boots; false: nobody knows its wire. Task. */
bool wires_route_pci(uint8_t line, uint8_t vector);
void wires_mask_pci(uint8_t line);

#endif
