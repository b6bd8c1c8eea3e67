/*
 * provoke.h - `fault=NAME` on the command line: does the kernel notice?
 */
#ifndef KERNEL_PROVOKE_H
#define KERNEL_PROVOKE_H

#include <labyrinth/types.h>

/*
 * Commits the fault that the command line names, if it names one; then this returns only by way of a panic. A name
 * that is not known is reported and ignored. With the final page tables, the local APIC and isolation live.
 */
void provoke_if_asked(struct labyrinth *lab);

#endif
