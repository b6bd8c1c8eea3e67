/*
 * protect.h - what a CPU can be told to refuse the kernel itself.
 */
#ifndef X86_PROTECT_H
#define X86_PROTECT_H

#include <stdbool.h>

/*
 * Switches on, on this CPU, what it has: write protection of read-only pages for the kernel, too, and no-execute
 * pages; no execution of, and no access to, pages that user code may use (SMEP, SMAP); no reading of descriptor table
 * addresses by user code (UMIP). There is no user code: these three catch table entries that went wrong. With the
 * final page tables live; every CPU once.
 */
void protect_cpu(void);

/* One line: which of these are on, read back from the registers, and which are not. */
void protect_report(void);

/* Does this CPU refuse the kernel to touch, and to execute, pages that user code may use? Pinned; any context. */
bool protect_smap(void);
bool protect_smep(void);

#endif
