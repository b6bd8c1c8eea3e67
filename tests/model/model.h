/*
 * model.h - what the allocator should do, written as naively as possible.
 *
 * Idea    An array of frames, each with a state; free blocks, promises and surplus are not kept but worked out from it
 *         on every call. Nothing is shared with mm/: only the public types, and the rules of docs/design.md. Which
 *         frame is granted is part of the contract (choose.h), so the model predicts frame numbers, not just counts.
 *         frames.h says which, aside.h what is set aside and promised; here are the calls.
 * Needs   At most MODEL_BLOCKS page blocks, one caller.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "model/aside.h"

/* ---- Shared frames. */

struct model_grant {
	uint32_t frame;
	enum labyrinth_status status;
};

static inline bool model_gfp_sound(labyrinth_gfp_t gfp)
{
	unsigned kinds = (gfp & LABYRINTH_GFP_KERNEL) != 0;

	kinds += (gfp & LABYRINTH_GFP_NOWAIT) != 0;
	kinds += (gfp & LABYRINTH_GFP_ATOMIC) != 0;
	return kinds == 1 && (gfp & ~0x3ffu) == 0 && (gfp & 48) != 48 && (gfp & 0x300) != 0x300;
}

static inline enum model_kind model_kind(labyrinth_gfp_t gfp)
{
	if (gfp & LABYRINTH_GFP_MOVABLE)
		return K_MOVABLE;
	return gfp & LABYRINTH_GFP_RECLAIMABLE ? K_RECLAIMABLE : K_ORDINARY;
}

static inline struct model_grant model_alloc(struct model *m, labyrinth_gfp_t gfp, unsigned order)
{
	unsigned highest = gfp & LABYRINTH_GFP_DMA ? 0 : gfp & LABYRINTH_GFP_DMA32 ? 1 : 2;
	uint32_t f;

	if (!model_gfp_sound(gfp))
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_FLAGS };
	if (order > 18)
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_ORDER };
	f = model_take(m, highest, order, model_kind(gfp));
	if (f == MODEL_NONE && (gfp & LABYRINTH_GFP_ATOMIC) && order == 0 && highest == 2)
		f = model_pop(&m->reserve);
	if (f == MODEL_NONE && order == 0 && highest == 2 && model_surplus(m) > model_wanted(m))
		f = m->dirty.count > 0 ? model_shred(m) : model_pop(&m->vault);
	if (f == MODEL_NONE)
		return (struct model_grant){ f, LABYRINTH_NO_MEMORY };
	for (uint32_t i = f; i < f + (1u << order); i++)
		m->frame[i].state = M_TAIL;
	m->frame[f].state = M_SHARED;
	m->frame[f].order = order;
	m->frame[f].tagged = model_kind(gfp) != K_ORDINARY;
	return (struct model_grant){ f, LABYRINTH_OK };
}

static inline enum labyrinth_status model_free(struct model *m, uint32_t f, unsigned order)
{
	bool dug; /* then what comes back stays in its zone */

	if (order > 18)
		return LABYRINTH_BAD_ORDER;
	switch (m->frame[f].state) {
	case M_ABSENT:
		return LABYRINTH_FOREIGN_PAGE;
	case M_OWNED:
	case M_LENT:
	case M_MAPPED:
		return LABYRINTH_NOT_SHARED;
	case M_SHARED:
		break;
	default:
		return LABYRINTH_NOT_ALLOCATED;
	}
	if (m->frame[f].order != order)
		return LABYRINTH_WRONG_ORDER;
	dug = model_protected(m, model_zone(model_pfn(m, f)), 0);
	for (uint32_t i = f; i < f + (1u << order); i++)
		m->frame[i].state = M_FREE;
	if (order == 0 && m->reserve.count < model_reserve_target(m) && (m->frame[f].tagged || !dug)) {
		if (m->frame[f].tagged)
			f = model_take(m, LABYRINTH_ZONE_NORMAL, 0, K_ORDINARY);
		if (f != MODEL_NONE)
			model_push(m, &m->reserve, f, M_ASIDE);
	}
	return LABYRINTH_OK;
}

/* ---- Owners and claims. A claim is the public struct, with its frame as an index beside it. */

static inline enum labyrinth_status model_register(struct model *m, const struct labyrinth_budget *b,
                                                   labyrinth_owner_t *out)
{
	if (b->limit == 0 || b->limit < b->guarantee || b->limit > LABYRINTH_MAX_BUDGET || b->recycle > b->limit
	    || b->recycle > LABYRINTH_MAX_RECYCLE)
		return LABYRINTH_BAD_BUDGET;
	for (unsigned i = 0; i < m->owners; i++) {
		struct model_owner *o = &m->owner[i];

		if (o->alive)
			continue;
		if (model_guaranteed(m) + b->guarantee > m->vault_target)
			return LABYRINTH_NOT_COVERED;
		if (model_surplus(m) < b->guarantee)
			return LABYRINTH_BUSY;
		o->alive = true;
		o->generation = (uint16_t)((o->generation + 1) % 1024);
		o->budget = *b;
		*out = (labyrinth_owner_t){ (uint16_t)i, o->generation };
		return LABYRINTH_OK;
	}
	return LABYRINTH_TOO_MANY_OWNERS;
}

static inline struct model_owner *model_owner(struct model *m, labyrinth_owner_t who)
{
	struct model_owner *o = who.slot < m->owners ? &m->owner[who.slot] : NULL;

	return o != NULL && o->alive && o->generation == who.generation ? o : NULL;
}

static inline struct model_grant model_claim(struct model *m, labyrinth_owner_t who)
{
	struct model_owner *o = model_owner(m, who);
	uint32_t f;
	bool owed;

	if (o == NULL)
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_OWNER };
	f = model_pop(&o->recycled);
	if (f == MODEL_NONE && model_held(o) >= o->budget.limit)
		return (struct model_grant){ MODEL_NONE, LABYRINTH_OVER_LIMIT };
	owed = model_held(o) < o->budget.guarantee || model_spendable(m);
	if (f == MODEL_NONE && owed)
		f = model_pop(&m->vault);
	if (f == MODEL_NONE && !m->isolated)
		f = model_take(m, LABYRINTH_ZONE_NORMAL, 0, K_EXCLUSIVE);
	if (f == MODEL_NONE && owed)
		f = model_shred(m);
	if (f == MODEL_NONE)
		return (struct model_grant){ f, LABYRINTH_NO_MEMORY };
	o->out++;
	m->frame[f].state = M_OWNED;
	m->frame[f].owner = who.slot;
	m->frame[f].generation = (m->frame[f].generation + 1) % (1u << 26);
	return (struct model_grant){ f, LABYRINTH_OK };
}

/* Does the claim hold frame f (MODEL_NONE: no frame) in this state? */
static inline enum labyrinth_status model_holds(struct model *m, const struct labyrinth_claim *c, uint32_t f,
                                                enum model_state state)
{
	bool mine = f != MODEL_NONE && m->frame[f].owner == c->owner.slot && m->frame[f].generation == c->generation;

	if (model_owner(m, c->owner) == NULL)
		return LABYRINTH_BAD_OWNER;
	if (f != MODEL_NONE && mine && m->frame[f].state == state)
		return LABYRINTH_OK;
	mine = mine && m->frame[f].state >= M_OWNED && m->frame[f].state <= M_MAPPED;
	if (!mine)
		return LABYRINTH_STALE_CLAIM;
	if (state != M_OWNED)
		return state == M_LENT ? LABYRINTH_NOT_LENT : LABYRINTH_NOT_MAPPED;
	return m->frame[f].state == M_LENT ? LABYRINTH_FRAME_LENT : LABYRINTH_FRAME_MAPPED;
}

static inline void model_give_up(struct model *m, struct model_owner *o, uint32_t f)
{
	o->out--;
	model_push(m, &m->dirty, f, M_DIRTY);
}

static inline enum labyrinth_status model_release(struct model *m, const struct labyrinth_claim *c, uint32_t f)
{
	enum labyrinth_status status = model_holds(m, c, f, M_OWNED);
	struct model_owner *o = model_owner(m, c->owner);

	if (status != LABYRINTH_OK)
		return status;
	if (o->recycled.count < o->budget.recycle) {
		o->out--;
		model_push(m, &o->recycled, f, M_RECYCLED);
	} else {
		model_give_up(m, o, f);
	}
	return LABYRINTH_OK;
}

static inline enum labyrinth_status model_transfer(struct model *m, const struct labyrinth_claim *c, uint32_t f,
                                                   labyrinth_owner_t to)
{
	enum labyrinth_status status = model_holds(m, c, f, M_OWNED);
	struct model_owner *taker = model_owner(m, to);

	if (status != LABYRINTH_OK)
		return status;
	if (taker == NULL)
		return LABYRINTH_BAD_OWNER;
	if (model_held(taker) >= taker->budget.limit)
		return LABYRINTH_OVER_LIMIT;
	if (model_held(taker) >= taker->budget.guarantee && !model_spendable(m)) {
		uint32_t cover = MODEL_NONE;

		if (!m->isolated)
			cover = model_take(m, LABYRINTH_ZONE_NORMAL, 0, K_EXCLUSIVE);

		if (cover == MODEL_NONE)
			return LABYRINTH_NO_MEMORY;
		model_push(m, &m->vault, cover, M_ASIDE);
	}
	taker->out++;
	model_owner(m, c->owner)->out--;
	m->frame[f].owner = to.slot;
	m->frame[f].generation = (m->frame[f].generation + 1) % (1u << 26);
	return LABYRINTH_OK;
}

static inline enum labyrinth_status model_lend(struct model *m, const struct labyrinth_claim *c, uint32_t f)
{
	enum labyrinth_status status = model_holds(m, c, f, M_OWNED);

	if (status == LABYRINTH_OK) {
		m->frame[f].state = M_LENT;
		model_owner(m, c->owner)->lent++;
	}
	return status;
}

static inline enum labyrinth_status model_take_back(struct model *m, const struct labyrinth_claim *c, uint32_t f)
{
	enum labyrinth_status status = model_holds(m, c, f, M_LENT);

	if (status == LABYRINTH_OK) {
		m->frame[f].state = M_OWNED;
		model_owner(m, c->owner)->lent--;
	}
	return status;
}

static inline enum labyrinth_status model_map(struct model *m, const struct labyrinth_claim *c, uint32_t f,
                                              uint32_t most)
{
	enum labyrinth_status status = model_holds(m, c, f, M_OWNED);

	if (status != LABYRINTH_OK)
		return status;
	if (m->windows.count == most)
		return LABYRINTH_TOO_DEEP;
	model_push(m, &m->windows, f, M_MAPPED);
	model_owner(m, c->owner)->lent++;
	return LABYRINTH_OK;
}

static inline enum labyrinth_status model_unmap(struct model *m, const struct labyrinth_claim *c, uint32_t f)
{
	enum labyrinth_status status = model_holds(m, c, f, M_MAPPED);

	if (status != LABYRINTH_OK)
		return status;
	if (m->windows.at[m->windows.count - 1] != f)
		return LABYRINTH_NOT_INNERMOST;
	m->frame[model_pop(&m->windows)].state = M_OWNED;
	model_owner(m, c->owner)->lent--;
	return LABYRINTH_OK;
}

static inline enum labyrinth_status model_retire(struct model *m, labyrinth_owner_t who)
{
	struct model_owner *o = model_owner(m, who);

	if (o == NULL)
		return LABYRINTH_BAD_OWNER;
	if (o->lent > 0)
		return LABYRINTH_BUSY;
	o->alive = false;
	o->generation = (uint16_t)((o->generation + 1) % 1024);
	while (o->recycled.count > 0) {
		uint32_t f = model_pop(&o->recycled);

		o->out++;
		model_give_up(m, o, f);
	}
	for (uint32_t f = 0; f < m->blocks * 512; f++)
		if (m->frame[f].state == M_OWNED && m->frame[f].owner == who.slot)
			model_give_up(m, o, f);
	return LABYRINTH_OK;
}

#endif
