/*
 * hpet.c - reads the HPET's main counter; its timers are left alone.
 *
 * Writes  The enable bit, if the firmware has left the counter off.
 * Manual  IA-PC HPET Specification 1.0a sections 2.3.4 (capabilities), 2.3.5 (configuration), 2.3.7 (main counter).
 */
#include "x86/hpet.h"
#include "x86/paging.h"
#include "x86/reference.h"

enum {
	PERIOD        = 0x004, /* the upper half of the capabilities: femtoseconds a tick */
	CONFIGURATION = 0x010,
	COUNTER       = 0x0f0,
};

#define ENABLE       1u
#define LEAST_PERIOD 1000000u   /* a GHz: faster than any is    */
#define MOST_PERIOD  100000000u /* section 2.3.4: at least 10 MHz */
#define FEMTO        UINT64_C(1000000000000000)

static phys_addr_t at;
static uint32_t first;

static volatile uint32_t *reg(uint64_t offset)
{
	return (volatile uint32_t *)device_virt((phys_addr_t){ at.a + offset });
}

void hpet_init(phys_addr_t registers)
{
	at = registers;
}

static uint64_t hertz(void)
{
	uint32_t period = at.a != 0 ? *reg(PERIOD) : 0;

	return period >= LEAST_PERIOD && period <= MOST_PERIOD ? FEMTO / period : 0;
}

static bool start(void)
{
	*reg(CONFIGURATION) |= ENABLE;
	first = *reg(COUNTER);
	return true;
}

/* The lower half only: it wraps after seconds at least. */
static uint32_t passed(void)
{
	return *reg(COUNTER) - first;
}

const struct reference hpet_reference = { "hpet", hertz, start, passed };
