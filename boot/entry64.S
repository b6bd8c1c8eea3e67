/*
 * entry64.S - from the first 64-bit instruction to C in the higher half.
 *
 * Idea    The boot part is mapped where it was loaded and the rest of the kernel at KERNEL_BASE: one jump, and the
 *         low half is not needed any more.
 * Needs   Long mode with the boot tables, boot_info, boot_entered.
 */
#include "x86/stack.h"

	.code64
	.section .boot.text, "ax"

	.globl entry64
entry64:
	xorl %eax, %eax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw %ax, %fs
	movw %ax, %gs
	movl boot_info, %edi
	movq boot_entered, %rsi
	movabsq $higher_half, %rax
	jmp *%rax

	.text
higher_half:
	movq $stacks + STACK_GUARD_BYTES + STACK_BYTES, %rsp /* the top of stacks[STACK_BOOT] */
	xorl %ebp, %ebp
	call kernel_main /* (uint32_t boot_info, uint64_t entered) */
	ud2              /* it does not return */
