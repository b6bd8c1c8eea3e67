/*
 * fault.h - exceptions, in words.
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include "x86/trap.h"

/*
 * Prints the registers, then what happened, where and why, as a panic. A page fault that probe.h provoked goes on
 * behind the probe instead; a thread that has touched somebody's exclusive frame is reported and stopped. Any context.
 */
void fault_report(struct trap_frame *frame);

#endif
