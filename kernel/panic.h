/*
 * panic.h - the ways in which the kernel ends.
 *
 * Idea    Each prints what happened in one line and stops the machine. Under QEMU, with `exit` on the command line,
 *         stopping means leaving through isa-debug-exit (QEMU's exit status is 2 * code + 1); otherwise the CPU halts
 *         for ever. Any context.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <labyrinth/types.h>

enum verdict {
	VERDICT_PASS  = 0x10, /* QEMU exits with 33 */
	VERDICT_FAIL  = 0x11, /* 35                 */
	VERDICT_PANIC = 0x12, /* 37                 */
};

/* The command line has been read: from here on `exit` decides, before it whether this is a virtual machine. */
void panic_obeys_cmdline(void);

/* From here on a panic also prints what this instance holds, and its line once more below that. */
void panic_shows(const struct labyrinth *lab);

_Noreturn void stop(enum verdict verdict);

/* "labyrinth: PANIC: ...": something that must not happen, happened. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "labyrinth: cannot boot: ...": this machine, or what the boot loader handed over, will not do. */
_Noreturn void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
