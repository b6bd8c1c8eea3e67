/*
 * hpet.h - the high precision event timers' counter, as a clock of known rate.
 */
#ifndef X86_HPET_H
#define X86_HPET_H

#include <labyrinth/types.h>

/* Where its registers are, mapped as a device; {0}: there is none. Before hpet_reference is used. */
void hpet_init(phys_addr_t registers);

#endif
