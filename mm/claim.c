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
#define END               static __attribute__((noinline)) void

/* Somebody else changed the owner's word. */
END start_again(struct labyrinth_claim *claim, bool unit, const void *site)
{
	if (unit)
		labyrinth_vault_earn(claim->lab->vault, 1);
	labyrinth_grant_at_length(claim, site);
}

/* The claim is granted, and nothing is clean. */
END grant_unclean(struct labyrinth_claim *claim, struct owner *o, bool unit)
{
	grant_inscribe(claim, labyrinth_supply_unclean(claim->lab, o));
	if (unit)
		labyrinth_supply_kick(claim->lab);
}

/* For a promise, or a unit of surplus, that is in hand. */
static inline __attribute__((always_inline)) void claim_clean(struct labyrinth_claim *claim, struct owner *o,
                                                              uint64_t word, bool unit, const void *site)
{
	struct labyrinth *lab = claim->lab;
	struct page *page;

	if (RARELY(!owner_swap(o, &word, word + OWNER_OUT))) {
		start_again(claim, unit, site);
		return;
	}
	owner_mark(o, owner_out(word) + 1);
	page = vault_pop_clean(lab->vault);
	if (RARELY(page == NULL)) {
		grant_unclean(claim, o, unit);
		return;
	}
	owner_count(&o->from_vault);
	grant_inscribe(claim, page);
	if (unit && RARELY(lab->hooks->call.kick != NULL))
		labyrinth_supply_kick(lab); /* the vault has a frame less than it should */
}

/* The owner has one of its own. */
static inline void claim_recycled(struct labyrinth_claim *claim, struct owner *o, uint64_t word, const void *site)
{
	if (RARELY(!owner_swap(o, &word, word + OWNER_OUT - OWNER_RECYCLED))) {
		start_again(claim, false, site);
		return;
	}
	owner_count(&o->from_recycled);
	grant_inscribe(claim, supply_recycled(claim->lab, o));
}

static inline bool may_spend(struct labyrinth *lab, const struct owner *o, uint64_t word)
{
	return owner_out(word) < o->limit && !pace_on(&o->pace) && vault_spend_on_claim(lab->vault);
}

void labyrinth_void_alloc_page_gfp_atomic_exclusive(struct labyrinth_claim *claim)
{
	struct labyrinth *lab;
	struct owner *o;
	uint64_t word;

	if (claim == NULL)
		return;
	lab = claim->lab;
	if (RARELY(lab == NULL || (attention(lab) & ATTEND_CLAIM) || claim->owner.slot >= lab->owners->slots)) {
		labyrinth_grant_at_length(claim, SITE);
		return;
	}
	o = &lab->owners->at[claim->owner.slot];
	word = owner_load(o);
	if (RARELY(!owner_is(word, claim->owner) || watch_due(&o->watch, owner_out(word) + 1)))
		labyrinth_grant_at_length(claim, SITE);
	else if (owner_recycled(word) > 0)
		claim_recycled(claim, o, word, SITE);
	else if (owner_out(word) < o->guarantee)
		claim_clean(claim, o, word, false, SITE);
	else if (may_spend(lab, o, word))
		claim_clean(claim, o, word, true, SITE);
	else
		labyrinth_grant_at_length(claim, SITE);
}
