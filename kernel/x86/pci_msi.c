/*
 * pci_msi.c - interrupts as memory writes.
 *
 * Manual  PCI Local Bus Specification 3.0, sections 6.2.2 (command: bit 10 turns INTx off), 6.7 (capability list),
 *         6.8.1 (MSI), 6.8.2 (MSI-X): a function that has either on uses no INTx; Intel SDM vol. 3 sections 10.11.1
 *         (message address) and 10.11.2 (message data).
 */
#include "x86/pci.h"

#define COMMAND             0x04u
#define COMMAND_NO_INTX     (UINT32_C(1) << 10)
#define STATUS_CAPABILITIES (UINT32_C(1) << 20)
#define CAPABILITIES        0x34u
#define FIRST_PLACE         0x40u /* below is the header        */
#define MOST_CAPABILITIES   48u   /* there is room for no more  */

#define CAPABILITY_MSI      0x05u
#define CAPABILITY_MSI_X    0x11u
#define MSI_ENABLE          (UINT32_C(1) << 16) /* of message control, the upper half of the first word */
#define MSI_COUNT           (UINT32_C(7) << 20) /* how many vectors: 0 is one                           */
#define MSI_64              (UINT32_C(1) << 23)
#define MSI_X_ENABLE        (UINT32_C(1) << 31)

#define MESSAGE_ADDRESS     UINT32_C(0xfee00000) /* physical destination, no redirection */
#define DESTINATION_SHIFT   12

/* Where a capability is, or 0. */
static uint8_t find(const struct pci_function *f, uint8_t which)
{
	uint8_t at = (uint8_t)(pci_read32(f, CAPABILITIES) & 0xfc);

	if (!(pci_read32(f, COMMAND) & STATUS_CAPABILITIES))
		return 0;
	for (unsigned i = 0; i < MOST_CAPABILITIES && at >= FIRST_PLACE; i++) {
		uint32_t word = pci_read32(f, at);

		if ((word & 0xff) == which)
			return at;
		at = (uint8_t)(word >> 8 & 0xfc);
	}
	return 0;
}

static void intx_set(const struct pci_function *f, bool off)
{
	uint32_t command = pci_read32(f, COMMAND) & 0xffff;

	pci_write32(f, COMMAND, off ? command | COMMAND_NO_INTX : command & ~COMMAND_NO_INTX);
}

/* A card sends one kind of message only, or none; what the firmware left on is turned off. */
static void msi_x_off(const struct pci_function *f)
{
	uint8_t at = find(f, CAPABILITY_MSI_X);

	if (at != 0)
		pci_write32(f, at, pci_read32(f, at) & ~MSI_X_ENABLE);
}

bool pci_msi_enable(const struct pci_function *f, uint32_t apic_id, uint8_t vector)
{
	uint8_t at = find(f, CAPABILITY_MSI);
	uint32_t control;

	if (at == 0 || apic_id > 0xff)
		return false;
	msi_x_off(f);
	control = pci_read32(f, at) & ~(MSI_ENABLE | MSI_COUNT);
	pci_write32(f, at, control);
	pci_write32(f, (uint8_t)(at + 4), MESSAGE_ADDRESS | apic_id << DESTINATION_SHIFT);
	if (control & MSI_64)
		pci_write32(f, (uint8_t)(at + 8), 0);
	pci_write32(f, (uint8_t)(at + (control & MSI_64 ? 12 : 8)), vector); /* fixed delivery, edge */
	intx_set(f, true);
	pci_write32(f, at, control | MSI_ENABLE);
	return true;
}

void pci_msi_disable(const struct pci_function *f)
{
	uint8_t at = find(f, CAPABILITY_MSI);

	msi_x_off(f);
	if (at != 0)
		pci_write32(f, at, pci_read32(f, at) & ~MSI_ENABLE);
	intx_set(f, false);
}
