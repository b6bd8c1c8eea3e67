/*
 * ioapic.c - the redirection tables.
 *
 * Idea    Two accesses reach a register: which one, then what. A lock keeps them together.
 * Manual  82093AA data sheet, sections 3.1 (the two registers that reach the others) and 3.2.4 (redirection table).
 */
#include "x86/ioapic.h"
#include "x86/lock.h"
#include "x86/paging.h"

#define SELECT     0x00u
#define WINDOW     0x10u

#define VERSION    0x01u
#define LAST_SHIFT 16    /* of the number of its last entry: section 3.2.2 */
#define TABLE      0x10u /* two registers an entry                         */

#define ACTIVE_LOW (UINT32_C(1) << 13)
#define LEVEL      (UINT32_C(1) << 15)
#define MASKED     (UINT32_C(1) << 16)
#define ID_SHIFT   24    /* in the upper register: physical destination    */

#define MOST_IO_APICS 16u

static struct ioapic {
	volatile uint8_t *registers;
	uint32_t          first, pins;
} ioapics[MOST_IO_APICS];

static unsigned count;
static struct lock accessing;

static uint32_t read(const struct ioapic *io, uint32_t which)
{
	uintptr_t was = lock_take_irq(&accessing);
	uint32_t value;

	*(volatile uint32_t *)(io->registers + SELECT) = which;
	value = *(volatile uint32_t *)(io->registers + WINDOW);
	lock_give_irq(&accessing, was);
	return value;
}

static void write(const struct ioapic *io, uint32_t which, uint32_t value)
{
	uintptr_t was = lock_take_irq(&accessing);

	*(volatile uint32_t *)(io->registers + SELECT) = which;
	*(volatile uint32_t *)(io->registers + WINDOW) = value;
	lock_give_irq(&accessing, was);
}

void ioapic_add(phys_addr_t registers, uint32_t first_gsi)
{
	struct ioapic io = { device_virt(registers), first_gsi, 0 };

	if (count == MOST_IO_APICS)
		return;
	io.pins = (read(&io, VERSION) >> LAST_SHIFT & 0xff) + 1;
	for (uint32_t pin = 0; pin < io.pins; pin++)
		write(&io, TABLE + 2 * pin, MASKED);
	ioapics[count++] = io;
}

static const struct ioapic *that_has(uint32_t gsi)
{
	for (unsigned i = 0; i < count; i++)
		if (gsi - ioapics[i].first < ioapics[i].pins)
			return &ioapics[i];
	return NULL;
}

/* Masked while half of the entry is new. */
bool ioapic_route(struct ioapic_line line, uint8_t vector, uint32_t apic_id)
{
	const struct ioapic *io = that_has(line.gsi);
	uint32_t entry = TABLE + 2 * (line.gsi - (io != NULL ? io->first : 0));

	if (io == NULL || apic_id > 0xff)
		return false;
	write(io, entry, MASKED);
	write(io, entry + 1, apic_id << ID_SHIFT);
	write(io, entry, vector | (line.active_low ? ACTIVE_LOW : 0) | (line.level ? LEVEL : 0));
	return true;
}

void ioapic_mask(uint32_t gsi)
{
	const struct ioapic *io = that_has(gsi);

	if (io != NULL)
		write(io, TABLE + 2 * (gsi - io->first), MASKED);
}
