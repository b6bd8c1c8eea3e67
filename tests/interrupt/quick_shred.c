/*
 * quick_shred.c - takes the place of mm/shred.c in the single-stepped tests.
 *
 * Idea    Shredding is tens of thousands of instructions that touch the frame in hand and one counter. Stepping through
 *         them would leave no time for the instructions that matter, so here it is the counter and one word of the
 *         frame.
 */
#include "shred.h"

#include <labyrinth/port.h>

void labyrinth_shredder_init(struct shredder *s)
{
	atomic_store_explicit(&s->serial, 0, memory_order_relaxed);
}

void labyrinth_shred(struct shredder *s, phys_addr_t frame)
{
	uint64_t *word = labyrinth_port_virt(frame);

	*word = ~atomic_fetch_add_explicit(&s->serial, 1, memory_order_relaxed);
}
