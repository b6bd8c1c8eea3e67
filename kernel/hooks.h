/*
 * hooks.h - what this kernel offers the allocator beyond its port: <labyrinth/hooks.h>.
 */
#ifndef KERNEL_HOOKS_H
#define KERNEL_HOOKS_H

#include <labyrinth/hooks.h>

/* For so many microseconds an allocation may sleep in all: the unit of the allocator's ticks here. */
#define SLEEP_MOST_US UINT64_C(30000000)

/* Threads sleep and are woken, the maintenance thread is kicked, refusals are printed, claims are timed in cycles. */
struct labyrinth_hooks kernel_hooks(void);

/* From now on there are threads that can be woken. Task, once. */
void hooks_start(void);

#endif
