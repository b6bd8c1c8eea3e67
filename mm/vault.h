/*
 * vault.h - the reserve for exclusive claims, and the ledger that keeps every guarantee covered.
 *
 * Idea    promised = the sum over owners of (guarantee - frames held), where positive.
 *         surplus  = frames in the vault - promised, and never negative: that is the law which makes a claim within its
 *         guarantee succeed. Whoever would lower the surplus takes a unit of it first, and is refused when there is
 *         none; whoever raises it adds his unit last. So at every instant the ledger promises at most what is on the
 *         stack.
 * Writes  The stock, the ledger.
 */
#ifndef MM_VAULT_H
#define MM_VAULT_H

#include "reserve.h"

struct vault {
	struct reserve   stock;
	_Atomic uint64_t surplus;    /* frames that nobody has been promised      */
	_Atomic uint64_t guaranteed; /* frames: the sum of all owners' guarantees */
};

/* An empty vault that is to hold `target` frames. */
void labyrinth_vault_init(struct vault *v, struct frames *frames, uint64_t target);

/* Takes `units` of surplus; false, and nothing taken, when there are fewer. Any context. */
bool labyrinth_vault_spend(struct vault *v, uint64_t units);

/* Takes one unit if there is more surplus than the target asks for. Any context. */
bool labyrinth_vault_spend_excess(struct vault *v);

/* Gives units back, or books new ones. */
void labyrinth_vault_earn(struct vault *v, uint64_t units);

/* Is there less surplus than the target asks for? */
bool labyrinth_vault_short(const struct vault *v);

/* Takes a frame that the caller has a unit or a promise for: there is one, or the metadata is corrupt. Any context. */
struct page *labyrinth_vault_pop(struct vault *v);

static inline void vault_push(struct vault *v, struct page *page)
{
	labyrinth_reserve_push(&v->stock, page);
}

static inline uint64_t vault_surplus(const struct vault *v)
{
	return atomic_load_explicit(&v->surplus, memory_order_acquire);
}

static inline uint64_t vault_guaranteed(const struct vault *v)
{
	return atomic_load_explicit(&v->guaranteed, memory_order_acquire);
}

#endif
