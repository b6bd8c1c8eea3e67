/*
 * apic.h - this CPU's interrupt controller, and its timer.
 */
#ifndef X86_APIC_H
#define X86_APIC_H

#include <stdint.h>

#include <labyrinth/types.h>

/* Does this CPU have a local APIC, and does it want registers in memory (xAPIC) rather than MSRs (x2APIC)? */
bool apic_present(void);
bool apic_in_memory(void);

/* Where the xAPIC's registers are, 4 KiB of them: paging.h maps them as a device before apic_init(). */
phys_addr_t apic_registers(void);

/* Switches it on, everything masked. On each CPU once, interrupts off, with the final page tables live. */
void apic_init(void);

/* Who this CPU is to the others: see ipi.h. Needs no apic_init(). */
uint32_t apic_id(void);

/* "x2APIC" or "xAPIC". */
const char *apic_mode_name(void);

/* The handler's interrupt is done. The common interrupt exit calls it, handlers do not. */
void apic_eoi(void);

/*
 * Measures the timer and the cycle counter against the first clock of known rate that this machine has: "hpet",
 * "pm" (ACPI's timer), "pit"; else "cpuid", leaf 15h, names the rates. On the CPU that boots, interrupts off, after
 * hpet_init() and pm_timer_init(); takes about 50 ms. The other CPUs have the same rates.
 *
 * wanted   may this clock be used?
 * Returns  the name of the one that was; NULL: there is none.
 */
const char *apic_calibrate(bool (*wanted)(const char *name));

/* Cycles of cpu_tsc() in a second; counts of the timer, at APIC_DIVIDE_BY_16. 0 before apic_calibrate(). */
uint64_t tsc_hertz(void);
uint64_t apic_timer_hertz(void);

/* A slower timer is of no use: a deadline is met to 50 microseconds. */
#define APIC_TIMER_LEAST_HERTZ 20000u

/* This CPU's timer raises `vector`, one that irq_register() accepts, whenever apic_timer_after() has run down. */
void apic_timer_use(uint8_t vector);

/* Raises the interrupt once, after about so many cycles of cpu_tsc(), a second at most; not at what was set before. */
void apic_timer_after(uint64_t cycles);

#endif
