/*
 * claim.h - what the calls that come after claim and release need of them.
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

/* The frame word of this claim, in a state. */
static inline uint64_t claim_word(const struct labyrinth_claim *claim, enum frame_state state)
{
	return word_make(state, claim->generation, 0, claim->owner.slot);
}

/*
 * Finds the claim's owner, and checks that the claim holds its frame in this state. Looks, touches nothing but a
 * counter.
 */
enum labyrinth_status labyrinth_claim_check(const struct labyrinth_claim *claim, enum frame_state state,
                                            struct owner **owner);

/*
 * The claim's frame goes from one state, which is not MAPPED, to the next word; a status if somebody else was faster
 * with a copy of the claim.
 */
enum labyrinth_status labyrinth_claim_pass(const struct labyrinth_claim *claim, struct owner *o,
                                           enum frame_state from, uint64_t next);

#endif
