/*
 * apic_timer.c - the local APIC's timer, and the rates of it and of the cycle counter.
 *
 * Idea    Both are measured against the PIT. Reading it late only makes a measurement longer, so the shortest of
 *         several is the best. Some recent machines have no running PIT; these name their rates in CPUID leaf 15h.
 * Writes  The two rates, once; the timer's registers.
 * Manual  Intel SDM vol. 3 section 10.5.4 (timer), section 18.7.3 (CPUID leaf 15h and the TSC).
 */
#include "panic.h"
#include "x86/apic.h"
#include "x86/apic_registers.h"
#include "x86/cpu.h"
#include "x86/pit.h"

#define DIVIDE         16u          /* as apic_init() has it                         */
#define TIMER_PERIODIC (1u << 17)   /* figure 10-8                                   */
#define MEASURE_TICKS  11932u       /* of the PIT: 10 ms                             */
#define MEASUREMENTS   5
#define PATIENCE       (UINT64_C(1) << 32) /* cycles: about a second, a hundred times what is needed */
#define LEAF_RATES     0x15u

struct rates {
	uint64_t tsc;   /* cycles a second               */
	uint64_t timer; /* counts a second after DIVIDE  */
};

static struct rates rates;

static struct rates measured(uint64_t cycles, uint32_t counts)
{
	return (struct rates){ cycles * PIT_HERTZ / MEASURE_TICKS, (uint64_t)counts * PIT_HERTZ / MEASURE_TICKS };
}

/* One measurement; false if the PIT does not count. */
static bool measure(struct rates *out)
{
	uint64_t start = cpu_tsc(), end;
	uint32_t counts;

	apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
	pit_start(MEASURE_TICKS);
	while (!pit_done())
		if (cpu_tsc() - start > PATIENCE)
			return false;
	/* After the end was seen: whatever holds the CPU up now makes both longer, and the measurement lose. */
	counts = UINT32_MAX - apic_read(APIC_TIMER_CURRENT);
	end = cpu_tsc();
	apic_write(APIC_TIMER_INITIAL, 0);
	*out = measured(end - start, counts);
	return true;
}

static bool measure_best(struct rates *best)
{
	struct rates one;

	*best = (struct rates){ UINT64_MAX, UINT64_MAX };
	for (int i = 0; i < MEASUREMENTS; i++) {
		if (!measure(&one))
			return false;
		if (one.tsc < best->tsc)
			*best = one;
	}
	return true;
}

/* EBX / EAX cycles for each of the crystal's ECX a second; the timer counts the crystal. */
static bool named_by_cpu(struct rates *out)
{
	struct cpuid r = cpu_id_if_any(LEAF_RATES);

	if (r.eax == 0 || r.ebx == 0 || r.ecx == 0)
		return false;
	*out = (struct rates){ (uint64_t)r.ecx * r.ebx / r.eax, r.ecx / DIVIDE };
	return true;
}

bool apic_calibrate(void)
{
	return (measure_best(&rates) || named_by_cpu(&rates)) && rates.timer >= APIC_TIMER_MAX_HERTZ;
}

uint64_t tsc_hertz(void)
{
	return rates.tsc;
}

void apic_timer_start(uint8_t vector, uint32_t hertz)
{
	if (hertz == 0 || hertz > APIC_TIMER_MAX_HERTZ)
		panic("apic_timer_start: %u interrupts a second; possible are 1 to %u", hertz, APIC_TIMER_MAX_HERTZ);
	apic_timer_stop();
	apic_write(APIC_LVT_TIMER, TIMER_PERIODIC | vector);
	apic_write(APIC_TIMER_INITIAL, (uint32_t)(rates.timer / hertz));
}

void apic_timer_stop(void)
{
	apic_write(APIC_TIMER_INITIAL, 0);
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
}
