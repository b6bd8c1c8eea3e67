/*
 * retire.c - the end of an owner: no new claims, then every frame taken back.
 */
#include <labyrinth/port.h>

#include "claim.h"
#include "vault.h"

/* Ends the owner's life in one step, and with it the promise to it. */
static enum labyrinth_status end(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who)
{
	uint64_t word = owner_load(o);
	uint32_t held;

	do {
		if (!owner_is(word, who))
			return owner_was(word, who) ? LABYRINTH_OK : LABYRINTH_BAD_OWNER; /* an earlier call was BUSY */
		if (owner_lent(word) > 0)
			return LABYRINTH_BUSY;
	} while (!owner_swap(o, &word, word + OWNER_BORN));

	held = owner_held(word);
	atomic_fetch_sub_explicit(&lab->vault->guaranteed, o->guarantee, memory_order_acq_rel);
	labyrinth_vault_earn(lab->vault, o->guarantee > held ? o->guarantee - held : 0);
	return LABYRINTH_OK;
}

/* The frames that it kept for itself. */
static void drain(struct labyrinth *lab, struct owner *o)
{
	uint64_t word = owner_load(o);

	while (owner_recycled(word) > 0) {
		if (!owner_swap(o, &word, word - OWNER_RECYCLED + OWNER_OUT))
			continue;
		labyrinth_claim_give_back(lab, o, labyrinth_stack_pop(&o->recycled, lab->frames));
		word = owner_load(o);
	}
}

/* The frames that it still claims in one page block. */
static void reclaim(struct labyrinth *lab, struct owner *o, uint16_t slot, block_t b)
{
	for (unsigned i = 0; i < BLOCK_FRAMES && owner_out(owner_load(o)) > 0; i++) {
		struct page *page = block_page(lab->frames, b, i);
		uint64_t word = word_load(page);

		if (word_state(word) == FRAME_OWNED && word_owner(word) == slot
		    && word_swap(page, word, word_loose(word)))
			labyrinth_claim_give_back(lab, o, page);
	}
}

enum labyrinth_status labyrinth_owner_retire(struct labyrinth *lab, labyrinth_owner_t owner)
{
	enum labyrinth_status status;
	struct owner *o;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	o = owner_slot(lab->owners, owner);
	status = o == NULL ? LABYRINTH_BAD_OWNER : end(lab, o, owner);
	if (status != LABYRINTH_OK)
		return status;

	drain(lab, o);
	for (block_t b = { 0 }; b.i < lab->frames->blocks; b.i++)
		if (!block_virgin(lab->frames, b))
			reclaim(lab, o, owner.slot, b);
	return owner_held(owner_load(o)) == 0 ? LABYRINTH_OK : LABYRINTH_BUSY;
}
