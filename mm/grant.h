/*
 * grant.h - a claim, the whole way: the one that knows every case.
 */
#ifndef MM_GRANT_H
#define MM_GRANT_H

#include "instance.h"
#include "owner.h"
#include "word.h"

/* Any claim, to its end. site: who called, for the debug aids. */
void labyrinth_grant_at_length(struct labyrinth_claim *claim, const void *site);

/* Makes the claim the frame's; nobody else knows the frame. */
static inline void grant_inscribe(struct labyrinth_claim *claim, uint16_t slot, struct page *page)
{
	claim->page = page;
	claim->status = LABYRINTH_OK;
	claim->generation = word_generation(word_make(0, word_generation(word_load(page)) + 1, 0, 0));
	word_store(page, word_make(FRAME_OWNED, claim->generation, 0, slot));
}

#endif
