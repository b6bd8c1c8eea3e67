/*
 * port.h - the one thing about the allocator's port that the boot has to say.
 */
#ifndef KERNEL_PORT_H
#define KERNEL_PORT_H

/*
 * Turns interrupts on for the first time. Until then interrupts are off because there is nobody to interrupt, and
 * labyrinth_port_context() says TASK; afterwards a task that has them off counts as INTERRUPT: it must not wait.
 */
void port_interrupts_start(void);

#endif
