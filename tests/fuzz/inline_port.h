/*
 * inline_port.h - the hooks of tests/port/inline_port.h, with a moment at each of them at which something may come
 * between.
 *
 * Idea    An NMI, or another CPU, may come at any instruction; here it comes where the allocator calls its port.
 */
#ifndef TESTS_FUZZ_INLINE_PORT_H
#define TESTS_FUZZ_INLINE_PORT_H

extern enum labyrinth_context host_context;
extern _Thread_local unsigned host_cpu;
extern _Thread_local volatile bool host_irq_on;
extern uint32_t moments_left; /* until something comes between */

void host_take_interrupt(void);
void moments_between(void);

static inline void moment(void)
{
	if (--moments_left == 0)
		moments_between();
}

static inline labyrinth_irq_t labyrinth_port_irq_off(void)
{
	labyrinth_irq_t was = { host_irq_on };

	moment();
	host_irq_on = false;
	moment();
	return was;
}

static inline void labyrinth_port_irq_back(labyrinth_irq_t was)
{
	moment();
	host_irq_on = was.flags != 0;
	if (host_irq_on)
		host_take_interrupt();
}

static inline enum labyrinth_context labyrinth_port_context(void)
{
	moment();
	return host_context;
}

static inline unsigned labyrinth_port_pin(void)
{
	moment();
	return host_cpu;
}

static inline void labyrinth_port_unpin(void)
{
	moment();
}

#endif
