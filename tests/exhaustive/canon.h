/*
 * canon.h - sets back what in the metadata only counts, so that a small arena has finitely many states; and what nobody
 *           looks at.
 *
 * Idea    Six things grow without end and are compared with nothing but copies of themselves: lock tickets; the tags of
 *         stacks; statistics and high-water marks of owners; the serial number of the shredder; the generations of
 *         frames, and of owners. Each is checked and set back to a constant after a call. Copies of a claim are then
 *         made by their distance from the generation: this one, the one before, the one after.
 *         Words of trees below a clear bit become zero. What a slot still says of an owner who is gone becomes garbage:
 *         whoever goes by it differs from the model.
 *         That only this distance matters is an assumption of the exhaustive tests.
 * Needs   cmocka included before. An instance whose frames are the first ones of its only page block.
 */
#ifndef TESTS_CANON_H
#define TESTS_CANON_H

#include "instance.h"
#include "owner.h"
#include "shred.h"
#include "vault.h"
#include "zone.h"

#define CANON_FRAME_MASK ((1u << WORD_GENERATION_BITS) - 1)
#define CANON_OWNER_MASK 1023u

/* What generations are set to. */
struct canon {
	uint32_t frame;
	uint16_t owner; /* of a live owner, odd; one that has been retired has the next number */
};

/* Nobody else is there, so the order of stores does not matter; the default order would be a fence each. */
#define canon_get(at)        atomic_load_explicit(at, memory_order_relaxed)
#define canon_set(at, value) atomic_store_explicit(at, value, memory_order_relaxed)

static inline uint16_t canon_retired(struct canon c)
{
	return (c.owner + 1u) & CANON_OWNER_MASK;
}

/* Has it been taken since? */
static inline bool canon_lock(struct lock *l)
{
	bool taken = canon_get(&l->next) != 0;

	if (canon_get(&l->next) != canon_get(&l->serving))
		fail_msg("a lock is held after the call");
	canon_set(&l->next, 0);
	canon_set(&l->serving, 0);
	return taken;
}

static inline void canon_stack(struct stack *s)
{
	canon_set(&s->head, canon_get(&s->head) & ~STACK_TAG);
}

static inline void canon_kept(struct kept *k)
{
	canon_set(&k->word, canon_get(&k->word) & ~KEPT_TAG);
}

static inline void canon_statistics(struct owner *o)
{
	canon_set(&o->from_recycled, 0);
	canon_set(&o->from_zone, 0);
	canon_set(&o->from_vault, 0);
	canon_set(&o->received, 0);
	canon_set(&o->over_limit, 0);
	canon_set(&o->over_rate, 0);
	canon_set(&o->no_memory, 0);
	canon_set(&o->misused, 0);
	canon_set(&o->worst_ticks, 0);
	canon_set(&o->high_water, 0);
}

/*
 * What nobody looks at in nodes of two levels: in all of them, or, of those below the root, only in the one that has
 * the bit of the only page block. No call writes in the others.
 */
static inline void canon_ranks(const struct ranks_shape *shape, struct ranks *nodes, uint32_t first, uint32_t end)
{
	assert_true(shape->levels <= 2);
	for (uint32_t i = first; i < end && i < shape->nodes; i++) {
		bool written = nodes[0].tree[RANKS_ANY] >> (i - 1) & 1;

		for (unsigned r = written ? RANKS + 1 : 0; r < RANKS_WORDS; r++)
			nodes[i].tree[r] = 0;
	}
}

static inline void canon_words(struct zone *z, uint32_t first, uint32_t end)
{
	for (unsigned m = 0; m < MOBILITIES; m++)
		canon_ranks(&z->shape, z->partial[m], first, end);
	for (uint32_t i = 0; i < z->sections; i++)
		if (sums_of(z->large.marks, i) == 0 || sums_of(z->large.marks, i) == LARGE_WHOLE)
			z->large.section[i] = (struct page_block){ .word = { 0 } };
}

/* Once, at the start. */
static inline void canon_all_trees(struct labyrinth *lab)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		canon_words(&lab->zones[z], 1, UINT32_MAX);
}

/* What hardly any refused call leaves alone. */
static inline void canon_all_statistics(struct owners *owners)
{
	for (uint32_t i = 0; i < owners->slots; i++)
		canon_statistics(&owners->at[i]);
}

/* What any call may count, one that was refused included. */
static inline void canon_counters(struct labyrinth *lab)
{
	uint32_t leaf = 1 + lab->frames->note[0].bit / 64;

	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (canon_lock(&lab->zones[z].lock)) /* who writes in a tree holds it */
			canon_words(&lab->zones[z], leaf, leaf + 1);
	canon_lock(&lab->owners->lock);
	canon_stack(&lab->reserve->stack);
	canon_stack(&lab->vault->stock.stack);
	canon_stack(&lab->vault->dirty.stack);
	for (uint32_t i = 0; i < lab->owners->slots; i++) {
		canon_stack(&lab->owners->at[i].recycled);
		canon_kept(&lab->owners->at[i].kept);
		lab->owners->at[i].seen = UINTPTR_MAX;
	}
	canon_all_statistics(lab->owners);
	canon_set(&lab->shredder->serial, 0);
}

/* Sets the generation of a frame back; what it was. */
static inline uint32_t canon_frame(struct page *page, struct canon c)
{
	uint64_t word = canon_get(&page->word);

	canon_set(&page->word, (word & ~((uint64_t)CANON_FRAME_MASK << 4)) | (uint64_t)c.frame << 4);
	return word_generation(word);
}

/* The budget of nobody. */
static inline void canon_departed(struct owner *o)
{
	canon_set(&o->guarantee, UINT32_MAX);
	canon_set(&o->limit, UINT32_MAX);
	canon_set(&o->recycle, UINT32_MAX);
	for (size_t i = 0; i < LABYRINTH_NAME_BYTES / 8; i++)
		canon_set(&o->name[i], UINT64_MAX);
	canon_set(&o->kept.word, canon_get(&o->kept.word) | KEPT_SHUT);
}

static inline uint16_t canon_owner(struct owner *o, struct canon c)
{
	uint64_t word = canon_get(&o->word);
	uint64_t now = owner_alive(word) ? c.owner : canon_retired(c);

	canon_set(&o->word, (word & (OWNER_BORN - 1)) | now * OWNER_BORN);
	if (!owner_alive(word))
		canon_departed(o);
	return owner_generation(word);
}

#endif
