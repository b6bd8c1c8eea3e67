/*
 * stop_others.h - one CPU goes on, all others stop for ever.
 */
#ifndef KERNEL_STOP_OTHERS_H
#define KERNEL_STOP_OTHERS_H

/* Once, before the other CPUs are started. */
void stop_others_init(void);

/*
 * Stops them, wherever they are, by NMI; waits for that about a second at most. When another CPU was first to call,
 * this one is one of those that stop, and this does not return. Again on the same CPU: nothing more. Any context.
 */
void stop_others(void);

#endif
