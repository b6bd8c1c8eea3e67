/*
 * provoke.h - `fault=NAME` on the command line: does the kernel notice?
 */
#ifndef KERNEL_PROVOKE_H
#define KERNEL_PROVOKE_H

/*
 * Commits the fault that the command line names, if it names one; then this returns only by way of a panic. A name
 * that is not known is reported and ignored. With the final page tables and the local APIC live.
 */
void provoke_if_asked(void);

#endif
