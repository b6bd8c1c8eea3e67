/*
 * world.h - what the allocator should do with a handful of frames and two owners, as naively as possible.
 *
 * Idea    What each frame is, whose, and the order of frames that wait on stacks. Counts, promises and surplus are not
 *         kept but worked out on every call. The rules are those of docs/design.md; generations are not in here,
 *         because a claim either names the frame's present one or does not.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <string.h>

#include "exhaustive/blocks.h"

#define WORLD_OWNERS 2
#define WORLD_FRAMES 8

struct pile {
	uint8_t count, at[WORLD_FRAMES]; /* the top is the last; 0 above it */
};

struct world {
	uint8_t     kind[BLOCKS_FRAMES];
	uint8_t     owner[WORLD_FRAMES];  /* slot, of claimed frames; otherwise 0 */
	uint8_t     budget[WORLD_OWNERS]; /* 1 + which; 0: nobody has the slot */
	struct pile kept[WORLD_OWNERS], vault, dirty, windows, reserve;
	/* Not part of the state: what the last call did besides. */
	unsigned    shredded, claimed; /* frames overwritten; the frame that got another generation */
	uint32_t    born;              /* the slot that got another owner */
};

#define WORLD_KEY (offsetof(struct world, reserve) + sizeof(struct pile)) /* bytes that are the state */

/* What stays the same. */
struct world_rules {
	const struct labyrinth_budget *budgets;
	unsigned count, vault, reserve; /* budgets; targets */
};

static inline void pile_push(struct world *w, struct pile *p, unsigned f, uint8_t kind)
{
	w->kind[f] = kind;
	p->at[p->count++] = (uint8_t)f;
}

static inline unsigned pile_pop(struct pile *p)
{
	unsigned f;

	if (p->count == 0)
		return BLOCKS_NONE;
	f = p->at[--p->count];
	p->at[p->count] = 0;
	return f;
}

static inline unsigned world_held(const struct world *w, unsigned o)
{
	unsigned held = w->kept[o].count;

	for (unsigned f = 0; f < WORLD_FRAMES; f++)
		held += (w->kind[f] == OWNED || w->kind[f] == LENT || w->kind[f] == MAPPED) && w->owner[f] == o;
	return held;
}

static inline unsigned world_guarantee(const struct world *w, const struct world_rules *r, unsigned o)
{
	return w->budget[o] > 0 ? r->budgets[w->budget[o] - 1].guarantee : 0;
}

static inline unsigned world_guaranteed(const struct world *w, const struct world_rules *r)
{
	return world_guarantee(w, r, 0) + world_guarantee(w, r, 1);
}

/* Frames of the vault that nobody is promised. */
static inline unsigned world_surplus(const struct world *w, const struct world_rules *r)
{
	unsigned promised = 0;

	for (unsigned o = 0; o < WORLD_OWNERS; o++)
		if (world_guarantee(w, r, o) > world_held(w, o))
			promised += world_guarantee(w, r, o) - world_held(w, o);
	assert_true(w->vault.count + w->dirty.count >= promised);
	return w->vault.count + w->dirty.count - promised;
}

/* The surplus of a vault at its target. */
static inline unsigned world_wanted(const struct world *w, const struct world_rules *r)
{
	unsigned left = r->vault - world_guaranteed(w, r);

	return left == 0 && r->vault > 0 ? 1 : left;
}

/* Claims beyond a guarantee leave one frame of the surplus, so that maintenance can exchange dirty ones. */
static inline bool world_spendable(const struct world *w, const struct world_rules *r)
{
	return world_surplus(w, r) > (r->vault > 0);
}

static inline struct world world_new(unsigned frames, const struct world_rules *r)
{
	struct world w;

	memset(&w, 0, sizeof(w));
	memset(w.kind, FREE, frames);
	while (w.vault.count < r->vault)
		pile_push(&w, &w.vault, blocks_choose(w.kind, 0), ASIDE);
	while (w.reserve.count < r->reserve)
		pile_push(&w, &w.reserve, blocks_choose(w.kind, 0), ASIDE);
	return w;
}

/* What was released waits to be shredded. */
static inline unsigned world_shred(struct world *w)
{
	w->shredded += w->dirty.count > 0;
	return pile_pop(&w->dirty);
}

/* ---- Shared blocks. */

static inline enum labyrinth_status world_alloc(struct world *w, const struct world_rules *r, bool atomic,
                                                unsigned order, unsigned *first)
{
	enum labyrinth_status status = blocks_alloc(w->kind, order, first);

	if (status != LABYRINTH_NO_MEMORY || order != 0)
		return status;
	if (atomic)
		*first = pile_pop(&w->reserve);
	if (*first == BLOCKS_NONE && world_surplus(w, r) > world_wanted(w, r))
		*first = w->dirty.count > 0 ? world_shred(w) : pile_pop(&w->vault);
	if (*first == BLOCKS_NONE)
		return LABYRINTH_NO_MEMORY;
	w->kind[*first] = SHARED;
	return LABYRINTH_OK;
}

static inline enum labyrinth_status world_free(struct world *w, const struct world_rules *r, unsigned f, unsigned order)
{
	enum labyrinth_status status = blocks_give(w->kind, f, order);

	if (status == LABYRINTH_OK && order == 0 && w->reserve.count < r->reserve)
		pile_push(w, &w->reserve, f, ASIDE);
	return status;
}

/* ---- Owners. */

static inline enum labyrinth_status world_register(struct world *w, const struct world_rules *r, unsigned which)
{
	unsigned slot = w->budget[0] == 0 ? 0 : w->budget[1] == 0 ? 1 : WORLD_OWNERS;

	if (slot == WORLD_OWNERS)
		return LABYRINTH_TOO_MANY_OWNERS;
	if (world_guaranteed(w, r) + r->budgets[which].guarantee > r->vault)
		return LABYRINTH_NOT_COVERED;
	if (world_surplus(w, r) < r->budgets[which].guarantee)
		return LABYRINTH_BUSY;
	w->budget[slot] = (uint8_t)(which + 1);
	w->born = slot;
	return LABYRINTH_OK;
}

static inline void world_give_up(struct world *w, unsigned f)
{
	w->owner[f] = 0;
	pile_push(w, &w->dirty, f, DIRTY);
}

static inline enum labyrinth_status world_retire(struct world *w, unsigned o)
{
	for (unsigned f = 0; f < WORLD_FRAMES; f++)
		if ((w->kind[f] == LENT || w->kind[f] == MAPPED) && w->owner[f] == o)
			return LABYRINTH_BUSY;
	w->budget[o] = 0;
	for (unsigned f; (f = pile_pop(&w->kept[o])) != BLOCKS_NONE;)
		world_give_up(w, f);
	for (unsigned f = 0; f < WORLD_FRAMES; f++)
		if (w->kind[f] == OWNED && w->owner[f] == o)
			world_give_up(w, f);
	return LABYRINTH_OK;
}

/* ---- Claims, of an owner who is alive, with the present generation of the frame or another. */

static inline enum labyrinth_status world_claim(struct world *w, const struct world_rules *r, unsigned o)
{
	unsigned f = pile_pop(&w->kept[o]);
	bool owed = world_held(w, o) < world_guarantee(w, r, o) || world_spendable(w, r);

	if (f == BLOCKS_NONE && world_held(w, o) >= r->budgets[w->budget[o] - 1].limit)
		return LABYRINTH_OVER_LIMIT;
	if (f == BLOCKS_NONE && owed)
		f = pile_pop(&w->vault);
	if (f == BLOCKS_NONE)
		f = blocks_choose(w->kind, 0);
	if (f == BLOCKS_NONE && owed)
		f = world_shred(w);
	if (f == BLOCKS_NONE)
		return LABYRINTH_NO_MEMORY;
	w->kind[f] = OWNED;
	w->owner[f] = (uint8_t)o;
	w->claimed = f;
	return LABYRINTH_OK;
}

static inline enum labyrinth_status world_holds(const struct world *w, unsigned o, unsigned f, bool present,
                                                uint8_t kind)
{
	bool mine = f < WORLD_FRAMES && present && w->owner[f] == o
	            && (w->kind[f] == OWNED || w->kind[f] == LENT || w->kind[f] == MAPPED);

	if (f != BLOCKS_NONE && w->kind[f] == HOLE)
		return LABYRINTH_FOREIGN_PAGE;
	if (!mine)
		return LABYRINTH_STALE_CLAIM;
	if (w->kind[f] == kind)
		return LABYRINTH_OK;
	if (kind != OWNED)
		return kind == LENT ? LABYRINTH_NOT_LENT : LABYRINTH_NOT_MAPPED;
	return w->kind[f] == LENT ? LABYRINTH_FRAME_LENT : LABYRINTH_FRAME_MAPPED;
}

static inline enum labyrinth_status world_release(struct world *w, const struct world_rules *r, unsigned o, unsigned f,
                                                  bool present)
{
	enum labyrinth_status status = world_holds(w, o, f, present, OWNED);

	if (status != LABYRINTH_OK)
		return status;
	if (w->kept[o].count == r->budgets[w->budget[o] - 1].recycle) {
		world_give_up(w, f);
		return LABYRINTH_OK;
	}
	w->owner[f] = 0;
	pile_push(w, &w->kept[o], f, RECYCLED);
	return LABYRINTH_OK;
}

static inline enum labyrinth_status world_relabel(struct world *w, unsigned o, unsigned f, bool present, uint8_t from,
                                                  uint8_t to)
{
	enum labyrinth_status status = world_holds(w, o, f, present, from);

	if (status == LABYRINTH_OK)
		w->kind[f] = to;
	return status;
}

/* There are more slots than frames. */
static inline enum labyrinth_status world_map(struct world *w, unsigned o, unsigned f, bool present)
{
	enum labyrinth_status status = world_holds(w, o, f, present, OWNED);

	if (status == LABYRINTH_OK)
		pile_push(w, &w->windows, f, MAPPED);
	return status;
}

static inline enum labyrinth_status world_unmap(struct world *w, unsigned o, unsigned f, bool present)
{
	enum labyrinth_status status = world_holds(w, o, f, present, MAPPED);

	if (status != LABYRINTH_OK)
		return status;
	if (w->windows.at[w->windows.count - 1] != f)
		return LABYRINTH_NOT_INNERMOST;
	w->kind[pile_pop(&w->windows)] = OWNED;
	return LABYRINTH_OK;
}

/* `to` is WORLD_OWNERS when it names no live owner. */
static inline enum labyrinth_status world_transfer(struct world *w, const struct world_rules *r, unsigned o, unsigned f,
                                                   bool present, unsigned to)
{
	enum labyrinth_status status = world_holds(w, o, f, present, OWNED);

	if (status != LABYRINTH_OK)
		return status;
	if (to == WORLD_OWNERS)
		return LABYRINTH_BAD_OWNER;
	if (world_held(w, to) >= r->budgets[w->budget[to] - 1].limit)
		return LABYRINTH_OVER_LIMIT;
	if (world_held(w, to) >= world_guarantee(w, r, to) && !world_spendable(w, r)) {
		unsigned cover = blocks_choose(w->kind, 0);

		if (cover == BLOCKS_NONE)
			return LABYRINTH_NO_MEMORY;
		pile_push(w, &w->vault, cover, ASIDE);
	}
	w->owner[f] = (uint8_t)to;
	w->claimed = f;
	return LABYRINTH_OK;
}

/* A shredded frame makes up the vault's target, or is free. */
static inline void world_settle(struct world *w, const struct world_rules *r, unsigned f)
{
	if (world_surplus(w, r) < world_wanted(w, r))
		pile_push(w, &w->vault, f, ASIDE);
	else
		w->kind[f] = FREE;
}

/* Only what nobody is promised leaves the vault to be shredded. */
static inline bool world_shred_one(struct world *w, const struct world_rules *r)
{
	if (w->dirty.count == 0 || world_surplus(w, r) == 0)
		return false;
	world_settle(w, r, world_shred(w));
	return true;
}

static inline unsigned world_maintain(struct world *w, const struct world_rules *r, unsigned budget)
{
	for (unsigned moved = 0; moved < budget; moved++) {
		unsigned f = blocks_choose(w->kind, 0);

		if (world_shred_one(w, r))
			continue;
		if (f != BLOCKS_NONE && world_surplus(w, r) < world_wanted(w, r))
			pile_push(w, &w->vault, f, ASIDE);
		else if (world_surplus(w, r) > world_wanted(w, r))
			w->kind[pile_pop(&w->vault)] = FREE;
		else if (f != BLOCKS_NONE && w->reserve.count < r->reserve)
			pile_push(w, &w->reserve, f, ASIDE);
		else
			return moved;
	}
	return budget;
}

#endif
