/*
 * cpu.h - instructions that C has no words for, one inline function each.
 *
 * Manual  Intel SDM volume 2 (the instruction), volume 3 section 2.5 (CR0, CR4), volume 4 (MSR numbers). Section
 *         numbers, here and in the other files, are those of order number 325384-077, April 2022.
 */
#ifndef X86_CPU_H
#define X86_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define RFLAGS_IF (UINT64_C(1) << 9) /* interrupts are on: SDM vol. 1 section 3.4.3.3 */

static inline uint64_t cpu_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* Sleeps until the next interrupt; for ever with interrupts off. */
static inline void cpu_halt(void)
{
	__asm__ volatile("hlt" ::: "memory");
}

static inline void irq_on(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void irq_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline uintptr_t cpu_flags(void)
{
	uintptr_t flags;

	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) :: "memory");
	return flags;
}

static inline bool irq_enabled(void)
{
	return (cpu_flags() & RFLAGS_IF) != 0;
}

/* Interrupts off; returns what they were. Nests: hand the result to irq_restore(). */
static inline uintptr_t irq_save(void)
{
	uintptr_t was = cpu_flags();

	irq_off();
	return was;
}

static inline void irq_restore(uintptr_t was)
{
	if (was & RFLAGS_IF)
		irq_on();
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpu_id(uint32_t leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(0));
	return r;
}

/* A leaf of the basic (0...) or the extended (0x80000000...) kind; all zero when the CPU does not have it. */
static inline struct cpuid cpu_id_if_any(uint32_t leaf)
{
	return cpu_id(leaf & 0x80000000u).eax >= leaf ? cpu_id(leaf) : (struct cpuid){ 0, 0, 0, 0 };
}

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" :: "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* CR2: the address of the last page fault. */
static inline uint64_t cr2_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr2, %0" : "=r"(value));
	return value;
}

static inline uint64_t cr0_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

static inline void cr0_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr0" :: "r"(value) : "memory");
}

static inline void cr3_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr3" :: "r"(value) : "memory");
}

static inline uint64_t cr3_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr3, %0" : "=r"(value));
	return value;
}

/* INVLPG: this CPU forgets what it knows of the page at this address, global or not. */
static inline void page_forget(uint64_t virt)
{
	__asm__ volatile("invlpg (%0)" :: "r"(virt) : "memory");
}

static inline uint64_t cr4_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static inline void cr4_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr4" :: "r"(value) : "memory");
}

#endif
