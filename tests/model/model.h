/*
 * model.h - what the allocator should do, written as naively as possible.
 *
 * Idea    An array of frames, each with a state; free blocks, promises and surplus are not kept but worked out from it
 *         on every call. Nothing is shared with mm/: only the public types, and the rules of docs/design.md. Which
 *         frame is granted is part of the contract (choose.h), so the model
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

enum model_state { M_ABSENT, M_FREE, M_SHARED, M_TAIL, M_OWNED, M_LENT, M_MAPPED, M_RECYCLED, M_DIRTY, M_ASIDE };

enum model_kind { K_ORDINARY, K_MOVABLE, K_RECLAIMABLE, K_EXCLUSIVE };

struct model_frame {
	enum model_state state;
	unsigned order;      /* of the shared block that begins here */
	unsigned owner;      /* slot                                 */
	bool     tagged;     /* asked for with a mobility            */
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
	uint32_t out, lent; /* lent or mapped */
	struct model_stack recycled;
};

struct model {
	struct model_frame frame[MODEL_FRAMES];
	uint64_t block_number[MODEL_BLOCKS]; /* physical page block, ascending */
	enum model_kind kind[MODEL_BLOCKS];  /* whose frames gather in it      */
	unsigned blocks;
	struct model_stack vault, dirty, reserve;
	struct model_stack windows; /* frames, the last one opened on top */
	bool     isolated;          /* claims take nothing from the zones */
	uint64_t vault_target, vault_share, reserve_frames, reserve_share, shredded;
	uint64_t protect[3]; /* by zone: left alone by who may use a higher one */
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

static inline bool model_all_free(const struct model *m, uint32_t f, uint32_t frames)
{
	for (uint32_t i = f; i < f + frames; i++)
		if (m->frame[i].state != M_FREE)
			return false;
	return true;
}

/* Are all frames of the block of this order around a frame number usable memory of one zone, and free? */
static inline bool model_free_around(const struct model *m, uint64_t pfn, unsigned order)
{
	uint64_t first = pfn >> order << order;

	if (order <= 9)
		return model_all_free(m, model_find(m, first), 1u << order);
	for (uint64_t n = first + (1u << order); n > first; n -= 512) {
		uint32_t f = model_find(m, n - 512);

		if (f == MODEL_NONE || model_zone(n - 512) != model_zone(pfn) || !model_all_free(m, f, 512))
			return false;
	}
	return true;
}

/* Is there a free block of exactly this order at f, that is, one that is not a half of a larger one? */
static inline bool model_block_at(const struct model *m, uint32_t f, unsigned order)
{
	uint64_t pfn = model_pfn(m, f);

	return pfn % (1u << order) == 0 && model_free_around(m, pfn, order)
	       && (order == 18 || !model_free_around(m, pfn, order + 1));
}

/* The lowest free block of exactly this order in the page blocks of some kinds. */
static inline uint32_t model_lowest(const struct model *m, unsigned zone, unsigned order, unsigned kinds)
{
	for (unsigned b = 0; b < m->blocks; b++) {
		if (model_zone(m->block_number[b] * 512) != zone || !(kinds >> m->kind[b] & 1))
			continue;
		for (uint32_t f = b * 512; f < (b + 1) * 512; f += order < 9 ? 1u << order : 512)
			if (model_block_at(m, f, order))
				return f;
	}
	return MODEL_NONE;
}

/* The order of the largest free block in a page block that is not free as a whole, + 1; 0 when there is none. */
static inline unsigned model_room(const struct model *m, unsigned b)
{
	for (unsigned k = 9; k-- > 0 && !model_all_free(m, b * 512, 512);)
		for (uint32_t f = b * 512; f < (b + 1) * 512; f += 1u << k)
			if (model_all_free(m, f, 1u << k))
				return k + 1;
	return 0;
}

/* The lowest of the smallest blocks that fit in a page block. */
static inline uint32_t model_fit_in(const struct model *m, unsigned b, unsigned order)
{
	for (unsigned k = order; k < 9; k++)
		for (uint32_t f = b * 512; f < (b + 1) * 512; f += 1u << k)
			if (model_block_at(m, f, k))
				return f;
	return MODEL_NONE;
}

static inline bool model_eligible(const struct model *m, unsigned zone, unsigned kinds, unsigned b)
{
	return model_zone(m->block_number[b] * 512) == zone && (kinds >> m->kind[b] & 1) != 0;
}

/*
 * In the page blocks of some kinds: a single frame in the lowest that has one, any other block in one whose largest
 * free block is as small as does.
 */
static inline uint32_t model_fit(const struct model *m, unsigned zone, unsigned order, unsigned kinds)
{
	unsigned best = MODEL_BLOCKS, least = 10;

	for (unsigned b = 0; b < m->blocks; b++) {
		unsigned room = model_eligible(m, zone, kinds, b) ? model_room(m, b) : 0;

		if (room <= order || room >= least)
			continue;
		best = b;
		least = order == 0 ? 1 : room;
	}
	return best == MODEL_BLOCKS ? MODEL_NONE : model_fit_in(m, best, order);
}

/* The page block of some kinds with the largest free block changes sides if half of it is free. */
static inline bool model_steal(struct model *m, unsigned zone, unsigned order, unsigned kinds, enum model_kind kind)
{
	unsigned found = MODEL_BLOCKS, most = order, frames = 0;

	for (unsigned b = 0; b < m->blocks; b++)
		if (model_eligible(m, zone, kinds, b) && model_room(m, b) > most) {
			most = model_room(m, b);
			found = b;
		}
	for (uint32_t i = 0; found != MODEL_BLOCKS && i < 512; i++)
		frames += m->frame[found * 512 + i].state == M_FREE;
	if (frames < 256)
		return false;
	m->kind[found] = kind;
	return true;
}

static inline uint32_t model_choose(struct model *m, unsigned zone, unsigned order, enum model_kind kind)
{
	unsigned any = 15, exclusive = 1u << K_EXCLUSIVE, others = any & ~exclusive & ~(1u << kind);
	uint32_t f;

	if ((f = model_fit(m, zone, order, 1u << kind)) != MODEL_NONE)
		return f;
	for (unsigned k = order < 9 ? 9 : order; k <= 18; k++)
		if ((f = model_lowest(m, zone, k, any)) != MODEL_NONE) {
			m->kind[f / 512] = kind;
			return f;
		}
	if (model_steal(m, zone, order, others, kind))
		return model_fit(m, zone, order, 1u << kind);
	if ((f = model_fit(m, zone, order, others)) != MODEL_NONE)
		return f;
	if (kind != K_EXCLUSIVE && model_steal(m, zone, order, exclusive, kind))
		return model_fit(m, zone, order, 1u << kind);
	return model_fit(m, zone, order, exclusive);
}

/* Frames of a zone in one state, or in any but M_ABSENT. */
static inline uint64_t model_in_zone(const struct model *m, unsigned zone, enum model_state state)
{
	uint64_t n = 0;

	for (uint32_t f = 0; f < m->blocks * 512; f++)
		if (model_zone(m->block_number[f / 512] * 512) == zone)
			n += state == M_ABSENT ? m->frame[f].state != M_ABSENT : m->frame[f].state == state;
	return n;
}

/* Would so many frames be taken of those that the zone protects? */
static inline bool model_protected(const struct model *m, unsigned zone, uint64_t frames)
{
	return m->protect[zone] > 0 && model_in_zone(m, zone, M_FREE) < m->protect[zone] + frames;
}

/* Takes a block; its frames are then the caller's to label. */
static inline uint32_t model_take(struct model *m, unsigned highest, unsigned order, enum model_kind kind)
{
	for (unsigned z = highest + 1; z-- > 0;) {
		uint32_t f;

		if (z < highest && model_protected(m, z, UINT64_C(1) << order))
			continue;
		f = model_choose(m, z, order, kind);

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
	assert(m->vault.count + m->dirty.count >= promised);
	return m->vault.count + m->dirty.count - promised;
}

static inline uint64_t model_wanted(const struct model *m)
{
	uint64_t guaranteed = model_guaranteed(m), left = m->vault_target - guaranteed;
	uint64_t share = guaranteed * m->vault_share / 100;

	left = left < share ? share : left;
	return left == 0 && m->vault_target > 0 ? 1 : left;
}

static inline uint64_t model_reserve_target(const struct model *m)
{
	return m->reserve_frames + model_guaranteed(m) * m->reserve_share / 100;
}

/* Claims beyond a guarantee leave one frame of the surplus, so that maintenance can exchange dirty ones. */
static inline bool model_spendable(const struct model *m)
{
	return model_surplus(m) > (m->vault_target > 0);
}

/* ---- Bring-up. */

/* Page blocks, the lowest frame of each on top, and single frames for what is then missing. */
static inline void model_set_aside(struct model *m, struct model_stack *stack, uint64_t target, enum model_kind kind)
{
	uint32_t first;

	while (target - stack->count >= 512 && (first = model_take(m, LABYRINTH_ZONE_NORMAL, 9, kind)) != MODEL_NONE)
		for (uint32_t i = 512; i-- > 0;)
			model_push(m, stack, first + i, M_ASIDE);
	while (stack->count < target)
		model_push(m, stack, model_take(m, LABYRINTH_ZONE_NORMAL, 0, kind), M_ASIDE);
}

static inline void model_init(struct model *m, const uint64_t (*pairs)[2], struct labyrinth_config config)
{
	uint64_t above = 0;

	*m = (struct model){ .vault_target = config.vault_frames, .reserve_frames = config.reserve_frames,
	                     .vault_share = config.vault_share, .reserve_share = config.reserve_share,
	                     .owners = config.owners };
	for (; (*pairs)[1] != 0; pairs++)
		for (uint64_t pfn = (*pairs)[0]; pfn < (*pairs)[1]; pfn++) {
			if (m->blocks == 0 || m->block_number[m->blocks - 1] != pfn / 512)
				m->block_number[m->blocks++] = pfn / 512;
			assert(m->blocks <= MODEL_BLOCKS);
			m->frame[(m->blocks - 1) * 512 + pfn % 512].state = M_FREE;
		}
	for (unsigned z = 3; config.protect_shift > 0 && z-- > 0;) {
		uint64_t frames = model_in_zone(m, z, M_ABSENT);

		m->protect[z] = above >> config.protect_shift < frames / 2 ? above >> config.protect_shift : frames / 2;
		above += frames;
	}
	model_set_aside(m, &m->vault, m->vault_target, K_EXCLUSIVE);
	model_set_aside(m, &m->reserve, model_reserve_target(m), K_ORDINARY);
}

/* ---- What was released waits to be shredded. */

static inline uint32_t model_shred(struct model *m)
{
	m->shredded += m->dirty.count > 0;
	return model_pop(&m->dirty);
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

	if (order > 18)
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_ORDER };
	if (!model_gfp_sound(gfp))
		return (struct model_grant){ MODEL_NONE, LABYRINTH_BAD_FLAGS };
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

/* A shredded frame makes up the vault's target, or is free. */
static inline void model_settle(struct model *m, uint32_t f)
{
	if (model_surplus(m) < model_wanted(m))
		model_push(m, &m->vault, f, M_ASIDE);
	else
		m->frame[f].state = M_FREE;
}

/* While a frame is being shredded nobody can have it. So that every promise is kept meanwhile, it has to be surplus. */
static inline bool model_shred_one(struct model *m)
{
	if (m->dirty.count == 0 || model_surplus(m) == 0)
		return false;
	model_settle(m, model_shred(m));
	return true;
}

static inline unsigned model_free_beside(const struct model *m, uint32_t f)
{
	unsigned frames = 0;

	for (uint32_t i = f / 512 * 512; i < (f / 512 + 1) * 512; i++)
		frames += m->frame[i].state == M_FREE;
	return frames;
}

/* Of the topmost eight frames that are too many, the one in the emptiest page block; of equal ones the topmost. */
static inline void model_trim(struct model *m)
{
	uint64_t excess = model_surplus(m) - model_wanted(m);
	uint32_t best = m->vault.count - 1;

	for (uint32_t i = 1; i < 8 && i < excess; i++) {
		uint32_t at = m->vault.count - 1 - i;

		if (model_free_beside(m, m->vault.at[at]) > model_free_beside(m, m->vault.at[best]))
			best = at;
	}
	m->frame[m->vault.at[best]].state = M_FREE;
	for (m->vault.count--; best < m->vault.count; best++)
		m->vault.at[best] = m->vault.at[best + 1];
}

/* Frames that enter the vault in one step: what is hidden is hidden many at a time. How many were found. */
static inline uint64_t model_refill(struct model *m, uint64_t budget)
{
	uint64_t most = m->isolated ? 32 : 1, entered = 0;
	uint32_t f;

	if (most > budget)
		most = budget;
	while (entered < most && model_surplus(m) < model_wanted(m)
	       && (f = model_take(m, 2, 0, K_EXCLUSIVE)) != MODEL_NONE) {
		model_push(m, &m->vault, f, M_ASIDE);
		entered++;
	}
	return entered;
}

static inline uint64_t model_maintain(struct model *m, uint64_t budget)
{
	uint64_t moved = 0, entered;
	uint32_t f;

	for (; moved < budget; moved++) {
		if (model_shred_one(m))
			continue;
		if ((entered = model_refill(m, budget - moved)) > 0)
			moved += entered - 1;
		else if (model_surplus(m) > model_wanted(m))
			model_trim(m);
		else if (m->reserve.count < model_reserve_target(m)
		         && (f = model_take(m, 2, 0, K_ORDINARY)) != MODEL_NONE)
			model_push(m, &m->reserve, f, M_ASIDE);
		else if (m->reserve.count > model_reserve_target(m))
			m->frame[model_pop(&m->reserve)].state = M_FREE;
		else
			break;
	}
	return moved;
}

#endif
