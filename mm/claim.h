/*
 * claim.h - what the end of an owner needs from the stage that gives frames back.
 */
#ifndef MM_CLAIM_H
#define MM_CLAIM_H

#include "instance.h"
#include "owner.h"

/*
 * Gives a frame that is in the caller's hands alone to the vault, to be shredded, and says so to those who sleep or
 * maintain. The owner's `out` falls by one. Cannot fail; constant time; any context.
 */
void labyrinth_claim_give_back(struct labyrinth *lab, struct owner *o, struct page *page);

#endif
