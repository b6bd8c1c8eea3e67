/*
 * switch.S - the few instructions that C cannot say: one stack pointer out, another one in.
 *
 * Idea    It is called, so only what a function has to preserve need be saved: System V ABI for AMD64, section 3.2.1.
 *         An interrupted thread's other registers lie on its stack already, where isr.S has put them.
 */

	.text

	.balign 16
	.globl stack_switch
stack_switch:                    /* (uint64_t *from, uint64_t to) */
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

/*
 * The frame that the pops and the return above take apart. entry() begins as if it had been called: with a return
 * address, of nowhere, at a stack pointer of 16n + 8.
 */
	.balign 16
	.globl stack_prepare
stack_prepare:                   /* (uint64_t top, void (*entry)(void)) */
	movq $0, -8(%rdi)
	movq %rsi, -16(%rdi)
	xorl %eax, %eax
	movq %rax, -24(%rdi)
	movq %rax, -32(%rdi)
	movq %rax, -40(%rdi)
	movq %rax, -48(%rdi)
	movq %rax, -56(%rdi)
	movq %rax, -64(%rdi)
	leaq -64(%rdi), %rax
	ret
