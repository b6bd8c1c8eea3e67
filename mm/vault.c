/*
 * vault.c - stock and ledger of the vault.
 */
#include "vault.h"

#include <labyrinth/port.h>

#include "shred.h"

void labyrinth_vault_init(struct vault *v, struct frames *frames, struct shredder *shredder, uint64_t target)
{
	labyrinth_reserve_init(&v->stock, frames, target, FRAME_RESERVED);
	labyrinth_reserve_init(&v->dirty, frames, 0, FRAME_DIRTY);
	v->shredder = shredder;
	v->slack = 0;
	atomic_store_explicit(&v->surplus, 0, memory_order_relaxed);
	atomic_store_explicit(&v->guaranteed, 0, memory_order_relaxed);
	labyrinth_vault_tune(v, 0, 0);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The surplus of a full vault: what its target leaves after all guarantees, or its share of them. */
uint64_t labyrinth_vault_wanted(const struct vault *v, uint64_t guaranteed)
{
	uint64_t left = v->stock.target - guaranteed;

	return larger(larger(left, share_of(guaranteed, v->share)), vault_left_for_maintenance(v));
}

uint64_t labyrinth_vault_target(const struct vault *v)
{
	uint64_t guaranteed = vault_guaranteed(v);

	return guaranteed + labyrinth_vault_wanted(v, guaranteed);
}

/*
 * Others may do so at the same time: who has stored an old number finds that out by its step, and stores again. Who
 * takes or gives surplus compares it with this number afterwards, and whoever has called us will, too: the step on the
 * surplus orders the two, so that one of them sees both.
 */
static void follow(struct vault *v)
{
	uint64_t guaranteed = vault_guaranteed(v), seen;

	do {
		seen = guaranteed;
		atomic_store_explicit(&v->full, labyrinth_vault_wanted(v, seen), memory_order_release);
		guaranteed = atomic_fetch_add_explicit(&v->guaranteed, 0, memory_order_acq_rel);
	} while (guaranteed != seen);
	atomic_fetch_add_explicit(&v->surplus, 0, memory_order_acq_rel);
}

void labyrinth_vault_tune(struct vault *v, uint32_t share, uint64_t pressing)
{
	v->share = share;
	v->pressing = pressing;
	follow(v);
}

void labyrinth_vault_guarantee(struct vault *v, uint64_t frames)
{
	atomic_fetch_add_explicit(&v->guaranteed, frames, memory_order_acq_rel);
	follow(v);
}

void labyrinth_vault_end_guarantee(struct vault *v, uint64_t frames)
{
	atomic_fetch_sub_explicit(&v->guaranteed, frames, memory_order_acq_rel);
	follow(v);
}

bool labyrinth_vault_spend(struct vault *v, uint64_t units)
{
	return vault_spend_above(v, units, 0);
}

bool labyrinth_vault_spend_excess(struct vault *v, uint64_t slack)
{
	return vault_spend_above(v, 1, vault_full(v) + slack);
}

uint64_t labyrinth_vault_shortfall(const struct vault *v)
{
	uint64_t surplus = vault_surplus(v), want = vault_full(v);

	return surplus < want ? want - surplus : 0;
}

bool labyrinth_vault_short(const struct vault *v)
{
	return labyrinth_vault_shortfall(v) > 0;
}

bool labyrinth_vault_keeps(const struct vault *v)
{
	return vault_surplus(v) < vault_full(v) + v->slack;
}

bool labyrinth_vault_pressing(const struct vault *v)
{
	uint64_t surplus = vault_surplus(v), full = vault_full(v), dirty = reserve_count(&v->dirty);

	if (dirty > 0 && (dirty >= v->pressing || reserve_count(&v->stock) == 0))
		return true;
	return surplus < full && (full - surplus >= v->pressing || surplus <= vault_left_for_maintenance(v));
}

void labyrinth_vault_in_turn(struct vault *v)
{
	atomic_fetch_add_explicit(&v->surplus, 0, memory_order_acq_rel);
	atomic_fetch_add_explicit(&v->guaranteed, 0, memory_order_acq_rel);
	stack_in_turn(&v->stock.stack);
	stack_in_turn(&v->dirty.stack);
}

/* Frames that are to go offline go; their spares are in one of the stacks. */
static struct page *pop(struct reserve *r)
{
	struct page *page;

	do
		page = labyrinth_reserve_pop(r);
	while (page != NULL && bad_any(r->frames) && labyrinth_bad_replace(r->frames, page));
	return page;
}

struct page *labyrinth_vault_shred(struct vault *v)
{
	struct page *page = pop(&v->dirty);

	if (page != NULL)
		labyrinth_shred_exclusive(v->shredder, labyrinth_pfn_phys(labyrinth_frames_pfn(v->dirty.frames, page)));
	return page;
}

/*
 * Between a look at one stack and at the other the last frame may have gone from dirty to clean. Then the clean stack
 * has changed: look again.
 */
struct page *labyrinth_vault_pop(struct vault *v)
{
	uint64_t stamp = stack_stamp(&v->stock.stack), seen;
	struct page *page;

	do {
		seen = stamp;
		page = pop(&v->stock);
		if (page == NULL)
			page = labyrinth_vault_shred(v);
		stamp = stack_stamp(&v->stock.stack);
	} while (page == NULL && stamp != seen);
	if (page == NULL)
		labyrinth_port_panic("the vault is empty although a frame of it was promised", vault_surplus(v));
	return page;
}

struct page *labyrinth_vault_take_excess(struct vault *v, uint64_t slack)
{
	struct page *page;

	if (!labyrinth_vault_spend_excess(v, slack))
		return NULL;
	page = labyrinth_vault_shred(v);
	return page != NULL ? page : labyrinth_vault_pop(v);
}
