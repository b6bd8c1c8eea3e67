/*
 * apic.c - finds the local APIC, switches it on, masks what nobody handles.
 *
 * Idea    x2APIC where the CPU has it: registers are MSRs and need no mapping. Otherwise xAPIC, through the device
 *         region.
 * Writes  The registers; `x2`, once.
 * Manual  Intel SDM vol. 3 chapter 10.
 */
#include "x86/apic.h"
#include "x86/apic_registers.h"
#include "x86/cpu.h"
#include "x86/paging.h"

#define CPUID_1_EDX_APIC   (1u << 9)
#define CPUID_1_ECX_X2APIC (1u << 21)

#define MSR_APIC_BASE     0x1bu /* section 10.4.4 */
#define BASE_ENABLE       (UINT64_C(1) << 11)
#define BASE_X2APIC       (UINT64_C(1) << 10)
#define BASE_ADDRESS      UINT64_C(0x000ffffffffff000)
#define MSR_X2APIC_FIRST  0x800u

#define SPURIOUS_VECTOR   0xffu
#define SPURIOUS_ENABLE   (1u << 8)  /* section 10.9    */
#define DELIVER_NMI       (4u << 8)  /* section 10.5.1  */
#define VERSION_LAST_LVT  16         /* section 10.4.8  */
#define ID_IN_CPUID       24         /* section 10.4.6: 8 bits of leaf 1, or all of leaf 0Bh */
#define LEAF_TOPOLOGY     0xbu

static bool x2;

bool apic_present(void)
{
	return (cpu_id(1).edx & CPUID_1_EDX_APIC) != 0;
}

bool apic_in_memory(void)
{
	return (cpu_id(1).ecx & CPUID_1_ECX_X2APIC) == 0;
}

phys_addr_t apic_registers(void)
{
	return (phys_addr_t){ msr_read(MSR_APIC_BASE) & BASE_ADDRESS };
}

uint32_t apic_id(void)
{
	return apic_in_memory() ? cpu_id(1).ebx >> ID_IN_CPUID : cpu_id_if_any(LEAF_TOPOLOGY).edx;
}

const char *apic_mode_name(void)
{
	return x2 ? "x2APIC" : "xAPIC";
}

static volatile uint32_t *in_memory(enum apic_register reg)
{
	static volatile uint8_t *registers; /* the first call looks it up: no rdmsr in handlers */

	if (registers == 0)
		registers = device_virt(apic_registers());
	return (volatile uint32_t *)(volatile void *)(registers + reg);
}

uint32_t apic_read(enum apic_register reg)
{
	return x2 ? (uint32_t)msr_read(MSR_X2APIC_FIRST + reg / 16) : *in_memory(reg);
}

void apic_write(enum apic_register reg, uint32_t value)
{
	if (x2)
		msr_write(MSR_X2APIC_FIRST + reg / 16, value);
	else
		*in_memory(reg) = value;
}

/* Only those that exist: in x2APIC mode writing another one is a fault. Table 10-1, section 10.5.1. */
static void mask_all(void)
{
	uint32_t last = apic_read(APIC_VERSION) >> VERSION_LAST_LVT & 0xff;

	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	apic_write(APIC_LVT_LINT1, APIC_LVT_MASKED);
	apic_write(APIC_LVT_ERROR, APIC_LVT_MASKED);
	if (last >= 4)
		apic_write(APIC_LVT_COUNTERS, APIC_LVT_MASKED);
	if (last >= 5)
		apic_write(APIC_LVT_THERMAL, APIC_LVT_MASKED);
	if (last >= 6)
		apic_write(APIC_LVT_CMCI, APIC_LVT_MASKED);
}

/* An interrupt that the firmware took and never acknowledged would hold back all lower ones for ever. */
static void acknowledge_leftovers(void)
{
	for (unsigned i = 0; i < 8; i++) {
		uint32_t left = apic_read((enum apic_register)(APIC_IN_SERVICE + i * 0x10));

		for (; left != 0; left &= left - 1)
			apic_eoi();
	}
}

void apic_init(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE);

	x2 = !apic_in_memory();
	/* Two steps: from off to x2APIC there is no direct way. Section 10.12.5. */
	msr_write(MSR_APIC_BASE, base | BASE_ENABLE);
	if (x2)
		msr_write(MSR_APIC_BASE, base | BASE_ENABLE | BASE_X2APIC);
	apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | SPURIOUS_VECTOR);
	mask_all();
	apic_write(APIC_LVT_LINT1, DELIVER_NMI); /* where a PC wires its NMI */
	apic_write(APIC_TASK_PRIORITY, 0);
	apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_16);
	apic_write(APIC_ERROR_STATUS, 0);
	acknowledge_leftovers();
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

bool apic_x2(void)
{
	return x2;
}

/*
 * Section 10.12.9. What was written to memory before is seen by who gets the message: WRMSR does not see to that here,
 * as a write to the registers in memory does. Section 10.12.3.
 */
void apic_x2_command(uint32_t id, uint32_t command)
{
	__asm__ volatile("mfence\n\tlfence" ::: "memory");
	msr_write(MSR_X2APIC_FIRST + APIC_COMMAND / 16, (uint64_t)id << 32 | command);
}
