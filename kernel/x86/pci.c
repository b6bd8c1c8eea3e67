/*
 * pci.c - what is in configuration space.
 *
 * Manual  PCI Local Bus Specification 3.0, sections 6.1 (the header), 6.2.2 (command), 6.2.5.1 (base addresses).
 */
#include "x86/paging.h"
#include "x86/pci.h"

#define VENDOR       0x00u
#define COMMAND      0x04u
#define HEADER_TYPE  0x0cu /* bits 16..23 */
#define BASE_ADDRESS 0x10u
#define INTERRUPT_LINE 0x3cu

#define NO_VENDOR         0xffffu
#define HEADER_MULTIPLE   (UINT32_C(1) << 23)
#define COMMAND_IO        (UINT32_C(1) << 0)
#define COMMAND_MEMORY    (UINT32_C(1) << 1)
#define COMMAND_MASTER    (UINT32_C(1) << 2)
#define COMMAND_STATUS    UINT32_C(0xffff0000) /* status: a bit written as 1 is cleared, so write none */
#define BASE_IO           (UINT32_C(1) << 0)
#define BASE_TYPE         UINT32_C(0x6)
#define BASE_TYPE_64      UINT32_C(0x4)
#define BASE_FLAGS        UINT32_C(0xf)

#define PLACES (UINT32_C(1) << 16) /* 256 buses of 32 devices of 8 functions */

uint8_t pci_interrupt_line(const struct pci_function *f)
{
	return (uint8_t)pci_read32(f, INTERRUPT_LINE);
}

/* Functions above 0 exist only where function 0 says so: section 6.2.1, "header type". */
static bool has_more(const struct pci_function *f)
{
	return f->function > 0 || (pci_read32(f, HEADER_TYPE) & HEADER_MULTIPLE) != 0;
}

bool pci_next(struct pci_function *f)
{
	while (f->next < PLACES) {
		uint32_t place = f->next++, who;

		f->bus = (uint8_t)(place >> 8);
		f->device = place >> 3 & 31;
		f->function = place & 7;
		who = pci_read32(f, VENDOR);
		if ((who & 0xffff) == NO_VENDOR || !has_more(f))
			f->next = f->function == 0 ? place + 8 : f->next;
		if ((who & 0xffff) == NO_VENDOR)
			continue;
		f->vendor = (uint16_t)who;
		f->id = (uint16_t)(who >> 16);
		return true;
	}
	return false;
}

static void command_set(const struct pci_function *f, uint32_t clear, uint32_t set)
{
	uint32_t command = pci_read32(f, COMMAND) & ~COMMAND_STATUS;

	pci_write32(f, COMMAND, (command & ~clear) | set);
}

void pci_enable(const struct pci_function *f)
{
	command_set(f, COMMAND_MASTER, COMMAND_MEMORY);
}

void pci_enable_master(const struct pci_function *f)
{
	command_set(f, 0, COMMAND_MASTER);
}

void pci_disable(const struct pci_function *f)
{
	command_set(f, COMMAND_MEMORY | COMMAND_MASTER, 0);
}

/* The bits of a register that hold an address: those that can be written. Decoding is off meanwhile. */
static uint32_t writable(const struct pci_function *f, uint8_t offset)
{
	uint32_t was = pci_read32(f, offset), mask;

	pci_write32(f, offset, UINT32_MAX);
	mask = pci_read32(f, offset);
	pci_write32(f, offset, was);
	return mask;
}

static struct pci_memory read_base(const struct pci_function *f, uint8_t offset, bool wide)
{
	uint64_t base = pci_read32(f, offset) & ~BASE_FLAGS, mask = writable(f, offset) & ~BASE_FLAGS;

	if (wide) {
		base |= (uint64_t)pci_read32(f, offset + 4) << 32;
		mask |= (uint64_t)writable(f, offset + 4) << 32;
	} else if (mask != 0) {
		mask |= UINT64_C(0xffffffff00000000);
	}
	return (struct pci_memory){ { base }, ~mask + 1 }; /* section 6.2.5.1: the lowest writable bit is the size */
}

bool pci_memory(const struct pci_function *f, unsigned bar, struct pci_memory *out)
{
	uint8_t offset = (uint8_t)(BASE_ADDRESS + 4 * bar);
	uint32_t command = pci_read32(f, COMMAND) & ~COMMAND_STATUS, low;
	bool wide;

	if (bar > 5)
		return false;
	low = pci_read32(f, offset);
	wide = (low & BASE_TYPE) == BASE_TYPE_64;
	if ((low & BASE_IO) || (wide && bar == 5))
		return false;
	pci_write32(f, COMMAND, command & ~(COMMAND_IO | COMMAND_MEMORY));
	*out = read_base(f, offset, wide);
	pci_write32(f, COMMAND, command);
	return out->base.a != 0 && out->bytes != 0 && (out->bytes & (out->bytes - 1)) == 0
	       && out->base.a < DEVICE_BYTES && out->bytes <= DEVICE_BYTES - out->base.a;
}
