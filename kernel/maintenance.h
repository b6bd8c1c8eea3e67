/*
 * maintenance.h - what the allocator needs done beside calls: the thread of labyrinth_maintain(), labyrinth_tick().
 */
#ifndef KERNEL_MAINTENANCE_H
#define KERNEL_MAINTENANCE_H

#include <labyrinth/types.h>

/* Starts it, and a tick every 10 ms on this CPU. Task, once, interrupts on. Refuses to boot without memory for it. */
void maintenance_start(struct labyrinth *lab);

/* There is something to do: it is remembered, in one step. Any context. */
void maintenance_kick(void);

/* How often that was said since the boot. Any context. */
uint64_t maintenance_kicks(void);

/* If there is, the thread begins. Any context but NMI. */
void maintenance_wake(void);

/*
 * Returns when the thread has found nothing left to do after this call, and rests: then, until somebody else allocates,
 * frees or claims, no frame is on its way from one place to another. Task; waits.
 */
void maintenance_settle(void);

#endif
