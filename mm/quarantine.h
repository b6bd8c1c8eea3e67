/*
 * quarantine.h - freed blocks that wait before they are used again.
 *
 * Idea    A ring: who comes in when it is full sends the one that has waited longest to its zone. Under pressure all
 *         go.
 * Writes  The ring and the words of the blocks in it, under its lock. The lock of a zone is taken while it is held.
 */
#ifndef MM_QUARANTINE_H
#define MM_QUARANTINE_H

#include "zone.h"

struct quarantine {
	/* Constant after bring-up. */
	struct page **at;
	struct zone  *zones;
	uint32_t      capacity; /* blocks */

	struct lock lock;
	/* Valid only while lock is held: */
	uint32_t oldest; /* index in at[] */
	uint32_t count;  /* blocks        */
	/* Written while lock is held, read by anyone: */
	_Atomic uint64_t frames;
};

void labyrinth_quarantine_init(struct quarantine *q, struct page **at, struct zone *zones, uint32_t capacity);

/*
 * Takes in a block that nobody else can see. False, and the block still the caller's, when the caller would not wait
 * and would have had to.
 */
bool labyrinth_quarantine_enter(struct quarantine *q, struct page *page, unsigned order, enum patience patience);

/* Sends what is there to the zones; how many frames. Nothing for NULL. Interrupts are off for one block at a time. */
uint64_t labyrinth_quarantine_drain(struct quarantine *q, enum patience patience);

/* Frames that wait; 0 for NULL. */
uint64_t labyrinth_quarantine_frames(const struct quarantine *q);

#endif
