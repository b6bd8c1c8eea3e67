/*
 * claim.c - one owner per frame until release: the short way to a claim.
 *
 * Idea    What is taken when nothing is out of the ordinary, which a few comparisons tell: a frame of the owner's own,
 *         or a clean one of the vault's. Otherwise the long way (grant.c) begins anew and asks every question by
 *         itself.
 *         What is seldom needed ends the call in a function of its own, so that the short way has no use for registers
 *         that it would have to save.
 */
#include "grant.h"
#include "hooks.h"
#include "supply.h"

#define RARELY(condition) __builtin_expect(!!(condition), 0)
#define SITE              __builtin_return_address(0)

/* What is seldom needed ends the call. */
#define END static __attribute__((noinline)) void

/* The claim is granted, and nothing is clean. */
END grant_unclean(struct labyrinth_claim *claim, struct owner *o, bool unit)
{
	grant_inscribe(claim, claim->owner.slot, labyrinth_supply_unclean(claim->lab, o));
	if (unit)
		labyrinth_supply_kick(claim->lab);
}

/* Others were faster, with a unit in hand. */
END claim_anew(struct labyrinth_claim *claim, const void *site)
{
	labyrinth_supply_return(claim->lab, 1);
	labyrinth_grant_at_length(claim, site);
}

/* For a promise, or a unit of surplus, that is in hand. */
static inline __attribute__((always_inline)) bool claim_clean(struct labyrinth_claim *claim, struct labyrinth *lab,
                                                              struct owner *o, uint64_t word, bool unit,
                                                              const void *site)
{
	uint32_t held = owner_out(word) + 1;
	uint16_t slot = claim->owner.slot;
	struct page *page;

	if (RARELY(!owner_swap(o, &word, word + OWNER_OUT))) {
		if (unit)
			claim_anew(claim, site);
		return unit;
	}
	owner_mark(o, held);
	page = vault_pop_clean(lab->vault);
	if (RARELY(page == NULL)) {
		grant_unclean(claim, o, unit);
		return true;
	}
	owner_count(&o->from_vault);
	grant_inscribe(claim, slot, page);
	if (unit && RARELY(lab->hooks->call.kick != NULL))
		labyrinth_supply_kick(lab); /* the vault has a frame less than it should */
	return true;
}

/* The owner's word says that there is a frame, and there is none. */
END miss(const struct owner *o)
{
	labyrinth_port_panic(OWNER_LOST, owner_load(o));
}

/* The owner has one of its own. */
static inline bool claim_recycled(struct labyrinth_claim *claim, struct owner *o, uint64_t word)
{
	uint16_t slot = claim->owner.slot;
	struct page *page;

	if (RARELY(!owner_swap(o, &word, word + OWNER_OUT - OWNER_RECYCLED)))
		return false;
	page = stack_pop(&o->recycled, claim->lab->frames);
	if (RARELY(page == NULL)) {
		miss(o);
		return true;
	}
	owner_count(&o->from_recycled);
	grant_inscribe(claim, slot, page);
	return true;
}

static inline bool may_spend(struct labyrinth *lab, const struct owner *o, uint64_t word)
{
	return owner_out(word) < o->limit && !pace_on(&o->pace) && vault_spend_on_claim(lab->vault);
}

/* The owner lived when `word` was read. False, and nothing done: it is no common case, or others were faster. */
static inline __attribute__((always_inline)) bool claim_shortly(struct labyrinth_claim *claim, struct owner *o,
                                                                uint64_t word, const void *site)
{
	if (RARELY(watch_due(&o->watch, owner_out(word) + 1)))
		return false;
	if (owner_recycled(word) > 0)
		return claim_recycled(claim, o, word);
	if (owner_out(word) < o->guarantee)
		return claim_clean(claim, claim->lab, o, word, false, site);
	return may_spend(claim->lab, o, word) && claim_clean(claim, claim->lab, o, word, true, site);
}

/* The frame that the owner released last. */
static inline bool claim_kept(struct labyrinth_claim *claim, struct owner *o, uint64_t kept)
{
	struct page *page = kept_page(claim->lab->frames, kept);
	uint16_t slot = claim->owner.slot;

	if (RARELY(kept_shut(kept) || !kept_take(&o->kept, &kept)))
		return false;
	owner_gone(o, kept, true);
	grant_inscribe(claim, slot, page);
	return true;
}

/* Either. */
static inline bool claim_either(struct labyrinth_claim *claim, struct owner *o, const void *site)
{
	uint64_t kept = kept_load(&o->kept), word = owner_load(o);

	if (!owner_is(word, claim->owner))
		return false;
	return kept_any(kept) ? claim_kept(claim, o, kept) : claim_shortly(claim, o, word, site);
}

/* Those who look at the clock take any way; the long one times itself. */
END claim_timed(struct labyrinth_claim *claim, struct owner *o, const void *site)
{
	const struct labyrinth_hooks *call = &claim->lab->hooks->call;
	uint64_t start = call->clock(call->context);

	if (RARELY(!claim_either(claim, o, site)))
		labyrinth_grant_at_length(claim, site);
	else
		owner_clocked(o, call->clock(call->context) - start);
}

/* What is the matter with it? */
END claim_otherwise(struct labyrinth_claim *claim, const void *site)
{
	struct labyrinth *lab = claim->lab;
	struct owner *o = lab == NULL ? NULL : owner_slot(lab->owners, claim->owner);

	if (o != NULL && (attention(lab) & (ATTEND_CLAIM | ATTEND_CLOCK)) == ATTEND_CLOCK)
		claim_timed(claim, o, site);
	else
		labyrinth_grant_at_length(claim, site);
}

/* Nothing is kept. */
END claim_another(struct labyrinth_claim *claim, struct owner *o, uint64_t word, const void *site)
{
	if (RARELY(!claim_shortly(claim, o, word, site)))
		labyrinth_grant_at_length(claim, site);
}

void labyrinth_void_alloc_page_gfp_atomic_exclusive(struct labyrinth_claim *claim)
{
	struct labyrinth *lab;
	struct owner *o;
	uint64_t kept, word;

	if (claim == NULL)
		return;
	lab = claim->lab;
	if (RARELY(lab == NULL || (attention(lab) & (ATTEND_CLAIM | ATTEND_CLOCK))
	           || claim->owner.slot >= lab->owners->slots)) {
		claim_otherwise(claim, SITE);
		return;
	}
	o = &lab->owners->at[claim->owner.slot];
	kept = kept_load(&o->kept);
	word = owner_load(o);
	if (RARELY(!owner_is(word, claim->owner)))
		labyrinth_grant_at_length(claim, SITE);
	else if (!kept_any(kept))
		claim_another(claim, o, word, SITE);
	else if (RARELY(!claim_kept(claim, o, kept)))
		labyrinth_grant_at_length(claim, SITE);
}
