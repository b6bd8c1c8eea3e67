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
	s->contents = NULL;
	s->isolation = NULL;
}

void labyrinth_shred(struct shredder *s, phys_addr_t frame)
{
	uint64_t *word = labyrinth_port_virt(frame);

	*word = ~atomic_fetch_add_explicit(&s->serial, 1, memory_order_relaxed);
}

void labyrinth_shred_exclusive(struct shredder *s, phys_addr_t frame)
{
	uint64_t *word;
	unsigned slot;

	if (s->isolation == NULL) {
		labyrinth_shred(s, frame);
		return;
	}
	word = labyrinth_window_open(s->isolation, frame, &slot);
	*word = ~atomic_fetch_add_explicit(&s->serial, 1, memory_order_relaxed);
	labyrinth_window_close(s->isolation, slot);
}

size_t labyrinth_shred_differs(const struct shredder *s, const void *frame, uint64_t serial, uint8_t *expected)
{
	(void)s, (void)frame, (void)serial, (void)expected;
	return LABYRINTH_PAGE_SIZE;
}
