/*
 * trap.c - the interrupt descriptor table, and the one C function behind all vectors.
 *
 * Idea    Interrupt gates only: interrupts stay off inside handlers, so only NMI, machine check and exceptions can
 *         nest.
 * Manual  Intel SDM vol. 3 sections 6.10, 6.14.1 (64-bit gates).
 */
#include <stdatomic.h>

#include "x86/cpu.h"
#include "x86/irq_entry.h"
#include "x86/nmi.h"
#include "x86/percpu.h"
#include "x86/segments.h"
#include "x86/trap.h"

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t  ist;
	uint8_t  type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

#define VECTORS        256u
#define STUB_BYTES     16u   /* as in isr.S                            */
#define INTERRUPT_GATE 0x8e  /* present, ring 0, 64-bit interrupt gate */

#define CPUID_1_EDX_MCE (1u << 7)
#define CR4_MCE         UINT64_C(0x40)

static struct gate idt[VECTORS];
static trap_handler_t *trap_handler;

static uint8_t stack_of(unsigned vector)
{
	switch (vector) {
	case TRAP_DOUBLE_FAULT:
		return IST_DOUBLE_FAULT;
	case TRAP_NMI:
		return IST_NMI;
	case TRAP_MACHINE_CHECK:
		return IST_MACHINE_CHECK;
	default:
		return IST_NONE;
	}
}

static void gate_set(unsigned vector)
{
	uint64_t stub = (uintptr_t)isr_stubs + vector * STUB_BYTES;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)stub,
		.selector = SELECTOR_CODE,
		.ist = stack_of(vector),
		.type = INTERRUPT_GATE,
		.offset_middle = (uint16_t)(stub >> 16),
		.offset_high = (uint32_t)(stub >> 32),
	};
}

/* Without it a machine check shuts the CPU down. SDM vol. 3 section 15.6. */
static void machine_checks_on(void)
{
	if (cpu_id(1).edx & CPUID_1_EDX_MCE)
		cr4_write(cr4_read() | CR4_MCE);
}

void trap_load(void)
{
	struct table_pointer pointer = { sizeof(idt) - 1, (uintptr_t)idt };

	__asm__ volatile("lidt %0" :: "m"(pointer));
	machine_checks_on();
}

void trap_init(trap_handler_t *handler)
{
	trap_handler = handler;
	for (unsigned vector = 0; vector < VECTORS; vector++)
		gate_set(vector);
	trap_load();
}

void trap_entry(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();
	bool nmi = stack_of((unsigned)frame->vector) != IST_NONE;

	if (frame->vector >= TRAP_COUNT) {
		irq_entry((uint8_t)frame->vector);
		return;
	}
	cpu->nmis += nmi;
	if (frame->vector == TRAP_NMI) {
		atomic_store(&cpu->nmi_flags, frame->rflags);
		atomic_store(&cpu->nmi_rip, frame->rip);
	}
	if (frame->vector != TRAP_NMI || !nmi_entry())
		trap_handler(frame);
	cpu->nmis -= nmi;
}
