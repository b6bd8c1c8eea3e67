/*
 * protect.c - the protection bits of CR0, CR4 and EFER.
 *
 * Idea    A table: what CPUID says, which bit of which register follows from it, and what it is called.
 * Writes  CR0, CR4, EFER of this CPU.
 * Manual  Intel SDM vol. 3 sections 2.2.1 (EFER), 2.5 (CR0, CR4), 4.6 (what WP, NXE, SMEP and SMAP refuse); vol. 2,
 *         CPUID leaves 7 and 8000_0001h. Without CLAC, AC of RFLAGS stays 0 as at reset, so SMAP has no exceptions.
 */
#include <stddef.h>

#include "view/print.h"
#include "x86/cpu.h"
#include "x86/protect.h"

#define CPUID_7_EBX_SMEP (1u << 7)
#define CPUID_7_EBX_SMAP (1u << 20)
#define CPUID_7_ECX_UMIP (1u << 2)

#define CR0_WP   (UINT64_C(1) << 16)
#define CR4_UMIP (UINT64_C(1) << 11)
#define CR4_SMEP (UINT64_C(1) << 20)
#define CR4_SMAP (UINT64_C(1) << 21)

#define MSR_EFER 0xc0000080u
#define EFER_NXE (UINT64_C(1) << 11)

static uint64_t cr4_wanted(void)
{
	struct cpuid id = cpu_id_if_any(7);

	return (id.ebx & CPUID_7_EBX_SMEP ? CR4_SMEP : 0) | (id.ebx & CPUID_7_EBX_SMAP ? CR4_SMAP : 0) |
	       (id.ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0);
}

/* WP and NXE are on since entry32.S, or the CPU would not have got here; said again for those that start otherwise. */
void protect_cpu(void)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
	cr0_write(cr0_read() | CR0_WP);
	cr4_write(cr4_read() | cr4_wanted());
}

bool protect_smap(void)
{
	return (cr4_read() & CR4_SMAP) != 0;
}

bool protect_smep(void)
{
	return (cr4_read() & CR4_SMEP) != 0;
}

static void print_bits(bool on)
{
	const struct {
		const char *name;
		uint64_t    on;
	} bits[] = {
		{ "WP",   cr0_read() & CR0_WP           },
		{ "NX",   msr_read(MSR_EFER) & EFER_NXE },
		{ "SMEP", cr4_read() & CR4_SMEP         },
		{ "SMAP", cr4_read() & CR4_SMAP         },
		{ "UMIP", cr4_read() & CR4_UMIP         },
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if ((bits[i].on != 0) == on)
			kprintf(" %s", bits[i].name);
}

void protect_report(void)
{
	kprintf("protection: on:");
	print_bits(true);
	kprintf("; off, for want of the CPU's support:");
	print_bits(false);
	kprintf("\n");
}
