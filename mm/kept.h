/*
 * kept.h - the frame that an owner released last, where its next claim takes it in one step.
 *
 *	 63                           30   29   28         0
 *	+-------------------------------+------+------------+
 *	| index of the frame + 1; 0: no | shut | tag        |
 *	+-------------------------------+------+------------+
 *
 * Idea    One frame, and no link that leads on from it: taking it is one compare-and-swap. In the owner's word it
 *         counts as outstanding, so what the owner holds is the same before and after, and the word need not change:
 *         owner_view() is what the word would say of it otherwise. Each change steps the tag, so two equal looks say
 *         that nothing changed in between: by one when a frame comes or goes, by two when one takes the place of
 *         another. So the tag is odd while there is a frame, and half of it counts those that have gone: as a rule to
 *         claims, which need no step of their own to be counted.
 *         Shut, it takes nothing in any more: for an owner that keeps nothing, or whose claims outstanding are watched,
 *         because those are counted by the word alone.
 * Limits  The tag has 29 bits: a context that is held up must not sleep through exactly 2^29 changes. When it turns
 *         over, whoever did that adds what it counted to a counter; who looks in between is told of so many fewer.
 */
#ifndef MM_KEPT_H
#define MM_KEPT_H

#include "page.h"

struct kept {
	_Atomic uint64_t word;
};

#define KEPT_SHUT  (UINT64_C(1) << 29)
#define KEPT_TAG   (KEPT_SHUT - 1)
#define KEPT_SHIFT 30

static inline uint64_t kept_load(const struct kept *k)
{
	return atomic_load_explicit(&k->word, memory_order_seq_cst);
}

static inline bool kept_any(uint64_t kept)
{
	return kept >> KEPT_SHIFT != 0;
}

/* Frames that have gone; and after how many the tag turns over. */
#define KEPT_TURN ((KEPT_TAG + 1) / 2)

static inline uint64_t kept_gone(uint64_t kept)
{
	return (kept & KEPT_TAG) / 2;
}

/* Is there a place for a frame? */
static inline bool kept_free(uint64_t kept)
{
	return kept < KEPT_SHUT;
}

static inline bool kept_shut(uint64_t kept)
{
	return (kept & KEPT_SHUT) != 0;
}

/* The frame, if there is one. */
static inline struct page *kept_page(const struct frames *f, uint64_t kept)
{
	return &f->page[(kept >> KEPT_SHIFT) - 1];
}

/*
 * In order with the step that ends an owner's life, as kept_load() is: who puts a frame there looks whether the owner
 * lives afterwards, who ends it looks for a frame.
 */
static inline bool kept_step(struct kept *k, uint64_t *kept, uint64_t next)
{
	return atomic_compare_exchange_strong_explicit(&k->word, kept, next, memory_order_seq_cst,
	                                               memory_order_seq_cst);
}

/*
 * Puts a frame, by its index, in place of one, or of none: nobody else can see it, and its word says RECYCLED. *kept is
 * then, as on failure, what is there now. Not when it is shut.
 */
static inline bool kept_put(struct kept *k, uint64_t *kept, uint64_t index)
{
	uint64_t next = (*kept + 1 + kept_any(*kept)) % KEPT_SHUT | (index + 1) << KEPT_SHIFT;

	if (!kept_step(k, kept, next))
		return false;
	*kept = next;
	return true;
}

/* Takes the frame that was seen there; *kept as above. */
static inline bool kept_take(struct kept *k, uint64_t *kept)
{
	uint64_t next = (*kept + 1) % KEPT_SHUT | (*kept & KEPT_SHUT);

	if (!kept_step(k, kept, next))
		return false;
	*kept = next;
	return true;
}

/* It takes nothing in from now on; what is in there stays. */
static inline void kept_shut_for_good(struct kept *k)
{
	uint64_t kept = kept_load(k);

	while (!kept_shut(kept) && !kept_step(k, &kept, kept | KEPT_SHUT))
		;
}

/* For a new owner in the slot, to whom it is of no use unless it `keeps` something. */
static inline void kept_begin(struct kept *k, bool keeps)
{
	atomic_store_explicit(&k->word, (kept_load(k) + 2) % KEPT_SHUT | (keeps ? 0 : KEPT_SHUT), memory_order_release);
}

#endif
