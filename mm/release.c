/*
 * release.c - a claim ends: its frame stays with the owner, or goes to the vault.
 *
 * Idea    One compare-and-swap of the frame word decides; nothing after it can fail.
 */
#include "release.h"

#include "debug.h"
#include "hold.h"
#include "supply.h"
#include "wait.h"

#define RARELY(condition) __builtin_expect(!!(condition), 0)
#define SITE              __builtin_return_address(0)

void labyrinth_seat_leave(struct labyrinth *lab, struct owner *o)
{
	uint64_t word = owner_load(o);

	while (!owner_swap(o, &word, word - OWNER_OUT))
		;
	if (owner_held(word) > owner_guarantee(o, word))
		vault_earn(lab->vault, 1);
}

void labyrinth_claim_give_back(struct labyrinth *lab, struct owner *o, struct page *page)
{
	vault_push_dirty(lab->vault, page);
	labyrinth_seat_leave(lab, o);
	wait_wake_in_turn(lab);
	labyrinth_supply_kick(lab);
}

/* May the owner keep one frame more? */
static inline bool keeps(const struct owner *o, uint64_t word)
{
	return owner_alive(word) && owner_recycled(word) < o->recycle;
}

/* Somebody else changed the owner's word while a frame was put on its stack: it stays there if there is still room. */
static __attribute__((noinline)) enum labyrinth_status recycle_again(struct labyrinth *lab, struct owner *o,
                                                                     uint64_t word)
{
	do
		if (!keeps(o, word)) {
			labyrinth_claim_give_back(lab, o, supply_recycled(lab, o));
			break;
		}
	while (!owner_swap(o, &word, word - OWNER_OUT + OWNER_RECYCLED));
	return LABYRINTH_OK;
}

/* Keeps the frame, which is in this call's hands, for the owner's next claim; `word` says that it may. */
static inline enum labyrinth_status recycle(struct labyrinth *lab, struct owner *o, uint64_t word,
                                            struct labyrinth_claim *claim)
{
	stack_push(&o->recycled, lab->frames, claim->page, FRAME_RECYCLED, claim->generation);
	claim->page = NULL;
	claim->status = LABYRINTH_OK;
	if (RARELY(!owner_swap(o, &word, word - OWNER_OUT + OWNER_RECYCLED)))
		return recycle_again(lab, o, word);
	return LABYRINTH_OK;
}

/* The end of a release, with the frame in hand, that the owner may not keep or that others look at first. */
static __attribute__((noinline)) enum labyrinth_status release_at_length(struct labyrinth_claim *claim,
                                                                         struct owner *o, const void *site)
{
	struct labyrinth *lab = claim->lab;
	uint64_t word;

	if (debug_on(lab))
		labyrinth_debug_release(lab, claim->page, site);
	word = owner_load(o);
	if (!bad_marked(lab->frames, claim->page) && keeps(o, word))
		return recycle(lab, o, word, claim);
	labyrinth_claim_give_back(lab, o, claim->page);
	claim->page = NULL;
	claim->status = LABYRINTH_OK;
	return LABYRINTH_OK;
}

/* The claim's frame gets into this call's hands, in one step, if the claim is good. */
static inline bool let_go(const struct labyrinth_claim *claim, uint64_t word)
{
	uint64_t owned = claim_word(claim, FRAME_OWNED);

	return claim_named(word, claim->owner) && frames_written(claim->lab->frames, claim->page)
	       && word_swap(claim->page, owned, word_loose(owned));
}

/* Why not; tried again if the frame was lent or mapped when we looked, and no longer is. */
static __attribute__((noinline)) enum labyrinth_status release_again(struct labyrinth_claim *claim, const void *site)
{
	enum labyrinth_status status;
	struct owner *o;

	do {
		status = labyrinth_claim_check(claim, FRAME_OWNED, &o);
		if (status != LABYRINTH_OK)
			return status;
	} while (!let_go(claim, owner_load(o)));
	return release_at_length(claim, o, site);
}

enum labyrinth_status labyrinth_claim_release(struct labyrinth_claim *claim)
{
	struct labyrinth *lab;
	struct owner *o;
	uint64_t word;

	if (claim == NULL || claim->lab == NULL)
		return LABYRINTH_NULL_POINTER;
	lab = claim->lab;
	if (RARELY(claim->owner.slot >= lab->owners->slots))
		return LABYRINTH_BAD_OWNER;
	o = &lab->owners->at[claim->owner.slot];
	word = owner_load(o);
	if (RARELY(!let_go(claim, word)))
		return release_again(claim, SITE);
	if (RARELY(debug_on(lab) || bad_any(lab->frames) || !keeps(o, word)))
		return release_at_length(claim, o, SITE);
	return recycle(lab, o, word, claim);
}
