/*
 * cpus.c - from the firmware's list of CPUs to CPUs that run the kernel.
 *
 * Writes  The list, once; each CPU writes that it runs.
 * Manual  Intel SDM vol. 3 section 8.4.4.1 (INIT, 10 ms, SIPI, 200 us, SIPI).
 */
#include <stdatomic.h>

#include "cmdline.h"
#include "cpus.h"
#include "memory.h"
#include "thread.h"
#include "view/print.h"
#include "x86/ap.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/mem.h"
#include "x86/paging.h"
#include "x86/protect.h"
#include "x86/stack.h"
#include "x86/timer.h"
#include "x86/trap.h"
#include "x86/window.h"

#define LAST_XAPIC_ID  254u /* larger ones are reached in x2APIC mode only: section 10.12.9 */
#define INIT_MS        10u
#define SIPI_MS        1u
#define PATIENCE_MS    5000u
#define PATIENCE_LOOKS 3000000u

#define NOBODY UINT32_MAX

struct ap_start ap_start;

static uint32_t found = 1;

/* The CPU that is being started. It takes itself off when it comes, or is taken off when it is given up: never both. */
static _Atomic uint32_t awaited = NOBODY;

uint32_t cpus_found(void)
{
	return found;
}

bool cpu_online(uint32_t index)
{
	return atomic_load(&percpu[index].online);
}

uint32_t cpus_online(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < found; i++)
		count += cpu_online(i);
	return count;
}

static bool named(const struct madt *madt, uint32_t apic_id)
{
	for (uint32_t i = 0; i < madt->cpus; i++)
		if (madt->cpu[i] == apic_id)
			return true;
	return false;
}

static bool reachable(uint32_t apic_id)
{
	return apic_id <= LAST_XAPIC_ID || !apic_in_memory();
}

/* The others, in the table's order; returns how many cannot be reached. */
static uint32_t list_others(const struct madt *madt, uint32_t most)
{
	uint32_t unreachable = 0;

	for (uint32_t i = 0; i < madt->cpus && found < most; i++) {
		if (madt->cpu[i] == percpu[0].apic_id)
			continue;
		if (reachable(madt->cpu[i]))
			percpu[found++].apic_id = madt->cpu[i];
		else
			unreachable++;
	}
	return unreachable;
}

static uint32_t most_wanted(void)
{
	uint64_t most;

	cmdline_number("maxcpus", 1, CPUS_MOST, CPUS_MOST, &most);
	return cmdline_has("nosmp") ? 1 : (uint32_t)most;
}

void cpus_find(const struct acpi *acpi)
{
	const struct madt *madt = &acpi->madt;
	uint32_t most = most_wanted(), all = madt->cpus + madt->cpus_beyond, unreachable;

	percpu[0].apic_id = apic_id();
	atomic_store(&percpu[0].online, 1);
	if (madt->cpus > 0 && !named(madt, percpu[0].apic_id)) {
		kprintf("ACPI: the MADT does not name the CPU that boots, APIC ID %u; using one CPU\n",
		        percpu[0].apic_id);
		return;
	}
	unreachable = list_others(madt, most);
	if (unreachable > 0)
		kprintf("CPUs: %u have an APIC ID above %u and this one no x2APIC; going on without them\n",
		        unreachable, LAST_XAPIC_ID);
	if (all > found + unreachable)
		kprintf("CPUs: %u of %u are not to be used\n", all - found - unreachable, all);
}

void cpus_use_one(const char *why)
{
	kprintf("CPUs: %s; using one\n", why);
	found = 1;
}

static void wait_ms(uint64_t ms)
{
	uint64_t start = cpu_tsc();

	while (cpu_tsc() - start < ms * tsc_hertz() / 1000)
		cpu_relax();
}

/*
 * Waits until it runs, but not for ever: so long, and at least for so many looks. In an emulator whose host is busy
 * both CPUs are slow, and looks are a fairer measure of what the other one has had time for.
 */
static bool comes(uint32_t index, uint64_t ms, uint64_t looks)
{
	uint64_t start = cpu_tsc();

	while (cpu_tsc() - start < ms * tsc_hertz() / 1000 || looks > 0) {
		if (cpu_online(index))
			return true;
		looks -= looks > 0;
		cpu_relax();
	}
	return cpu_online(index);
}

static bool start(uint32_t index, phys_addr_t trampoline)
{
	phys_addr_t root = address_space_for_cpu(index);
	uint32_t id = percpu[index].apic_id;

	atomic_store(&awaited, index);
	if (root.a == 0)
		return false;
	ap_start = (struct ap_start){ root.a, stack_top(index, STACK_BOOT), index };
	ipi_init(id);
	wait_ms(INIT_MS);
	ipi_startup(id, trampoline);
	if (comes(index, SIPI_MS, 0))
		return true;
	ipi_startup(id, trampoline);
	return comes(index, PATIENCE_MS, PATIENCE_LOOKS);
}

static bool take_off(uint32_t index)
{
	return atomic_compare_exchange_strong(&awaited, &index, NOBODY);
}

/* INIT again, so that it does not come late and take the place of another. One that comes at this moment may stay. */
static void give_up(uint32_t index)
{
	if (!take_off(index) && comes(index, PATIENCE_MS, PATIENCE_LOOKS))
		return;
	ipi_init(percpu[index].apic_id);
	kprintf("CPU %u, APIC ID %u, does not start; going on without it\n", index, percpu[index].apic_id);
}

void cpus_start(phys_addr_t trampoline)
{
	if (found > 1)
		memcpy(phys_virt(trampoline), ap_trampoline, (size_t)(ap_trampoline_end - ap_trampoline));
	for (uint32_t i = 1; i < found; i++)
		if (!start(i, trampoline))
			give_up(i);
	kprintf("CPUs: %u of %u run\n", cpus_online(), found);
}

void ap_main(uint32_t index)
{
	percpu_init(index);  /* which CPU this is, and then as in main.c */
	segments_init();
	trap_load();
	paging_init();
	tables_use_global();
	protect_cpu();
	apic_init();
	timers_init_cpu();
	while (!take_off(index))
		cpu_halt(); /* too late */
	atomic_store(&this_cpu()->online, 1);
	thread_idle();
}
