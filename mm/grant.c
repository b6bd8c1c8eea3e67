/*
 * grant.c - judging a claim: what the owner's word says, what backs it, who else wants to know.
 *
 * Idea    Check, then decide in one compare-and-swap of the owner word. What follows cannot fail, because whatever it
 *         needs was taken beforehand: a frame, or a unit of the vault's surplus that stands for one.
 */
#include "grant.h"

#include "debug.h"
#include "hooks.h"
#include "inject.h"
#include "supply.h"

enum verdict {
	RECYCLED, /* one of the owner's own frames                                  */
	PROMISED, /* within the guarantee: cannot be refused                        */
	SURPLUS,  /* beyond it: granted if there is a frame that nobody is promised */
	REFUSED_OWNER,
	REFUSED_LIMIT,
	REFUSED_RATE,
	REFUSED_MEMORY,
};

/* What an owner word says to a claim, and what it becomes if the claim is granted. */
static inline enum verdict judge(const struct owner *o, labyrinth_owner_t who, uint64_t word, uint64_t *granted)
{
	*granted = word + OWNER_OUT;
	if (!owner_is(word, who))
		return REFUSED_OWNER;
	if (owner_recycled(word) > 0) {
		*granted -= OWNER_RECYCLED;
		return RECYCLED;
	}
	if (owner_held(word) >= o->limit)
		return REFUSED_LIMIT;
	return owner_held(word) < o->guarantee ? PROMISED : SURPLUS;
}

static enum labyrinth_status refuse(struct owner *o, enum verdict verdict)
{
	switch (verdict) {
	case REFUSED_OWNER:
		return LABYRINTH_BAD_OWNER;
	case REFUSED_LIMIT:
		owner_count(&o->over_limit);
		return LABYRINTH_OVER_LIMIT;
	case REFUSED_RATE:
		owner_count(&o->over_rate);
		return LABYRINTH_OVER_RATE;
	default:
		owner_count(&o->no_memory);
		return LABYRINTH_NO_MEMORY;
	}
}

/* A claim's frame, for which a promise or a unit is in hand. */
static struct page *pop_clean(struct labyrinth *lab, struct owner *o)
{
	struct page *page = vault_pop_clean(lab->vault);

	if (__builtin_expect(page == NULL, 0))
		return labyrinth_supply_unclean(lab, o);
	owner_count(&o->from_vault);
	return page;
}

/* A claim's frame, granted with this backing in hand, if any: one beyond the guarantee needs it. */
static struct page *fetch(struct labyrinth *lab, struct owner *o, enum verdict verdict, struct backing b)
{
	if (verdict == SURPLUS && b.page != NULL) {
		owner_count(&o->from_zone);
		return b.page;
	}
	if (verdict == SURPLUS)
		labyrinth_supply_kick(lab);
	else
		labyrinth_supply_drop(lab, o, b);
	if (verdict != RECYCLED)
		return pop_clean(lab, o);
	owner_count(&o->from_recycled);
	return supply_recycled(lab, o);
}

/* A claim that was granted: its frame, and how many the owner then had outstanding. */
struct grant {
	struct page       *page;
	struct outstanding out;
};

/* The frame that the owner released last; NULL, and *kept what was there, if there is none or the owner is another. */
static struct page *take_kept(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who, uint64_t *kept,
                              struct outstanding *out)
{
	*kept = kept_load(&o->kept);
	while (kept_any(*kept) && owner_is(owner_load(o), who)) {
		struct page *page = kept_page(lab->frames, *kept);
		uint32_t before = owner_out(owner_load(o)), after;

		if (!kept_take(&o->kept, kept))
			continue;
		after = owner_out(owner_load(o));
		out->least = before < after ? before : after;
		out->most = before < after ? after : before;
		owner_gone(o, *kept, true);
		return page;
	}
	return NULL;
}

/* A claim that the owner's word decides. */
static enum verdict compete(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who, struct grant *grant)
{
	struct backing b = { .page = NULL };
	uint64_t word = owner_load(o), granted;
	enum verdict verdict;

	do {
		verdict = judge(o, who, word, &granted);
		if (verdict == SURPLUS && b.page == NULL && !b.unit)
			b = labyrinth_supply_back(lab, o);
		if (verdict == SURPLUS && b.page == NULL && !b.unit)
			verdict = b.token ? REFUSED_MEMORY : REFUSED_RATE;
		if (verdict > SURPLUS) {
			labyrinth_supply_drop(lab, o, b);
			return verdict;
		}
	} while (!owner_swap(o, &word, granted));

	owner_mark(o, owner_held(granted));
	grant->out = (struct outstanding){ owner_out(granted), owner_out(granted) };
	grant->page = fetch(lab, o, verdict, b);
	return verdict;
}

/*
 * A claim on the way that knows every case. It is refused only if nothing was kept from before the look at the word
 * until after it: otherwise what counts as outstanding there might have been to be had.
 */
static enum labyrinth_status claim_any(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who,
                                       struct grant *grant)
{
	enum verdict verdict;
	uint64_t kept;

	do {
		grant->page = take_kept(lab, o, who, &kept, &grant->out);
		verdict = grant->page != NULL ? RECYCLED : compete(lab, o, who, grant);
	} while (verdict > SURPLUS && kept_load(&o->kept) != kept);
	if (verdict > SURPLUS)
		return refuse(o, verdict);
	while (bad_any(lab->frames) && labyrinth_bad_replace(lab->frames, grant->page))
		grant->page = labyrinth_vault_pop(lab->vault); /* its spare */
	return LABYRINTH_OK;
}

/* A claim that could be granted, to be refused by injection. */
static bool injected(struct labyrinth *lab, const struct owner *o, labyrinth_owner_t who)
{
	uint64_t word = owner_load(o), granted;
	enum verdict verdict = judge(o, who, word, &granted);

	if (owner_is(word, who) && kept_any(kept_load(&o->kept)))
		verdict = RECYCLED;
	if (verdict == SURPLUS && !pace_ready(&o->pace, &lab->owners->ticks))
		verdict = REFUSED_RATE;
	return verdict <= SURPLUS
	       && labyrinth_injector_draw(lab->injector, LABYRINTH_GFP_ATOMIC, who, verdict != SURPLUS);
}

/* The same for those who test or debug. */
static enum labyrinth_status claim_tested(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who,
                                          const void *site, struct grant *grant)
{
	enum labyrinth_status status;

	if (inject_on(lab) && injected(lab, o, who))
		return refuse(o, REFUSED_MEMORY);
	status = claim_any(lab, o, who, grant);
	if (status == LABYRINTH_OK && debug_on(lab)) {
		word_store(grant->page, word_loose(word_load(grant->page)));
		labyrinth_debug_claim(lab, grant->page, site);
	}
	return status;
}

/* The same for those who look at the clock. */
static enum labyrinth_status claim_timed(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who,
                                         const void *site, struct grant *grant)
{
	const struct labyrinth_hooks *call = &lab->hooks->call;
	enum labyrinth_status status;
	uint64_t start;

	if (call->clock == NULL)
		return claim_tested(lab, o, who, site, grant);
	start = call->clock(call->context);
	status = claim_tested(lab, o, who, site, grant);
	owner_clocked(o, call->clock(call->context) - start);
	return status;
}

void labyrinth_grant_at_length(struct labyrinth_claim *claim, const void *site)
{
	struct labyrinth *lab = claim->lab;
	labyrinth_owner_t who = claim->owner;
	struct grant grant;
	struct owner *o;

	claim->page = NULL;
	claim->status = lab == NULL ? LABYRINTH_NULL_POINTER : LABYRINTH_BAD_OWNER;
	if (lab == NULL || (o = owner_slot(lab->owners, who)) == NULL)
		return;
	if (attention(lab) & (ATTEND_CLAIM | ATTEND_CLOCK))
		claim->status = claim_timed(lab, o, who, site, &grant);
	else
		claim->status = claim_any(lab, o, who, &grant);
	if (claim->status != LABYRINTH_OK)
		return;
	grant_inscribe(claim, who.slot, grant.page);
	owner_tell(o, who, grant.out);
}
