/*
 * hold.h - does a claim hold its frame?
 */
#ifndef MM_HOLD_H
#define MM_HOLD_H

#include "instance.h"
#include "owner.h"
#include "page.h"

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

/* A claim that was granted while its owner was being retired can still be released. */
static inline bool claim_named(uint64_t word, labyrinth_owner_t who)
{
	return __builtin_expect(owner_is(word, who), 1) || owner_was(word, who);
}

#endif
