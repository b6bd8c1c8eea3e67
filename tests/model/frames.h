/*
 * frames.h - of the model: frames and page blocks, and which of them is granted.
 */
#ifndef TESTS_MODEL_FRAMES_H
#define TESTS_MODEL_FRAMES_H

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

/* The lowest free block of exactly this order. */
static inline uint32_t model_lowest(const struct model *m, unsigned zone, unsigned order)
{
	for (unsigned b = 0; b < m->blocks; b++) {
		if (model_zone(m->block_number[b] * 512) != zone)
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

static inline bool model_eligible(const struct model *m, unsigned zone, enum model_kind kind, unsigned b)
{
	return model_zone(m->block_number[b] * 512) == zone && m->kind[b] == kind;
}

/*
 * In the page blocks of a kind: a single frame in the lowest that has one, any other block in one whose largest
 * free block is as small as does.
 */
static inline uint32_t model_fit(const struct model *m, unsigned zone, unsigned order, enum model_kind kind)
{
	unsigned best = MODEL_BLOCKS, least = 10;

	for (unsigned b = 0; b < m->blocks; b++) {
		unsigned room = model_eligible(m, zone, kind, b) ? model_room(m, b) : 0;

		if (room <= order || room >= least)
			continue;
		best = b;
		least = order == 0 ? 1 : room;
	}
	return best == MODEL_BLOCKS ? MODEL_NONE : model_fit_in(m, best, order);
}

/* Of the page blocks of another kind the one with the largest free block changes sides, if that is a row or more. */
static inline uint32_t model_seize(struct model *m, unsigned zone, unsigned order, enum model_kind other,
                                   enum model_kind kind)
{
	unsigned found = MODEL_BLOCKS, most = order < 4 ? 4 : order;

	for (unsigned b = 0; b < m->blocks; b++)
		if (model_eligible(m, zone, other, b) && model_room(m, b) > most) {
			most = model_room(m, b);
			found = b;
		}
	if (found == MODEL_BLOCKS)
		return MODEL_NONE;
	m->kind[found] = kind;
	return model_fit_in(m, found, order);
}

static inline uint32_t model_choose(struct model *m, unsigned zone, unsigned order, enum model_kind kind)
{
	static const enum model_kind asked[][3] = {
		[K_ORDINARY] = { K_RECLAIMABLE, K_MOVABLE, K_EXCLUSIVE },
		[K_MOVABLE] = { K_RECLAIMABLE, K_ORDINARY, K_EXCLUSIVE },
		[K_RECLAIMABLE] = { K_ORDINARY, K_MOVABLE, K_EXCLUSIVE },
		[K_EXCLUSIVE] = { K_ORDINARY, K_RECLAIMABLE, K_MOVABLE },
	};
	uint32_t f = model_fit(m, zone, order, kind);

	for (unsigned k = order < 9 ? 9 : order; k <= 18 && f == MODEL_NONE; k++)
		if ((f = model_lowest(m, zone, k)) != MODEL_NONE)
			m->kind[f / 512] = kind;
	for (unsigned i = 0; i < 3 && f == MODEL_NONE; i++) {
		f = model_seize(m, zone, order, asked[kind][i], kind);
		if (f == MODEL_NONE)
			f = model_fit(m, zone, order, asked[kind][i]);
	}
	return f;
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

#endif
