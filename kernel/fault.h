/*
 * fault.h - exceptions, in words.
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include "x86/trap.h"

/* Prints the registers, then what happened, where and why, as a panic. Any context. */
_Noreturn void fault_report(const struct trap_frame *frame);

#endif
