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
#define STORM          10000u /* interrupts are looked at together            */
#define STORM_PART     10u    /* of which the function has asked for a tenth */

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

bool wires_route_pci(struct wire *wire, uint8_t vector)
{
	wire->heard = wire->claimed = 0;
	return wire->line < ISA_INTERRUPTS && ioapic_route(line_of(wire->line), vector, percpu[0].apic_id);
}

void wires_mask_pci(const struct wire *wire)
{
	if (wire->line < ISA_INTERRUPTS)
		ioapic_mask(line_of(wire->line).gsi);
}

bool wires_storm(struct wire *wire, bool claimed)
{
	bool storm;

	wire->claimed += claimed;
	if (++wire->heard < STORM)
		return false;
	storm = wire->claimed < STORM / STORM_PART;
	wire->heard = wire->claimed = 0;
	if (storm)
		wires_mask_pci(wire);
	return storm;
}
