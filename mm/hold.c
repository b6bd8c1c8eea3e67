/*
 * hold.c - what a frame word says of a claim, and the step in which it says something else.
 */
#include "hold.h"

/* Does the frame word say that the claim holds its frame, in a state? */
static bool says(uint64_t word, const struct labyrinth_claim *claim, enum frame_state state)
{
	return (state == FRAME_MAPPED ? word_anywhere(word) : word) == claim_word(claim, state);
}

/* Why a frame word is not the claim's in the state that the call needs. */
static enum labyrinth_status mismatch(const struct labyrinth_claim *claim, struct owner *o, uint64_t word,
                                      enum frame_state needed)
{
	bool lent = says(word, claim, FRAME_LENT), mapped = says(word, claim, FRAME_MAPPED);

	if (word_state(word) == FRAME_HOLE)
		return LABYRINTH_FOREIGN_PAGE;
	owner_count(&o->misused);
	if (!lent && !mapped && !says(word, claim, FRAME_OWNED))
		return LABYRINTH_STALE_CLAIM;
	if (needed == FRAME_LENT)
		return LABYRINTH_NOT_LENT;
	if (needed == FRAME_MAPPED)
		return LABYRINTH_NOT_MAPPED;
	return mapped ? LABYRINTH_FRAME_MAPPED : LABYRINTH_FRAME_LENT;
}

enum labyrinth_status labyrinth_claim_check(const struct labyrinth_claim *claim, enum frame_state state,
                                            struct owner **owner)
{
	uint64_t word = 0;

	if (claim == NULL || claim->lab == NULL)
		return LABYRINTH_NULL_POINTER;
	*owner = owner_slot(claim->lab->owners, claim->owner);
	if (*owner == NULL || !claim_named(owner_load(*owner), claim->owner))
		return LABYRINTH_BAD_OWNER;
	if (claim->page != NULL) {
		const struct frames *f = claim->lab->frames;

		if (!frames_known(f, claim->page))
			return LABYRINTH_FOREIGN_PAGE;
		word = frames_word(f, claim->page);
	}
	return says(word, claim, state) ? LABYRINTH_OK : mismatch(claim, *owner, word, state);
}

enum labyrinth_status labyrinth_claim_pass(const struct labyrinth_claim *claim, struct owner *o,
                                           enum frame_state from, uint64_t next)
{
	if (word_swap(claim->page, claim_word(claim, from), next))
		return LABYRINTH_OK;
	return mismatch(claim, o, word_load(claim->page), from);
}
