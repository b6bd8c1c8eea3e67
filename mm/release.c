/*
 * release.c - a claim ends: its frame stays with the owner, or goes to the vault.
 *
 * Idea    One compare-and-swap of the frame word decides; nothing after it can fail.
 */
#include "release.h"

#include "debug.h"
#include "hold.h"
#include "supply.h"

#define RARELY(condition) __builtin_expect(!!(condition), 0)
#define SITE              __builtin_return_address(0)

void labyrinth_seat_leave(struct labyrinth *lab, struct owner *o)
{
	uint64_t word = owner_load(o);

	while (!owner_swap(o, &word, word - OWNER_OUT))
		;
	if (owner_held(word) > owner_guarantee(o, word))
		labyrinth_supply_return(lab, 1);
}

void labyrinth_claim_give_back(struct labyrinth *lab, struct owner *o, struct page *page)
{
	vault_push_dirty(lab->vault, page);
	labyrinth_seat_leave(lab, o);
	labyrinth_supply_kick(lab);
}

/* ---- What the owner keeps. */

/* Counts a frame that was put on the owner's stack. The top one, not counted, if `most` are there, or it has ended. */
static struct page *stack_counted(struct labyrinth *lab, struct owner *o, uint32_t most)
{
	uint64_t word = owner_load(o);

	do
		if (!owner_alive(word) || owner_recycled(word) >= most)
			return supply_recycled(lab, o);
	while (!owner_swap(o, &word, word - OWNER_OUT + OWNER_RECYCLED));
	return NULL;
}

/* The owner ended while it was given this frame to keep: out with it, if nobody else has seen to that. */
static __attribute__((noinline)) enum labyrinth_status keep_not(struct labyrinth *lab, struct owner *o, uint64_t kept)
{
	struct page *page = kept_page(lab->frames, kept);

	if (kept_take(&o->kept, &kept)) {
		owner_gone(o, kept, false);
		labyrinth_claim_give_back(lab, o, page);
	}
	return LABYRINTH_OK;
}

/* Keeps the frame for the owner's next claim; the one that there is no room for, this or another, or NULL. */
static struct page *keep(struct labyrinth *lab, struct owner *o, struct page *page)
{
	uint32_t generation = word_generation(word_load(page)), most;
	uint64_t kept = kept_load(&o->kept), word;
	struct page *below;

	for (;;) {
		word = owner_load(o);
		most = o->recycle - !(kept_shut(kept) && !kept_any(kept)); /* room below; not used if there is none */
		if (!owner_alive(word) || (!kept_free(kept) && owner_recycled(word) >= most))
			return page;
		if (kept_shut(kept)) {
			below = page;
			break;
		}
		below = kept_any(kept) ? kept_page(lab->frames, kept) : NULL;
		word_store(page, word_link(FRAME_RECYCLED, generation, 0));
		if (kept_put(&o->kept, &kept, page_index(lab->frames, page)))
			break;
	}
	if (below != page && !owner_alive(owner_load(o)))
		keep_not(lab, o, kept);
	if (below == NULL)
		return NULL;
	if (below != page)
		owner_gone(o, kept, false);
	stack_push(&o->recycled, lab->frames, below, FRAME_RECYCLED, word_generation(word_load(below)));
	return stack_counted(lab, o, most);
}

/* ---- Releases. */

/* The end of a release, with the frame in hand, when it is not simply kept or others look at it first. */
static __attribute__((noinline)) enum labyrinth_status release_at_length(struct labyrinth_claim *claim,
                                                                         struct owner *o, const void *site)
{
	struct labyrinth *lab = claim->lab;
	struct page *page = claim->page;

	word_store(page, word_loose(word_load(page)));
	if (debug_on(lab))
		labyrinth_debug_release(lab, page, site);
	if (!bad_marked(lab->frames, page))
		page = keep(lab, o, page);
	if (page != NULL)
		labyrinth_claim_give_back(lab, o, page);
	claim->page = NULL;
	claim->status = LABYRINTH_OK;
	return LABYRINTH_OK;
}

/* The claim's frame, whose word is valid, gets into this call's hands, in one step, if the claim is good. */
static inline bool let_go(const struct labyrinth_claim *claim)
{
	return word_swap(claim->page, claim_word(claim, FRAME_OWNED),
	                 word_make(FRAME_RECYCLED, claim->generation, 0, 0));
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
	} while (!let_go(claim));
	return release_at_length(claim, o, site);
}

/* For an owner that lived when `word` was read, and a frame of this index. */
static inline enum labyrinth_status release_shortly(struct labyrinth_claim *claim, struct owner *o, uint64_t word,
                                                    uint64_t index, const void *site)
{
	struct labyrinth *lab = claim->lab;
	uint64_t kept;

	if (RARELY(!let_go(claim)))
		return release_again(claim, site);
	kept = kept_load(&o->kept);
	if (RARELY((attention(lab) & (ATTEND_DEBUG | ATTEND_BAD)) || !kept_free(kept))
	    || RARELY(!kept_put(&o->kept, &kept, index)))
		return release_at_length(claim, o, site);
	claim->page = NULL;
	claim->status = LABYRINTH_OK;
	return RARELY(owner_generation(owner_load(o) ^ word) != 0) ? keep_not(lab, o, kept) : LABYRINTH_OK;
}

/* A frame of another page block than the last one. */
static __attribute__((noinline)) enum labyrinth_status release_elsewhere(struct labyrinth_claim *claim,
                                                                         struct owner *o, uint64_t word,
                                                                         const void *site)
{
	const struct frames *f = claim->lab->frames;
	uint64_t index;

	if (!frames_written(f, claim->page) || word_load(claim->page) != claim_word(claim, FRAME_OWNED))
		return release_again(claim, site);
	index = page_index(f, claim->page);
	if (frames_settled_all(f, index))
		atomic_store_explicit(&o->seen, (uintptr_t)(index / BLOCK_FRAMES), memory_order_release);
	return release_shortly(claim, o, word, index, site);
}

enum labyrinth_status labyrinth_claim_release(struct labyrinth_claim *claim)
{
	struct labyrinth *lab;
	struct owner *o;
	uintptr_t index;
	uint64_t word;

	if (claim == NULL || claim->lab == NULL)
		return LABYRINTH_NULL_POINTER;
	lab = claim->lab;
	if (RARELY(claim->owner.slot >= lab->owners->slots))
		return LABYRINTH_BAD_OWNER;
	o = &lab->owners->at[claim->owner.slot];
	word = owner_load(o);
	if (RARELY(!owner_is(word, claim->owner)))
		return release_again(claim, SITE);
	index = page_above(lab->frames->page, claim->page);
	if (RARELY(index / BLOCK_FRAMES != atomic_load_explicit(&o->seen, memory_order_acquire)))
		return release_elsewhere(claim, o, word, SITE);
	return release_shortly(claim, o, word, index, SITE);
}
