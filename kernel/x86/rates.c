/*
 * rates.c - how fast the cycle counter and the local APIC's timer count.
 *
 * Idea    Both are measured against the first clock of known rate that there is. That one is started after and read
 *         before them, so whatever holds the CPU up in between makes them count more, never less: of several
 *         measurements the lowest rate is the best. The PIT comes last: it wraps after 55 ms, and a CPU that is held up
 *         for longer loses count. A machine without any such clock names its rates in CPUID leaf 15h.
 * Writes  The two rates, once; the timer's registers.
 * Manual  Intel SDM vol. 3 section 10.5.4 (timer), section 18.7.3 (CPUID leaf 15h and the TSC).
 */
#include <stddef.h>

#include "x86/apic.h"
#include "x86/apic_registers.h"
#include "x86/cpu.h"
#include "x86/reference.h"

#define DIVIDE       16u                 /* APIC_DIVIDE_BY_16                                           */
#define MEASUREMENTS 5
#define A_SECOND     100u                /* a measurement is that part of one                           */
#define PATIENCE     (UINT64_C(1) << 32) /* cycles: about a second, a hundred times what is needed      */
#define LOOKS        100000u             /* and so many, in case none of this time was ours             */
#define LEAF_RATES   0x15u

struct rates {
	uint64_t tsc;   /* cycles a second               */
	uint64_t timer; /* counts a second after DIVIDE  */
};

static struct rates rates;

/* One measurement; false if the clock does not count. */
static bool measure(const struct reference *clock, struct rates *out)
{
	uint64_t hertz = clock->hertz(), start = cpu_tsc(), end;
	uint32_t ticks, counts, looks = 0;

	apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
	if (!clock->start())
		return false;
	while ((ticks = clock->passed()) < hertz / A_SECOND)
		if (++looks > LOOKS && cpu_tsc() - start > PATIENCE)
			return false;
	counts = UINT32_MAX - apic_read(APIC_TIMER_CURRENT);
	end = cpu_tsc();
	apic_write(APIC_TIMER_INITIAL, 0);
	*out = (struct rates){ (end - start) * hertz / ticks, (uint64_t)counts * hertz / ticks };
	return true;
}

static bool measure_best(const struct reference *clock, struct rates *best)
{
	struct rates one;

	*best = (struct rates){ UINT64_MAX, UINT64_MAX };
	for (int i = 0; i < MEASUREMENTS; i++) {
		if (!measure(clock, &one))
			return false;
		if (one.tsc < best->tsc)
			*best = one;
	}
	return true;
}

static bool fast_enough(const struct rates *r)
{
	return r->timer >= APIC_TIMER_LEAST_HERTZ;
}

/* EBX / EAX cycles for each of the crystal's ECX a second; the timer counts the crystal. */
static bool named_by_cpu(struct rates *out)
{
	struct cpuid r = cpu_id_if_any(LEAF_RATES);

	if (r.eax == 0 || r.ebx == 0 || r.ecx == 0)
		return false;
	*out = (struct rates){ (uint64_t)r.ecx * r.ebx / r.eax, r.ecx / DIVIDE };
	return fast_enough(out);
}

const char *apic_calibrate(bool (*wanted)(const char *name))
{
	static const struct reference *const clocks[] = { &hpet_reference, &pm_timer_reference, &pit_reference };
	struct rates found;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (!wanted(clocks[i]->name) || clocks[i]->hertz() == 0 || !measure_best(clocks[i], &found))
			continue;
		rates = found;
		if (fast_enough(&rates))
			return clocks[i]->name;
	}
	return wanted("cpuid") && named_by_cpu(&rates) ? "cpuid" : NULL;
}

uint64_t tsc_hertz(void)
{
	return rates.tsc;
}

uint64_t apic_timer_hertz(void)
{
	return rates.timer;
}
