/*
 * maintain.h - the work that is kept out of interrupt handlers.
 */
#ifndef LABYRINTH_MAINTAIN_H
#define LABYRINTH_MAINTAIN_H

#include <labyrinth/types.h>

/*
 * Refills the vault and then the reserve from free memory, up to their targets.
 *
 * budget   frames to move at most; bounds the work.
 * Returns  frames moved; less than budget means that nothing is left to do, or no free frame to do it with.
 * Context  task; does nothing elsewhere.
 * Cost     budget buddy operations, each with interrupts off for O(LABYRINTH_MAX_ORDER).
 */
uint64_t labyrinth_maintain(struct labyrinth *lab, uint64_t budget);

#endif
