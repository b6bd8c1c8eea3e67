/*
 * ap.S - another CPU, from its start-up interrupt to C.
 *
 * Idea    Real mode reaches the first MiB only, so a few bytes that lead out of it are copied there. They need no address
 *         of their own: CS is where they lie. From protected mode on everything is as in entry32.S, at the same
 *         addresses; the boot tables and the boot stack are free again, and one CPU at a time comes this way.
 * Needs   The boot part of the image, still where it was loaded; ap_start.
 * Manual  Intel SDM vol. 3 sections 8.4.3 and 8.4.4 (start-up), 9.9.1 (to protected mode), 11.5.1 (CR0.CD and NW).
 */
#include "x86/ap.h"

#define SELECTOR_CODE_64 0x08 /* in boot_gdt */
#define SELECTOR_CODE_32 0x10
#define SELECTOR_DATA_32 0x18
#define BOOT_GDT_BYTES   (4 * 8)

#define CR0_PE 0x00000001
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000

	.section .rodata, "a"
	.code16
	.globl ap_trampoline
ap_trampoline:
	cli
	cld
	lgdtl %cs:gdt_pointer - ap_trampoline
	movl %cr0, %eax
	andl $~(CR0_CD | CR0_NW), %eax
	orl $CR0_PE, %eax
	movl %eax, %cr0
	ljmpl $SELECTOR_CODE_32, $ap_entry32
	.balign 4
gdt_pointer:
	.short BOOT_GDT_BYTES - 1
	.long boot_gdt
	.globl ap_trampoline_end
ap_trampoline_end:

	.code32
	.section .boot.text, "ax"
ap_entry32:
	movl $SELECTOR_DATA_32, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $boot_stack_top, %esp
	call enter_long_mode
	ljmp $SELECTOR_CODE_64, $ap_entry64

	.code64
ap_entry64:
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl %eax, %fs
	movl %eax, %gs
	movabsq $ap_higher_half, %rax
	jmp *%rax

	.text
ap_higher_half:
	movq ap_start + AP_ROOT, %rax
	movq %rax, %cr3
	movq ap_start + AP_STACK, %rsp
	xorl %ebp, %ebp
	movl ap_start + AP_INDEX, %edi
	call ap_main /* (uint32_t index) */
	ud2          /* it does not return */
