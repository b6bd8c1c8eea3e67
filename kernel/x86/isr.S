/*
 * isr.S - the first instructions of all 256 vectors.
 *
 * Idea    Each stub makes the stack look alike, error code or not, and names its vector; one common part saves the
 *         registers and calls trap_entry(). Stubs are 16 bytes apart, so trap.c computes where each begins.
 */

	.text

	.balign 16
	.globl isr_stubs
isr_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	/* These push an error code themselves: SDM vol. 3 section 6.13. */
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	pushq $0
	.endif
	pushq $vector
	jmp common
	.set vector, vector + 1
	.endr

common:
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	cld
	movq %rsp, %rdi
	call trap_entry /* (struct trap_frame *): the stack is 16-byte aligned here, 22 words below an aligned address */
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp /* vector, error code */
isr_return: /* the name is for who looks from outside: tests/linux/path.py */
	iretq
