/*
 * pci_space.c - the way to configuration space: memory for the buses that have it there, else ports.
 *
 * Manual  PCI Local Bus Specification 3.0 section 3.2.2.3.2 (the ports); PCI Express Base Specification 3.0 section
 *         7.2.2 (memory: bus, device, function and offset make up the address).
 */
#include "x86/pci.h"
#include "x86/port_io.h"

#define ADDRESS_PORT 0xcf8
#define DATA_PORT    0xcfc
#define ADDRESS_ON   (UINT32_C(1) << 31)

#define NOBODY  UINT32_MAX
#define DEVICES 32u

static struct {
	volatile uint8_t *bus_0; /* NULL: there is none */
	uint8_t           first_bus, last_bus;
} memory;

static uint64_t place(const struct pci_function *f, uint8_t offset)
{
	return f->bus * PCI_BUS_BYTES + ((uint64_t)f->device << 15 | (uint64_t)f->function << 12 | (offset & ~3u));
}

static void select(const struct pci_function *f, uint8_t offset)
{
	port_write32(ADDRESS_PORT, ADDRESS_ON | (uint32_t)f->bus << 16 | (uint32_t)f->device << 11
	                           | (uint32_t)f->function << 8 | (offset & ~3u));
}

static bool in_memory(const struct pci_function *f)
{
	return memory.bus_0 != NULL && f->bus >= memory.first_bus && f->bus <= memory.last_bus;
}

uint32_t pci_read32(const struct pci_function *f, uint8_t offset)
{
	if (in_memory(f))
		return *(volatile uint32_t *)(memory.bus_0 + place(f, offset));
	select(f, offset);
	return port_read32(DATA_PORT);
}

void pci_write32(const struct pci_function *f, uint8_t offset, uint32_t value)
{
	if (in_memory(f)) {
		*(volatile uint32_t *)(memory.bus_0 + place(f, offset)) = value;
		return;
	}
	select(f, offset);
	port_write32(DATA_PORT, value);
}

bool pci_memory_agrees(const volatile void *bus_0, uint8_t bus)
{
	bool anybody = false;

	for (uint8_t device = 0; device < DEVICES; device++) {
		struct pci_function f = { .bus = bus, .device = device };
		uint32_t there = *(const volatile uint32_t *)((const volatile uint8_t *)bus_0 + place(&f, 0));

		select(&f, 0);
		if (there != port_read32(DATA_PORT))
			return false;
		anybody |= there != NOBODY;
	}
	return anybody;
}

void pci_use_memory(volatile void *bus_0, uint8_t first_bus, uint8_t last_bus)
{
	memory.bus_0 = bus_0;
	memory.first_bus = first_bus;
	memory.last_bus = last_bus;
}
