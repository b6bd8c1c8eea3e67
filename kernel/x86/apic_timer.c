/*
 * apic_timer.c - the local APIC's timer.
 *
 * Writes  The timer's registers; how its counts relate to cycles.
 * Manual  Intel SDM vol. 3 section 10.5.4.
 */
#include "x86/apic.h"
#include "x86/apic_registers.h"

static uint32_t counts_a_cycle; /* times 2^32; the same on all CPUs */

/* Where the timer is faster than the cycle counter, if ever, it fires early: timer.c looks again. */
static uint32_t ratio(void)
{
	uint64_t timer = apic_timer_hertz(), tsc = tsc_hertz();

	return timer < tsc ? (uint32_t)((timer << 32) / tsc) : UINT32_MAX;
}

/* One-shot is mode 0: figure 10-8. */
void apic_timer_use(uint8_t vector)
{
	counts_a_cycle = ratio();
	apic_write(APIC_TIMER_INITIAL, 0);
	apic_write(APIC_LVT_TIMER, vector);
}

/* Writing the count starts it. */
void apic_timer_after(uint64_t cycles)
{
	if (cycles > UINT32_MAX)
		cycles = UINT32_MAX;
	apic_write(APIC_TIMER_INITIAL, (uint32_t)(cycles * counts_a_cycle >> 32) + 1);
}
