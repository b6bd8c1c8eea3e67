/*
 * claim.h - what the end of an owner needs from the stage that gives frames back.
 */
#ifndef MM_CLAIM_H
#define MM_CLAIM_H

#include "instance.h"
#include "owner.h"

/*
 * Shreds a frame that is in the caller's hands alone and gives it to whoever comes next: the vault if a promise or the
 * target asks for it, else the buddy. The owner's `out` falls by one. Cannot fail; never waits; any context.
 */
void labyrinth_claim_give_back(struct labyrinth *lab, struct owner *o, struct page *page);

#endif
