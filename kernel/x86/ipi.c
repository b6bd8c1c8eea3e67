/*
 * ipi.c - writes the interrupt command register.
 *
 * Writes  The interrupt command register of this CPU's local APIC.
 * Manual  Intel SDM vol. 3 sections 10.6.1, 10.12.9, 8.4.4.1 step 15 (INIT, SIPI).
 */
#include "x86/apic_registers.h"
#include "x86/cpu.h"
#include "x86/ipi.h"

#define COMMAND_FIXED   (0u << 8)
#define COMMAND_NMI     (4u << 8)
#define COMMAND_INIT    (5u << 8)
#define COMMAND_STARTUP (6u << 8)
#define COMMAND_PENDING (1u << 12) /* delivery status, xAPIC only */
#define COMMAND_ASSERT  (1u << 14)
#define ID_IN_MEMORY    24         /* section 10.6.2.1 */
#define PATIENCE        1000000u   /* looks at the delivery status */

/* The last message has left; or the APIC will not say so any more, and another attempt is better than none. */
static void wait_until_sent(void)
{
	for (unsigned i = 0; i < PATIENCE && apic_read(APIC_COMMAND) & COMMAND_PENDING; i++)
		cpu_relax();
}

/* The two halves belong together: no handler may send in between. */
static void command_in_memory(uint32_t apic_id, uint32_t command)
{
	uintptr_t was = irq_save();

	wait_until_sent();
	apic_write(APIC_COMMAND_HIGH, apic_id << ID_IN_MEMORY);
	apic_write(APIC_COMMAND, command);
	irq_restore(was);
}

static void send(uint32_t apic_id, uint32_t command)
{
	if (apic_x2())
		apic_x2_command(apic_id, command | COMMAND_ASSERT);
	else
		command_in_memory(apic_id, command | COMMAND_ASSERT);
}

void ipi_send(uint32_t apic_id, uint8_t vector)
{
	send(apic_id, COMMAND_FIXED | vector);
}

void ipi_nmi(uint32_t apic_id)
{
	send(apic_id, COMMAND_NMI);
}

void ipi_init(uint32_t apic_id)
{
	send(apic_id, COMMAND_INIT);
}

void ipi_startup(uint32_t apic_id, phys_addr_t page)
{
	send(apic_id, COMMAND_STARTUP | (uint32_t)(page.a / LABYRINTH_PAGE_SIZE));
}
