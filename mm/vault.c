/*
 * vault.c - stock and ledger of the vault.
 */
#include "vault.h"

#include <labyrinth/port.h>

void labyrinth_vault_init(struct vault *v, struct frames *frames, uint64_t target)
{
	labyrinth_reserve_init(&v->stock, frames, target);
	atomic_store_explicit(&v->surplus, 0, memory_order_relaxed);
	atomic_store_explicit(&v->guaranteed, 0, memory_order_relaxed);
}

/* Takes units if that leaves at least `floor`. */
static bool spend_above(struct vault *v, uint64_t units, uint64_t floor)
{
	uint64_t surplus = vault_surplus(v);

	do
		if (surplus < units || surplus - units < floor)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&v->surplus, &surplus, surplus - units, memory_order_acq_rel,
	                                              memory_order_acquire));
	return true;
}

/* The surplus of a full vault: what its target leaves after all guarantees. */
static uint64_t wanted(const struct vault *v)
{
	return v->stock.target - vault_guaranteed(v);
}

bool labyrinth_vault_spend(struct vault *v, uint64_t units)
{
	return spend_above(v, units, 0);
}

bool labyrinth_vault_spend_excess(struct vault *v)
{
	return spend_above(v, 1, wanted(v));
}

void labyrinth_vault_earn(struct vault *v, uint64_t units)
{
	atomic_fetch_add_explicit(&v->surplus, units, memory_order_acq_rel);
}

bool labyrinth_vault_short(const struct vault *v)
{
	return vault_surplus(v) < wanted(v);
}

struct page *labyrinth_vault_pop(struct vault *v)
{
	struct page *page = labyrinth_reserve_pop(&v->stock);

	if (page == NULL)
		labyrinth_port_panic("the vault is empty although a frame of it was promised", vault_surplus(v));
	return page;
}
