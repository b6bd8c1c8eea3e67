/*
 * pm_timer.h - ACPI's power management timer, as a clock of known rate.
 */
#ifndef X86_PM_TIMER_H
#define X86_PM_TIMER_H

#include <stdint.h>

/* Its I/O port; 0: there is none. Before pm_timer_reference is used. */
void pm_timer_init(uint16_t port);

#endif
