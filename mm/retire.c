/*
 * retire.c - the end of an owner: no new claims, then every frame taken back.
 */
#include <labyrinth/port.h>

#include "debug.h"
#include "hooks.h"
#include "release.h"
#include "supply.h"

/*
 * What the owner word becomes: a generation further, so that nothing is granted any more, and with one seat that is
 * this call's own, so that no new owner gets the slot before it is done. An earlier call that was BUSY has made the
 * first step. When calls that run at the same time have filled the word's count of seats, there is none for this one;
 * what the owner kept for itself takes one there, too, on its way back.
 */
static enum labyrinth_status next_word(uint64_t word, labyrinth_owner_t who, uint64_t *next)
{
	*next = word + OWNER_OUT;
	if (owner_was(word, who))
		return owner_held(word) < OWNER_MAX_OUT ? LABYRINTH_OK : LABYRINTH_BUSY;
	if (!owner_is(word, who))
		return LABYRINTH_BAD_OWNER;
	*next += OWNER_BORN;
	return owner_lent(word) > 0 ? LABYRINTH_BUSY : LABYRINTH_OK;
}

/*
 * The guarantee is nobody's any more. What the reserve has too much of now is out of reach of most requests, until
 * maintenance has brought it to the zones; what the vault has, they take there.
 */
static void end_guarantee(struct labyrinth *lab, uint32_t guarantee, uint32_t held)
{
	labyrinth_vault_end_guarantee(lab->vault, guarantee);
	labyrinth_supply_return(lab, guarantee > held ? guarantee - held : 0);
	if (reserve_over(lab->reserve))
		labyrinth_kick(lab);
}

/* Ends the owner's life in one step, and with it the promise to it. */
static enum labyrinth_status end(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who)
{
	uint64_t word = owner_load(o), next;
	enum labyrinth_status status;

	do {
		status = next_word(word, who, &next);
		if (status != LABYRINTH_OK)
			return status;
	} while (!owner_swap(o, &word, next));
	if (owner_alive(word))
		end_guarantee(lab, o->guarantee, owner_held(word));
	return LABYRINTH_OK;
}

/* Leaves this call's seat. Was it the last? */
static bool leave(struct owner *o)
{
	return owner_held(atomic_fetch_sub_explicit(&o->word, OWNER_OUT, memory_order_acq_rel)) == 1;
}

/* The frames that it kept for itself. */
static void drain(struct labyrinth *lab, struct owner *o)
{
	uint64_t word, kept = kept_load(&o->kept);
	struct page *page;

	while (kept_any(kept)) {
		page = kept_page(lab->frames, kept);
		if (kept_take(&o->kept, &kept)) {
			owner_gone(o, kept, false);
			labyrinth_claim_give_back(lab, o, page);
		}
	}
	word = owner_load(o);

	while (owner_recycled(word) > 0) {
		if (!owner_swap(o, &word, word - OWNER_RECYCLED + OWNER_OUT))
			continue;
		labyrinth_claim_give_back(lab, o, supply_recycled(lab, o));
		word = owner_load(o);
	}
}

/* The frames that it still claims in one page block. */
static void reclaim(struct labyrinth *lab, struct owner *o, uint16_t slot, block_t b, const void *site)
{
	for (unsigned i = 0; i < BLOCK_FRAMES && owner_out(owner_load(o)) > 1; i++) {
		struct page *page = block_page(lab->frames, b, i);
		uint64_t word = frames_word(lab->frames, page);

		if (word_state(word) != FRAME_OWNED || word_owner(word) != slot
		    || !word_swap(page, word, word_loose(word)))
			continue;
		if (debug_on(lab))
			labyrinth_debug_release(lab, page, site);
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
		if (block_opened(lab->frames, b))
			reclaim(lab, o, owner.slot, b, __builtin_return_address(0));
	return leave(o) ? LABYRINTH_OK : LABYRINTH_BUSY;
}
