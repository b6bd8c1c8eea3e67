/*
 * vault.h - the reserve for exclusive claims, and the ledger that keeps every guarantee covered.
 *
 * Idea    promised = the sum over owners of (guarantee - frames held), where positive.
 *         surplus  = frames in the vault - promised - spares (bad.h), and never negative: that is the law which makes
 *         a claim within its guarantee succeed. Whoever would lower the surplus takes a unit of it first, and is
 *         refused when there is none; whoever raises it adds his unit last. So at every instant the ledger promises at
 *         most what is on the two stacks.
 *         A release puts its frame on the dirty one, in constant time. Maintenance shreds; a claim does so only when
 *         nothing clean is left. A frame that is being shredded is on neither stack, perhaps for long, so a unit of
 *         surplus pays for it; claims beyond a guarantee leave the last unit for that.
 * Writes  The stock, the dirty frames, the ledger.
 */
#ifndef MM_VAULT_H
#define MM_VAULT_H

#include "bad.h"
#include "reserve.h"

struct shredder;

struct vault {
	struct reserve   stock;      /* clean, with the target of both                */
	struct reserve   dirty;      /* released, not yet shredded; it has no target  */
	struct shredder *shredder;
	uint32_t         share;      /* percent of `guaranteed` that the surplus is to be at least; constant */
	uint64_t         pressing;   /* frames, dirty or missing, that maintenance is asked for; constant    */
	uint64_t         slack;      /* frames that it keeps beyond that: set once, by labyrinth_isolate()   */
	_Atomic uint64_t surplus;    /* frames of either that nobody has been promised */
	_Atomic uint64_t guaranteed; /* frames: the sum of all owners' guarantees      */
	_Atomic uint64_t full;       /* the surplus of a full vault, which follows from that: it takes a division */
};

/* An empty vault that is to hold `target` frames, and asks for maintenance at the first frame. */
void labyrinth_vault_init(struct vault *v, struct frames *frames, struct shredder *shredder, uint64_t target);

/* Sets the two that init leaves at 0: before anybody else knows it. */
void labyrinth_vault_tune(struct vault *v, uint32_t share, uint64_t pressing);

/* So many frames more, or less, are guaranteed. Any context. */
void labyrinth_vault_guarantee(struct vault *v, uint64_t frames);
void labyrinth_vault_end_guarantee(struct vault *v, uint64_t frames);

/* Takes `units` of surplus; false, and nothing taken, when there are fewer. Any context. */
bool labyrinth_vault_spend(struct vault *v, uint64_t units);

/* Takes one unit if there is more surplus than the target asks for and so many frames. Any context. */
bool labyrinth_vault_spend_excess(struct vault *v, uint64_t slack);

/* Gives units back, or books new ones. */
static inline void vault_earn(struct vault *v, uint64_t units)
{
	atomic_fetch_add_explicit(&v->surplus, units, memory_order_acq_rel);
}

/* The surplus of a full vault when so many frames are guaranteed: what vault_full() should be. */
uint64_t labyrinth_vault_wanted(const struct vault *v, uint64_t guaranteed);

/* Frames that a full vault holds while owners have none of what they are guaranteed. */
uint64_t labyrinth_vault_target(const struct vault *v);

/* How much less surplus there is than the target asks for. */
uint64_t labyrinth_vault_shortfall(const struct vault *v);

/* Is there less? And does the vault keep what comes back? */
bool labyrinth_vault_short(const struct vault *v);
bool labyrinth_vault_keeps(const struct vault *v);

/* Is so much missing, or to be shredded, or so little left that maintenance should come? Any context. */
bool labyrinth_vault_pressing(const struct vault *v);

/*
 * Steps on every word that those step on who then ask whether it is pressing: each of them either did so before, and
 * what he did is seen, or sees what was done before this call.
 */
void labyrinth_vault_in_turn(struct vault *v);

/*
 * Takes a frame that the caller has a unit or a promise for: there is one, or the metadata is corrupt. Shreds it when
 * nothing clean is left. Any context.
 */
struct page *labyrinth_vault_pop(struct vault *v);

/* Takes a dirty frame and shreds it, for a caller with a unit. NULL when there is none. Any context. */
struct page *labyrinth_vault_shred(struct vault *v);

/* Takes a clean frame, whose word is the caller's to write, for a unit or a promise. NULL when there is none. */
static inline struct page *vault_pop_clean(struct vault *v)
{
	struct page *page = stack_pop(&v->stock.stack, v->stock.frames);

	if (__builtin_expect(page != NULL, 1))
		atomic_fetch_sub_explicit(&v->stock.count, 1, memory_order_relaxed);
	return page;
}

/*
 * A frame beyond what the target asks for and so many, for shared use; a dirty one first. It is still hidden. NULL when
 * there is none. Any context.
 */
struct page *labyrinth_vault_take_excess(struct vault *v, uint64_t slack);

/* A frame that is to go offline goes; its spare is there already. */
static inline void vault_push(struct vault *v, struct page *page)
{
	if (!bad_any(v->stock.frames) || !labyrinth_bad_replace(v->stock.frames, page))
		labyrinth_reserve_push(&v->stock, page);
}

/* A page block, as single frames, the lowest on top. */
static inline void vault_push_block(struct vault *v, struct page *page)
{
	if (bad_any(v->stock.frames))
		for (unsigned i = BLOCK_FRAMES; i-- > 0;)
			vault_push(v, page + i);
	else
		labyrinth_reserve_push_row(&v->stock, page, BLOCK_FRAMES);
}

static inline void vault_push_dirty(struct vault *v, struct page *page)
{
	if (!bad_any(v->dirty.frames) || !labyrinth_bad_replace(v->dirty.frames, page))
		labyrinth_reserve_push(&v->dirty, page);
}

static inline uint64_t vault_surplus(const struct vault *v)
{
	return atomic_load_explicit(&v->surplus, memory_order_acquire);
}

static inline uint64_t vault_guaranteed(const struct vault *v)
{
	return atomic_load_explicit(&v->guaranteed, memory_order_acquire);
}

static inline uint64_t vault_full(const struct vault *v)
{
	return atomic_load_explicit(&v->full, memory_order_acquire);
}

/* Is there more surplus than the target asks for and so many frames? */
static inline bool vault_over(const struct vault *v, uint64_t slack)
{
	return vault_surplus(v) > vault_full(v) + slack;
}

/* Takes units if that leaves at least `floor`. */
static inline bool vault_spend_above(struct vault *v, uint64_t units, uint64_t floor)
{
	uint64_t surplus = vault_surplus(v);

	do
		if (surplus < units || surplus - units < floor)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&v->surplus, &surplus, surplus - units, memory_order_acq_rel,
	                                              memory_order_acquire));
	return true;
}

/* What claims leave of the surplus: a unit for maintenance, to take a dirty frame out against. */
static inline uint64_t vault_left_for_maintenance(const struct vault *v)
{
	return v->stock.target > 0 ? 1 : 0;
}

/* Takes one unit for a frame beyond a guarantee, but not the last. Any context. */
static inline bool vault_spend_on_claim(struct vault *v)
{
	uint64_t surplus = vault_surplus(v);

	do
		if (surplus <= vault_left_for_maintenance(v))
			return false;
	while (!atomic_compare_exchange_weak_explicit(&v->surplus, &surplus, surplus - 1, memory_order_acq_rel,
	                                              memory_order_acquire));
	return true;
}

/* Is there a dirty frame, and surplus to stand in for it? */
static inline bool vault_shreddable(const struct vault *v)
{
	return reserve_count(&v->dirty) > 0 && vault_surplus(v) > 0;
}

#endif
