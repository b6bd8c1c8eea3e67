/*
 * entry32.S - from the boot loader to long mode.
 *
 * Idea    Ask before acting: the right magic, CPUID, long mode, no-execute. Only then build the boot tables and
 *         switch over. Whatever is missing goes to refuse32, which says so.
 * Writes  The boot tables, boot_info, boot_entered. Paging, physical address extension and long mode are on afterwards.
 * Needs   The machine state of the Multiboot2 Specification 2.0 section 3.3: 32-bit protected mode, no paging, EAX
 *         magic, EBX information.
 */

#define MULTIBOOT2_BOOT_MAGIC 0x36d76289 /* Multiboot2 Specification 2.0 section 3.3 */
#define MULTIBOOT1_BOOT_MAGIC 0x2badb002

#define EFLAGS_ID         (1 << 21) /* can be changed: the CPU has CPUID. SDM vol. 1 section 3.4.3.3 */
#define CPUID_EXTENDED    0x80000000
#define CPUID_FEATURES    0x80000001
#define FEATURE_NX        20 /* EDX bits of leaf 8000_0001h. SDM vol. 2, CPUID */
#define FEATURE_LONG_MODE 29

/* Page table entries: SDM vol. 3 section 4.5.4. */
#define ENTRY_TABLE       0x003 /* present, writable             */
#define ENTRY_2MIB        0x083 /* present, writable, large page */

#define CR0_WP            (1 << 16) /* SDM vol. 3 section 2.5 */
#define CR0_PG            (1 << 31)
#define CR4_PAE           (1 << 5)
#define MSR_EFER          0xc0000080 /* SDM vol. 3 section 2.2.1 */
#define EFER_LME          (1 << 8)
#define EFER_NXE          (1 << 11)

	.code32
	.section .boot.text, "ax"

	.globl entry32
entry32:
	cli
	cld
	movl $boot_stack_top, %esp
	movl %eax, boot_magic
	movl %ebx, boot_info
	call check_magic
	call check_cpu
	rdtsc /* every CPU with long mode has it */
	movl %eax, boot_entered
	movl %edx, boot_entered + 4
	call build_boot_tables
	call enter_long_mode
	lgdt boot_gdt_pointer
	ljmp $0x08, $entry64

check_magic:
	movl $by_multiboot1, %esi
	cmpl $MULTIBOOT1_BOOT_MAGIC, %eax
	je refuse32
	movl $by_unknown, %esi
	cmpl $MULTIBOOT2_BOOT_MAGIC, %eax
	jne refuse32
	ret

check_cpu:
	movl $no_cpuid, %esi
	call has_cpuid
	jz refuse32
	movl $no_long_mode, %esi
	movl $CPUID_EXTENDED, %eax
	cpuid
	cmpl $CPUID_FEATURES, %eax
	jb refuse32
	movl $CPUID_FEATURES, %eax
	cpuid
	btl $FEATURE_LONG_MODE, %edx
	jnc refuse32
	movl $no_nx, %esi
	btl $FEATURE_NX, %edx
	jnc refuse32
	ret

/* Zero flag clear: the CPU has CPUID. */
	.globl has_cpuid
has_cpuid:
	pushfl
	popl %eax
	movl %eax, %ecx
	xorl $EFLAGS_ID, %eax
	pushl %eax
	popfl
	pushfl
	popl %eax
	pushl %ecx
	popfl
	xorl %ecx, %eax
	testl $EFLAGS_ID, %eax
	ret

/*
 * The first 4 GiB at 0, DIRECT_BASE, DEVICE_BASE and TABLES_BASE, and the first GiB at KERNEL_BASE, in 2 MiB pages that
 * allow everything. They live until tables_activate().
 */
build_boot_tables:
	movl $boot_pdpt_low + ENTRY_TABLE, %eax
	movl %eax, boot_pml4
	movl %eax, boot_pml4 + 256 * 8 /* DIRECT_BASE */
	movl %eax, boot_pml4 + 384 * 8 /* DEVICE_BASE */
	movl %eax, boot_pml4 + 509 * 8 /* TABLES_BASE */
	movl $boot_pdpt_high + ENTRY_TABLE, boot_pml4 + 511 * 8
	movl $boot_pd + ENTRY_TABLE, boot_pdpt_high + 510 * 8 /* KERNEL_BASE */

	movl $boot_pd + ENTRY_TABLE, %eax
	xorl %ecx, %ecx
1:	movl %eax, boot_pdpt_low(, %ecx, 8)
	addl $4096, %eax
	incl %ecx
	cmpl $4, %ecx
	jb 1b

	movl $ENTRY_2MIB, %eax
	xorl %ecx, %ecx
2:	movl %eax, boot_pd(, %ecx, 8)
	addl $0x200000, %eax
	incl %ecx
	cmpl $4 * 512, %ecx
	jb 2b
	ret

/* SDM vol. 3 section 9.8.5, in its order. */
	.globl enter_long_mode
enter_long_mode:
	movl %cr4, %eax
	orl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $boot_pml4, %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LME | EFER_NXE, %eax
	wrmsr
	movl %cr0, %eax
	orl $CR0_PG | CR0_WP, %eax
	movl %eax, %cr0
	ret

	.section .boot.rodata, "a"
by_multiboot1:
	.asciz "loaded by multiboot 1; use a multiboot2 loader, such as GRUB's `multiboot2` command"
by_unknown:
	.asciz "loaded without the multiboot2 magic; use a multiboot2 loader, such as GRUB's `multiboot2` command"
no_cpuid:
	.asciz "this CPU has no CPUID instruction; Labyrinth needs an x86-64 CPU"
no_long_mode:
	.asciz "this CPU has no long mode; Labyrinth needs an x86-64 CPU"
no_nx:
	.asciz "this CPU has no NX (no-execute) pages; enable NX or XD in the firmware's setup, or use another CPU"

/* SDM vol. 3 section 3.4.5: flat 64-bit code; flat 32-bit code and data, for ap.S. All accessed: nobody writes here. */
	.balign 8
	.globl boot_gdt
boot_gdt:
	.quad 0
	.quad 0x00209b0000000000
	.quad 0x00cf9b000000ffff
	.quad 0x00cf93000000ffff
boot_gdt_pointer:
	.short . - boot_gdt - 1
	.long boot_gdt

	.section .boot.bss, "aw", @nobits
	.balign 4096
boot_pml4:
	.skip 4096
boot_pdpt_low:
	.skip 4096
boot_pdpt_high:
	.skip 4096
boot_pd:
	.skip 4 * 4096
	.skip 512
	.globl boot_stack_top
boot_stack_top:
	.globl boot_magic
boot_magic:
	.skip 4
	.globl boot_info
boot_info:
	.skip 4
	.globl boot_entered
	.balign 8
boot_entered: /* the cycle counter, to measure the boot by */
	.skip 8
