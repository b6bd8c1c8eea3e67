/*
 * pit.h - channel 2 of the legacy interval timer, as a stop watch of known rate.
 */
#ifndef X86_PIT_H
#define X86_PIT_H

#include <stdbool.h>
#include <stdint.h>

#define PIT_HERTZ 1193182u

/* Starts counting down `ticks` of 1 / PIT_HERTZ seconds; 1..65535. */
void pit_start(uint16_t ticks);

/* Has the count run out? */
bool pit_done(void);

#endif
