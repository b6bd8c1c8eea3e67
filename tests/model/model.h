/*
 * model.h - what the allocator should do, written as naively as possible.
 *
 * Idea    An array of frames, each with a state; free blocks, promises and surplus are not kept but worked out from it
 *         on every call. Nothing is shared with mm/: only the public types, and the rules of docs/design.md. Which
 *         frame is granted is part of the contract (lowest block of the smallest order that fits), so the model
 *         predicts frame numbers, not just counts.
 * Needs   At most MODEL_BLOCKS page blocks, one caller.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <assert.h>
#include <string.h>

#include <labyrinth/labyrinth.h>

#define MODEL_BLOCKS 24
#define MODEL_FRAMES (MODEL_BLOCKS * 512)
#define MODEL_OWNERS 6
#define MODEL_NONE   UINT32_MAX

enum model_state { M_ABSENT, M_FREE, M_SHARED, M_TAIL, M_OWNED, M_LENT, M_DIRTY, M_ASIDE };

struct model_frame {
	enum model_state state;
	unsigned order;      /* of the shared block that begins here */
	unsigned owner;      /* slot                                 */
	uint32_t generation;
};

struct model_stack {
	uint32_t at[MODEL_FRAMES];
	uint32_t count;
};

struct model_owner {
	bool     alive;
	uint16_t generation;
	struct labyrinth_budget budget;
	uint32_t out, lent;
	struct model_stack recycled;
};

struct model {
	struct model_frame frame[MODEL_FRAMES];
	uint64_t block_number[MODEL_BLOCKS]; /* physical page block, ascending */
	bool     exclusive[MODEL_BLOCKS];    /* mobility                       */
	unsigned blocks;
	struct model_stack vault, reserve;
	uint64_t vault_target, reserve_target;
	struct model_owner owner[MODEL_OWNERS];
	unsigned owners;
};

/* ---- Frames and where they are. */

static inline uint64_t model_pfn(const struct model *m, uint32_t f)
{
	return m->block_number[f / 512] * 512 + f % 512;
}

static inline uint32_t model_find(const struct model *m, uint64_t pfn)
{
	for (unsigned b = 0; b < m->blocks; b++)
		if (m->block_number[b] == pfn / 512)
			return b * 512 + (uint32_t)(pfn % 512);
	return MODEL_NONE;
}

static inline unsigned model_zone(uint64_t pfn)
{
	return pfn < 0x1000 ? LABYRINTH_ZONE_DMA : pfn < 0x100000 ? LABYRINTH_ZONE_DMA32 : LABYRINTH_ZONE_NORMAL;
}

static inline bool model_all_free(const struct model *m, uint32_t f, unsigned order)
{
	for (uint32_t i = f; i < f + (1u << order); i++)
		if (m->frame[i].state != M_FREE)
			return false;
	return true;
}

/* Is there a free block of exactly this order at f, that is, one whose twin is not free? */
static inline bool model_block_at(const struct model *m, uint32_t f, unsigned order)
{
	uint32_t twin = f ^ 1u << order;

	return f % (1u << order) == 0 && model_all_free(m, f, order) && (order == 9 || !model_all_free(m, twin, order));
}

static inline uint32_t model_lowest(const struct model *m, unsigned zone, unsigned order, int exclusive)
{
	for (unsigned b = 0; b < m->blocks; b++) {
		if (model_zone(m->block_number[b] * 512) != zone || (exclusive >= 0 && m->exclusive[b] != exclusive))
			continue;
		for (uint32_t f = b * 512; f < (b + 1) * 512; f += 1u << order)
			if (model_block_at(m, f, order))
				return f;
	}
	return MODEL_NONE;
}

static inline uint32_t model_choose(struct model *m, unsigned zone, unsigned order, bool exclusive)
{
	uint32_t f;

	for (unsigned k = order; k < 9; k++)
		if ((f = model_lowest(m, zone, k, exclusive)) != MODEL_NONE)
			return f;
	if ((f = model_lowest(m, zone, 9, -1)) != MODEL_NONE) {
		m->exclusive[f / 512] = exclusive;
		return f;
	}
	for (unsigned k = order; k < 9; k++)
		if ((f = model_lowest(m, zone, k, !exclusive)) != MODEL_NONE)
			return f;
	return MODEL_NONE;
}

/* Takes a block; its frames are then the caller's to label. */
static inline uint32_t model_take(struct model *m, unsigned highest, unsigned order, bool exclusive)
{
	for (unsigned z = highest + 1; z-- > 0;) {
		uint32_t f = model_choose(m, z, order, exclusive);

		if (f != MODEL_NONE)
			return f;
	}
	return MODEL_NONE;
}

static inline uint64_t model_count(const struct model *m, enum model_state state)
{
	uint64_t n = 0;

	for (uint32_t f = 0; f < m->blocks * 512; f++)
		n += m->frame[f].state == state;
	return n;
}

/* ---- Stacks. */

static inline void model_push(struct model *m, struct model_stack *s, uint32_t f, enum model_state state)
{
	m->frame[f].state = state;
	s->at[s->count++] = f;
}

static inline uint32_t model_pop(struct model_stack *s)
{
	return s->count == 0 ? MODEL_NONE : s->at[--s->count];
}

/* ---- Promises, worked out afresh each time. */

static inline uint32_t model_held(const struct model_owner *o)
{
	return o->out + o->recycled.count;
}

static inline uint32_t model_guarantee(const struct model_owner *o)
{
	return o->alive ? o->budget.guarantee : 0;
}

static inline uint64_t model_guaranteed(const struct model *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->owners; i++)
		sum += model_guarantee(&m->owner[i]);
	return sum;
}

static inline uint64_t model_surplus(const struct model *m)
{
	uint64_t promised = 0;

	for (unsigned i = 0; i < m->owners; i++) {
		const struct model_owner *o = &m->owner[i];

		if (model_guarantee(o) > model_held(o))
			promised += model_guarantee(o) - model_held(o);
	}
	assert(m->vault.count >= promised);
	return m->vault.count - promised;
}

static inline uint64_t model_wanted(const struct model *m)
{
	return m->vault_target - model_guaranteed(m);
}

/* ---- Bring-up. */

static inline void model_init(struct model *m, const uint64_t (*pairs)[2], struct labyrinth_config config)
{
	*m = (struct model){ .vault_target = config.vault_frames, .reserve_target = config.reserve_frames,
	                     .owners = config.owners };
	for (; (*pairs)[1] != 0; pairs++)
		for (uint64_t pfn = (*pairs)[0]; pfn < (*pairs)[1]; pfn++) {
			if (m->blocks == 0 || m->block_number[m->blocks - 1] != pfn / 512)
				m->block_number[m->blocks++] = pfn / 512;
			assert(m->blocks <= MODEL_BLOCKS);
			m->frame[(m->blocks - 1) * 512 + pfn % 512].state = M_FREE;
		}
	while (m->vault.count < m->vault_target)
		model_push(m, &m->vault, model_take(m, LABYRINTH_ZONE_NORMAL, 0, true), M_ASIDE);
	while (m->reserve.count < m->reserve_target)
		model_push(m, &m->reserve, model_take(m, LABYRINTH_ZONE_NORMAL, 0, false), M_ASIDE);
}

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
	return kinds == 1 && gfp < 64 && (gfp & 48) != 48;
}

static inline struct model_grant model_alloc(struct model *m, labyrinth_gfp_t gfp, unsigned order)
{
	unsigned highest = gfp & LABYRINTH_GFP_DMA ? 0 : gfp & LABYRINTH_GFP_DMA32 ? 1 : 2;
	uint32_t f;

	if (order > 9)
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_ORDER };
	if (!model_gfp_sound(gfp))
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_FLAGS };
	f = model_take(m, highest, order, false);
	if (f == MODEL_NONE && (gfp & LABYRINTH_GFP_ATOMIC) && order == 0 && highest == 2)
		f = model_pop(&m->reserve);
	if (f == MODEL_NONE)
		return (struct model_grant){ f, LABYRINTH_NO_MEMORY };
	for (uint32_t i = f; i < f + (1u << order); i++)
		m->frame[i].state = M_TAIL;
	m->frame[f].state = M_SHARED;
	m->frame[f].order = order;
	return (struct model_grant){ f, LABYRINTH_OK };
}

static inline enum labyrinth_status model_free(struct model *m, uint32_t f, unsigned order)
{
	if (order > 9)
		return LABYRINTH_BAD_ORDER;
	switch (m->frame[f].state) {
	case M_ABSENT:
		return LABYRINTH_FOREIGN_PAGE;
	case M_OWNED:
	case M_LENT:
		return LABYRINTH_NOT_SHARED;
	case M_SHARED:
		break;
	default:
		return LABYRINTH_NOT_ALLOCATED;
	}
	if (m->frame[f].order != order)
		return LABYRINTH_WRONG_ORDER;
	for (uint32_t i = f; i < f + (1u << order); i++)
		m->frame[i].state = M_FREE;
	if (order == 0 && m->reserve.count < m->reserve_target)
		model_push(m, &m->reserve, f, M_ASIDE);
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

	if (o == NULL)
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_OWNER };
	f = model_pop(&o->recycled);
	if (f == MODEL_NONE && model_held(o) >= o->budget.limit)
		return (struct model_grant){ MODEL_NONE, LABYRINTH_OVER_LIMIT };
	if (f == MODEL_NONE)
		f = model_take(m, LABYRINTH_ZONE_NORMAL, 0, true);
	if (f == MODEL_NONE && (model_held(o) < o->budget.guarantee || model_surplus(m) > 0))
		f = model_pop(&m->vault);
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
	if (mine && m->frame[f].state == M_LENT)
		return LABYRINTH_FRAME_LENT;
	return mine && m->frame[f].state == M_OWNED ? LABYRINTH_NOT_LENT : LABYRINTH_STALE_CLAIM;
}

/* A shredded frame goes where it is owed: the vault covers every promise first, then its target, then all is free. */
static inline void model_settle(struct model *m, struct model_owner *o, uint32_t f)
{
	uint64_t promised_before = m->vault.count - model_surplus(m);
	uint64_t surplus = model_surplus(m);
	bool owed;

	o->out--;
	owed = model_guarantee(o) > model_held(o);
	if (owed ? surplus > model_wanted(m) : surplus >= model_wanted(m)) {
		m->frame[f].state = M_FREE;
		assert(m->vault.count >= promised_before + owed);
	} else {
		model_push(m, &m->vault, f, M_ASIDE);
	}
}

static inline enum labyrinth_status model_release(struct model *m, const struct labyrinth_claim *c, uint32_t f)
{
	enum labyrinth_status status = model_holds(m, c, f, M_OWNED);
	struct model_owner *o = model_owner(m, c->owner);

	if (status != LABYRINTH_OK)
		return status;
	if (o->recycled.count < o->budget.recycle) {
		o->out--;
		model_push(m, &o->recycled, f, M_DIRTY);
	} else {
		model_settle(m, o, f);
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
	if (model_held(taker) >= taker->budget.guarantee && model_surplus(m) == 0) {
		uint32_t cover = model_take(m, LABYRINTH_ZONE_NORMAL, 0, true);

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
		model_settle(m, o, f);
	}
	for (uint32_t f = 0; f < m->blocks * 512; f++)
		if (m->frame[f].state == M_OWNED && m->frame[f].owner == who.slot)
			model_settle(m, o, f);
	return LABYRINTH_OK;
}

static inline uint64_t model_maintain(struct model *m, uint64_t budget)
{
	uint64_t moved = 0;
	uint32_t f;

	for (; moved < budget; moved++) {
		if (model_surplus(m) < model_wanted(m) && (f = model_take(m, 2, 0, true)) != MODEL_NONE)
			model_push(m, &m->vault, f, M_ASIDE);
		else if (model_surplus(m) > model_wanted(m))
			m->frame[model_pop(&m->vault)].state = M_FREE;
		else if (m->reserve.count < m->reserve_target && (f = model_take(m, 2, 0, false)) != MODEL_NONE)
			model_push(m, &m->reserve, f, M_ASIDE);
		else
			break;
	}
	return moved;
}

#endif
