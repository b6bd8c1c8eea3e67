/*
 * wires.c - from the number of an interrupt to its pin.
 *
 * Source  ACPI Specification 6.4 section 5.2.12.5 (an override's polarity and trigger); PCI Local Bus Specification 3.0
 *         sections 2.2.6 (INTx is level-triggered) and 6.2.4 (the interrupt line register).
 */
#include "wires.h"
#include "x86/ioapic.h"
#include "x86/percpu.h"

#define ISA_INTERRUPTS 16u

static const struct madt *madt;

void wires_open(const struct acpi *acpi, const struct device_pages *devices)
{
	madt = &acpi->madt;
	for (uint32_t i = 0; i < madt->io_apics; i++) {
		phys_addr_t at = { madt->io_apic[i].phys };

		if (device_pages_have(devices, at))
			ioapic_add(at, madt->io_apic[i].first_gsi);
	}
}

/* Whatever the bus, INTx is level-triggered; active high where it has passed the chipset's router to an ISA line. */
static struct ioapic_line line_of(uint8_t isa)
{
	for (uint32_t i = 0; i < madt->overrides; i++)
		if (madt->override[i].isa == isa)
			return (struct ioapic_line){ madt->override[i].gsi, madt->override[i].active_low, true };
	return (struct ioapic_line){ isa, false, true };
}

bool wires_route_pci(uint8_t line, uint8_t vector)
{
	return line < ISA_INTERRUPTS && ioapic_route(line_of(line), vector, percpu[0].apic_id);
}

void wires_mask_pci(uint8_t line)
{
	if (line < ISA_INTERRUPTS)
		ioapic_mask(line_of(line).gsi);
}
