/*
 * maintenance.h - the thread that does what is kept out of interrupt handlers: labyrinth_maintain().
 */
#ifndef KERNEL_MAINTENANCE_H
#define KERNEL_MAINTENANCE_H

#include <labyrinth/types.h>

/* Starts it. Task, once, with interrupts on. Refuses to boot without memory for its stack. */
void maintenance_start(struct labyrinth *lab);

/* There is something to do. Any context but NMI; before maintenance_start() it is remembered. */
void maintenance_kick(void);

/*
 * Returns when the thread has found nothing left to do after this call, and rests: then, until somebody else allocates,
 * frees or claims, no frame is on its way from one place to another. Task; waits.
 */
void maintenance_settle(void);

#endif
