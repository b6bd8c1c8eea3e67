/*
 * canary.h - a random word below every return address, compared before it is used.
 *
 * Idea    The compiler writes and compares it (-fstack-protector-strong). One word for the whole kernel: a thread may
 *         begin a function on one CPU and end it on another, and an interrupt or an NMI may begin one anywhere, before
 *         a CPU has data of its own, too.
 */
#ifndef KERNEL_CANARY_H
#define KERNEL_CANARY_H

/*
 * Chooses it: RDSEED, RDRAND and jitter, as for the allocator's key. Once, with the boot tables live: in the final ones
 * the word is read-only. No function that was entered before may return after, but for those without a canary.
 */
void canary_init(void);

/* What the compiler calls when a function is about to return and its canary is not what it was. */
_Noreturn void __stack_chk_fail(void);

#endif
