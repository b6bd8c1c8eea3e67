/*
 * release.h - what others need of a release.
 */
#ifndef MM_RELEASE_H
#define MM_RELEASE_H

#include "instance.h"
#include "owner.h"

/* Leaves a seat, with one unit in hand to pay for it; if it does not cost that, says so to those who sleep. */
void labyrinth_seat_leave(struct labyrinth *lab, struct owner *o);

/*
 * Gives a frame that is in the caller's hands alone to the vault, to be shredded, and says so to those who sleep or
 * maintain. The owner's `out` falls by one. Cannot fail; constant time; any context.
 */
void labyrinth_claim_give_back(struct labyrinth *lab, struct owner *o, struct page *page);

#endif
