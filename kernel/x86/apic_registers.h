/*
 * apic_registers.h - the local APIC's registers, whichever way they are reached; for apic*.c, ipi.c and rates.c.
 *
 * Manual  Intel SDM vol. 3 table 10-1 (offsets), section 10.12.1.2 (MSR = 800h + offset / 16).
 */
#ifndef X86_APIC_REGISTERS_H
#define X86_APIC_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

enum apic_register {
	APIC_VERSION       = 0x030,
	APIC_TASK_PRIORITY = 0x080,
	APIC_EOI           = 0x0b0,
	APIC_SPURIOUS      = 0x0f0,
	APIC_IN_SERVICE    = 0x100, /* the first of eight registers, 10h apart */
	APIC_ERROR_STATUS  = 0x280,
	APIC_LVT_CMCI      = 0x2f0,
	APIC_COMMAND       = 0x300,
	APIC_COMMAND_HIGH  = 0x310, /* xAPIC only; in x2APIC mode both halves are one MSR */
	APIC_LVT_TIMER     = 0x320,
	APIC_LVT_THERMAL   = 0x330,
	APIC_LVT_COUNTERS  = 0x340,
	APIC_LVT_LINT0     = 0x350,
	APIC_LVT_LINT1     = 0x360,
	APIC_LVT_ERROR     = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE  = 0x3e0,
};

#define APIC_LVT_MASKED   (1u << 16) /* section 10.5.1 */
#define APIC_DIVIDE_BY_16 0x3u       /* figure 10-10   */

uint32_t apic_read(enum apic_register reg);
void apic_write(enum apic_register reg, uint32_t value);

/* Is it in x2APIC mode? Then the interrupt command register is one, of both halves. */
bool apic_x2(void);
void apic_x2_command(uint32_t id, uint32_t command);

#endif
