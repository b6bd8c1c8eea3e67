/*
 * aside.h - of the model: what is set aside, for whom it is promised, and what maintenance does about it.
 */
#ifndef TESTS_MODEL_ASIDE_H
#define TESTS_MODEL_ASIDE_H

#include "model/frames.h"

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

/* ---- Maintenance. */

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
