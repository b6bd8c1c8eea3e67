/*
 * segments.c - the global descriptor table and the task state segment of a CPU.
 *
 * Idea    64-bit mode hardly uses segments: one for code, one for data, and the TSS for the stacks that an interrupt
 *         switches to.
 * Manual  Intel SDM vol. 3 sections 3.4.4 (loading a segment register sets its base), 3.4.5 (descriptors), 7.2.3
 *         (64-bit TSS descriptor), 7.7 (64-bit TSS).
 */
#include "x86/percpu.h"
#include "x86/stack.h"

#define CODE_64 UINT64_C(0x00209a0000000000) /* present, ring 0, execute and read, 64-bit */
#define DATA    UINT64_C(0x0000920000000000) /* present, ring 0, read and write           */
#define TSS_64  UINT64_C(0x0000890000000000) /* present, ring 0, available 64-bit TSS     */

static uint64_t tss_descriptor_low(uint64_t base, uint64_t limit)
{
	return TSS_64 | limit | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
}

static void tss_fill(struct tss *tss, uint32_t cpu)
{
	tss->ist[IST_DOUBLE_FAULT - 1] = stack_top(cpu, STACK_DOUBLE_FAULT);
	tss->ist[IST_NMI - 1] = stack_top(cpu, STACK_NMI);
	tss->ist[IST_MACHINE_CHECK - 1] = stack_top(cpu, STACK_MACHINE_CHECK);
	tss->io_map = sizeof(*tss);
}

static void gdt_fill(uint64_t *gdt, const struct tss *tss)
{
	uint64_t base = (uintptr_t)tss;

	gdt[SELECTOR_CODE / 8] = CODE_64;
	gdt[SELECTOR_DATA / 8] = DATA;
	gdt[SELECTOR_TSS / 8] = tss_descriptor_low(base, sizeof(*tss) - 1);
	gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
}

/* GS stays as it is: loading its selector would clear its base. */
static void segments_load(const struct segments *segments)
{
	struct table_pointer pointer = { sizeof(segments->gdt) - 1, (uintptr_t)segments->gdt };

	__asm__ volatile("lgdt %0\n\t"
	                 "pushq %1\n\t"
	                 "leaq 1f(%%rip), %%rax\n\t"
	                 "pushq %%rax\n\t"
	                 "lretq\n"
	                 "1:\n\t"
	                 "movl %2, %%eax\n\t"
	                 "movl %%eax, %%ds\n\t"
	                 "movl %%eax, %%es\n\t"
	                 "movl %%eax, %%ss"
	                 :: "m"(pointer), "i"(SELECTOR_CODE), "i"(SELECTOR_DATA) : "rax", "memory");
	__asm__ volatile("ltr %w0" :: "r"(SELECTOR_TSS));
}

void segments_init(void)
{
	struct segments *segments = &this_cpu()->segments;

	tss_fill(&segments->tss, cpu_index());
	gdt_fill(segments->gdt, &segments->tss);
	segments_load(segments);
}
