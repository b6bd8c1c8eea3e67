/*
 * inline_port.h - the host port's hooks that are short enough to be compiled into mm/.
 *
 * Idea    They read and write the variables of host.h, which tests steer. LABYRINTH_PORT_INLINE names this file.
 */
#ifndef TESTS_INLINE_PORT_H
#define TESTS_INLINE_PORT_H

extern enum labyrinth_context host_context; /* what labyrinth_port_context() answers */
extern _Thread_local unsigned host_cpu;     /* what labyrinth_port_pin() answers     */
extern _Thread_local volatile bool host_irq_on; /* are interrupts on?                */

/* Interrupts have just gone on. */
void host_take_interrupt(void);

static inline labyrinth_irq_t labyrinth_port_irq_off(void)
{
	labyrinth_irq_t was = { host_irq_on };

	host_irq_on = false;
	return was;
}

static inline void labyrinth_port_irq_back(labyrinth_irq_t was)
{
	host_irq_on = was.flags != 0;
	if (host_irq_on)
		host_take_interrupt();
}

static inline enum labyrinth_context labyrinth_port_context(void)
{
	return host_context;
}

static inline unsigned labyrinth_port_pin(void)
{
	return host_cpu;
}

static inline void labyrinth_port_unpin(void)
{
}

#endif
