/*
 * apic_timer.c - the local APIC's timer.
 *
 * Writes  The timer's registers.
 * Manual  Intel SDM vol. 3 section 10.5.4.
 */
#include "panic.h"
#include "x86/apic.h"
#include "x86/apic_registers.h"

#define TIMER_PERIODIC (1u << 17) /* figure 10-8 */

void apic_timer_start(uint8_t vector, uint32_t hertz)
{
	if (hertz == 0 || hertz > APIC_TIMER_MAX_HERTZ)
		panic("apic_timer_start: %u interrupts a second; possible are 1 to %u", hertz, APIC_TIMER_MAX_HERTZ);
	apic_timer_stop();
	apic_write(APIC_LVT_TIMER, TIMER_PERIODIC | vector);
	apic_write(APIC_TIMER_INITIAL, (uint32_t)(apic_timer_hertz() / hertz));
}

void apic_timer_stop(void)
{
	apic_write(APIC_TIMER_INITIAL, 0);
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
}
