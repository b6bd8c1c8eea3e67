/*
 * claim.c - one owner per frame until release.
 *
 * Idea    Check, then decide in one compare-and-swap: of the owner word when a frame is asked for, of the frame word
 *         when one changes hands. What follows cannot fail, because whatever it needs was taken beforehand: a frame, or
 *         a unit of the vault's surplus that stands for one.
 */
#include "claim.h"

#include <labyrinth/port.h>

#include "debug.h"
#include "hooks.h"
#include "inject.h"
#include "policy.h"
#include "quarantine.h"
#include "vault.h"
#include "wait.h"
#include "window.h"

#define RARELY(condition) __builtin_expect(!!(condition), 0)
#define SITE              __builtin_return_address(0)

/* A frame in hand, or the right to one of the vault's; and a token of the owner's pace, to take it. */
struct backing {
	struct page *page;
	bool         unit, token;
};

/* But what is hidden comes from the vault only: to hide it here would take a shootdown. */
static struct page *from_zones(struct labyrinth *lab)
{
	if (lab->isolation->on)
		return NULL;
	return labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_EXCLUSIVE, ZONE_TRY);
}

/* And, with the debug aid on, what waits in the quarantine. */
static struct page *from_anywhere(struct labyrinth *lab)
{
	struct page *page = from_zones(lab);

	if (page == NULL && !lab->isolation->on && labyrinth_quarantine_drain(lab->quarantine, ZONE_TRY) > 0)
		page = from_zones(lab);
	return page;
}

/* For a claim beyond the guarantee: the vault's frames are at hand, in constant time; maintenance replaces them. */
static struct backing back_up(struct labyrinth *lab, struct owner *o)
{
	struct backing b = { .token = pace_take(&o->pace, &lab->owners->ticks) };

	if (b.token && vault_spend_on_claim(lab->vault))
		b.unit = true;
	else if (b.token)
		b.page = from_anywhere(lab);
	return b;
}

/* Not needed after all: the vault takes it, which is possible in any context. */
static void drop(struct labyrinth *lab, struct owner *o, struct backing b)
{
	if (b.token)
		pace_give(&o->pace);
	if (b.page != NULL)
		vault_push(lab->vault, b.page);
	if (b.page != NULL || b.unit)
		labyrinth_vault_earn(lab->vault, 1);
}

enum verdict {
	RECYCLED, /* one of the owner's own frames                                  */
	PROMISED, /* within the guarantee: cannot be refused                        */
	SURPLUS,  /* beyond it: granted if there is a frame that nobody is promised */
	REFUSED_OWNER,
	REFUSED_LIMIT,
	REFUSED_RATE,
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

/* There is one, if the word says so. */
static inline struct page *pop_recycled(struct labyrinth *lab, struct owner *o)
{
	struct page *page = stack_pop(&o->recycled, lab->frames);

	if (__builtin_expect(page == NULL, 0))
		labyrinth_port_panic("an owner's recycled frames are fewer than its word counts", owner_load(o));
	return page;
}

static __attribute__((noinline)) void kick_for_vault(struct labyrinth *lab)
{
	if (labyrinth_vault_pressing(lab->vault))
		labyrinth_kick(lab);
}

/*
 * For a claim that has been granted, when the vault has nothing clean: a free frame, if one can be had at once, takes
 * the place of the vault's, which then has one more than it owes. Otherwise a dirty one, shredded here.
 */
static __attribute__((noinline)) struct page *without_clean(struct labyrinth *lab, struct owner *o)
{
	struct page *page = from_zones(lab);

	kick_for_vault(lab);
	if (page == NULL) {
		owner_count(&o->from_vault);
		return labyrinth_vault_pop(lab->vault);
	}
	labyrinth_vault_earn(lab->vault, 1);
	owner_count(&o->from_zone);
	return page;
}

/* A claim's frame, for which a promise or a unit is in hand. */
static inline struct page *pop_vault(struct labyrinth *lab, struct owner *o)
{
	struct page *page = vault_pop_clean(lab->vault);

	if (__builtin_expect(page == NULL, 0))
		return without_clean(lab, o);
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
		kick_for_vault(lab);
	else
		drop(lab, o, b);
	if (verdict != RECYCLED)
		return pop_vault(lab, o);
	owner_count(&o->from_recycled);
	return pop_recycled(lab, o);
}

/* A claim that was granted: its frame, and how many the owner then had outstanding. */
struct grant {
	struct page *page;
	uint32_t     out;
};

/* Tells the owner that its limit is near, if this is the claim or transfer that has come to the mark. */
static inline void tell(const struct owner *o, labyrinth_owner_t who, uint32_t out)
{
	uint32_t changes, left = o->limit - out;
	void *context;
	watch_low *low;

	if (__builtin_expect(!watch_due(&o->watch, out), 1))
		return;
	low = watch_read(&o->watch, out, &context, &changes);
	if (low != NULL && owner_is(owner_load(o), who) && watch_same(&o->watch, changes))
		low(context, who, left);
}

/* A claim on the way that knows every case. */
static enum labyrinth_status compete(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who, struct grant *grant)
{
	struct backing b = { .page = NULL };
	uint64_t word = owner_load(o), granted;
	enum verdict verdict;

	do {
		verdict = judge(o, who, word, &granted);
		if (verdict == SURPLUS && b.page == NULL && !b.unit)
			b = back_up(lab, o);
		if (verdict == SURPLUS && !b.token)
			verdict = REFUSED_RATE;
		if (verdict > SURPLUS || (verdict == SURPLUS && b.page == NULL && !b.unit)) {
			drop(lab, o, b);
			return refuse(o, verdict);
		}
	} while (!owner_swap(o, &word, granted));

	owner_mark(o, owner_held(granted));
	grant->out = owner_out(granted);
	grant->page = fetch(lab, o, verdict, b);
	while (bad_any(lab->frames) && labyrinth_bad_replace(lab->frames, grant->page))
		grant->page = labyrinth_vault_pop(lab->vault); /* its spare */
	return LABYRINTH_OK;
}

/* A claim that could be granted, to be refused by injection. */
static bool injected(struct labyrinth *lab, const struct owner *o, labyrinth_owner_t who)
{
	uint64_t granted;
	enum verdict verdict = judge(o, who, owner_load(o), &granted);

	return verdict <= SURPLUS
	       && labyrinth_injector_draw(lab->injector, LABYRINTH_GFP_ATOMIC, who, verdict != SURPLUS);
}

/* The same for those who test or debug. */
static enum labyrinth_status claim_tested(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who,
                                          const void *site, struct grant *grant)
{
	enum labyrinth_status status;

	if (inject_on(lab) && injected(lab, o, who))
		return refuse(o, SURPLUS);
	status = compete(lab, o, who, grant);
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

/* Makes the claim the frame's; nobody else knows the frame. */
static inline void inscribe(struct labyrinth_claim *claim, struct page *page)
{
	claim->page = page;
	claim->status = LABYRINTH_OK;
	claim->generation = word_generation(word_make(0, word_generation(word_load(page)) + 1, 0, 0));
	word_store(page, word_make(FRAME_OWNED, claim->generation, 0, claim->owner.slot));
}

/* Any claim, the whole way, to its end. */
static __attribute__((noinline)) void claim_at_length(struct labyrinth_claim *claim, const void *site)
{
	struct labyrinth *lab = claim->lab;
	labyrinth_owner_t who = claim->owner;
	struct grant grant;
	struct owner *o;

	claim->page = NULL;
	claim->status = lab == NULL ? LABYRINTH_NULL_POINTER : LABYRINTH_BAD_OWNER;
	if (lab == NULL || (o = owner_slot(lab->owners, who)) == NULL)
		return;
	if (attention(lab) & ATTEND_CLAIM)
		claim->status = claim_timed(lab, o, who, site, &grant);
	else
		claim->status = compete(lab, o, who, &grant);
	if (claim->status != LABYRINTH_OK)
		return;
	inscribe(claim, grant.page);
	tell(o, who, grant.out);
}

/*
 * The short way. What is seldom needed ends the call in a function of its own, so that this one has no use for
 * registers that it would have to save.
 */
#define END static __attribute__((noinline)) void

/* Somebody else changed the owner's word. */
END start_again(struct labyrinth_claim *claim, bool unit, const void *site)
{
	if (unit)
		labyrinth_vault_earn(claim->lab->vault, 1);
	claim_at_length(claim, site);
}

/* The claim is granted, and nothing is clean. */
END grant_unclean(struct labyrinth_claim *claim, struct owner *o, bool unit)
{
	inscribe(claim, without_clean(claim->lab, o));
	if (unit)
		kick_for_vault(claim->lab);
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
	inscribe(claim, page);
	if (unit && RARELY(lab->hooks->call.kick != NULL))
		kick_for_vault(lab); /* the vault has a frame less than it should */
}

/* The owner has one of its own. */
static inline void claim_recycled(struct labyrinth_claim *claim, struct owner *o, uint64_t word, const void *site)
{
	if (RARELY(!owner_swap(o, &word, word + OWNER_OUT - OWNER_RECYCLED))) {
		start_again(claim, false, site);
		return;
	}
	owner_count(&o->from_recycled);
	inscribe(claim, pop_recycled(claim->lab, o));
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
		claim_at_length(claim, SITE);
		return;
	}
	o = &lab->owners->at[claim->owner.slot];
	word = owner_load(o);
	if (RARELY(!owner_is(word, claim->owner) || watch_due(&o->watch, owner_out(word) + 1)))
		claim_at_length(claim, SITE);
	else if (owner_recycled(word) > 0)
		claim_recycled(claim, o, word, SITE);
	else if (owner_out(word) < o->guarantee)
		claim_clean(claim, o, word, false, SITE);
	else if (may_spend(lab, o, word))
		claim_clean(claim, o, word, true, SITE);
	else
		claim_at_length(claim, SITE);
}

/* Does the frame word say that the claim holds its frame, in a state? */
static bool says(uint64_t word, const struct labyrinth_claim *claim, enum frame_state state)
{
	return (state == FRAME_MAPPED ? word_anywhere(word) : word) == claim_word(claim, state);
}

/* Why a frame word is not the claim's in the state that the call needs. */
static enum labyrinth_status mismatch(const struct labyrinth_claim *claim, struct owner *o, uint64_t word,
                                      enum frame_state needed)
{
	bool lent = says(word, claim, FRAME_LENT), mapped = says(word, claim, FRAME_MAPPED);

	if (word_state(word) == FRAME_HOLE)
		return LABYRINTH_FOREIGN_PAGE;
	owner_count(&o->misused);
	if (!lent && !mapped && !says(word, claim, FRAME_OWNED))
		return LABYRINTH_STALE_CLAIM;
	if (needed == FRAME_LENT)
		return LABYRINTH_NOT_LENT;
	if (needed == FRAME_MAPPED)
		return LABYRINTH_NOT_MAPPED;
	return mapped ? LABYRINTH_FRAME_MAPPED : LABYRINTH_FRAME_LENT;
}

/* A claim that was granted while its owner was being retired can still be released. */
static inline bool named(uint64_t word, labyrinth_owner_t who)
{
	return __builtin_expect(owner_is(word, who), 1) || owner_was(word, who);
}

enum labyrinth_status labyrinth_claim_check(const struct labyrinth_claim *claim, enum frame_state state,
                                            struct owner **owner)
{
	uint64_t word = 0;

	if (claim == NULL || claim->lab == NULL)
		return LABYRINTH_NULL_POINTER;
	*owner = owner_slot(claim->lab->owners, claim->owner);
	if (*owner == NULL || !named(owner_load(*owner), claim->owner))
		return LABYRINTH_BAD_OWNER;
	if (claim->page != NULL) {
		const struct frames *f = claim->lab->frames;

		if (!frames_known(f, claim->page))
			return LABYRINTH_FOREIGN_PAGE;
		word = frames_word(f, claim->page);
	}
	return says(word, claim, state) ? LABYRINTH_OK : mismatch(claim, *owner, word, state);
}

enum labyrinth_status labyrinth_claim_pass(const struct labyrinth_claim *claim, struct owner *o,
                                           enum frame_state from, uint64_t next)
{
	if (word_swap(claim->page, claim_word(claim, from), next))
		return LABYRINTH_OK;
	return mismatch(claim, o, word_load(claim->page), from);
}

/* Leaves a seat, with one unit in hand to pay for it. */
static void leave_seat(struct labyrinth *lab, struct owner *o)
{
	uint64_t word = owner_load(o);

	while (!owner_swap(o, &word, word - OWNER_OUT))
		;
	if (owner_held(word) > owner_guarantee(o, word))
		labyrinth_vault_earn(lab->vault, 1);
}

__attribute__((noinline)) void labyrinth_claim_give_back(struct labyrinth *lab, struct owner *o, struct page *page)
{
	vault_push_dirty(lab->vault, page);
	leave_seat(lab, o);
	wait_wake_in_turn(lab);
	kick_for_vault(lab);
}

/* May the owner keep one frame more? */
static inline bool keeps(const struct owner *o, uint64_t word)
{
	return owner_alive(word) && owner_recycled(word) < o->recycle;
}

/* Somebody else changed the owner's word while a frame was put on its stack: it stays there if there is still room. */
static __attribute__((noinline)) enum labyrinth_status recycle_again(struct labyrinth *lab, struct owner *o,
                                                                     uint64_t word)
{
	do
		if (!keeps(o, word)) {
			labyrinth_claim_give_back(lab, o, pop_recycled(lab, o));
			break;
		}
	while (!owner_swap(o, &word, word - OWNER_OUT + OWNER_RECYCLED));
	return LABYRINTH_OK;
}

/* Keeps the frame, which is in this call's hands, for the owner's next claim; `word` says that it may. */
static inline enum labyrinth_status recycle(struct labyrinth *lab, struct owner *o, uint64_t word,
                                            struct labyrinth_claim *claim)
{
	stack_push(&o->recycled, lab->frames, claim->page, FRAME_RECYCLED, claim->generation);
	claim->page = NULL;
	claim->status = LABYRINTH_OK;
	if (RARELY(!owner_swap(o, &word, word - OWNER_OUT + OWNER_RECYCLED)))
		return recycle_again(lab, o, word);
	return LABYRINTH_OK;
}

/* The end of a release, with the frame in hand, that the owner may not keep or that others look at first. */
static __attribute__((noinline)) enum labyrinth_status release_at_length(struct labyrinth_claim *claim,
                                                                         struct owner *o, const void *site)
{
	struct labyrinth *lab = claim->lab;
	uint64_t word;

	if (debug_on(lab))
		labyrinth_debug_release(lab, claim->page, site);
	word = owner_load(o);
	if (!bad_marked(lab->frames, claim->page) && keeps(o, word))
		return recycle(lab, o, word, claim);
	labyrinth_claim_give_back(lab, o, claim->page);
	claim->page = NULL;
	claim->status = LABYRINTH_OK;
	return LABYRINTH_OK;
}

/* The claim's frame gets into this call's hands, in one step, if the claim is good. */
static inline bool let_go(const struct labyrinth_claim *claim, uint64_t word)
{
	uint64_t owned = claim_word(claim, FRAME_OWNED);

	return named(word, claim->owner) && frames_written(claim->lab->frames, claim->page)
	       && word_swap(claim->page, owned, word_loose(owned));
}

/* Why not; tried again if the frame was lent or mapped when we looked, and no longer is. */
static __attribute__((noinline)) enum labyrinth_status release_again(struct labyrinth_claim *claim, const void *site)
{
	enum labyrinth_status status;
	struct owner *o;

	do {
		status = labyrinth_claim_check(claim, FRAME_OWNED, &o);
		if (status != LABYRINTH_OK)
			return status;
	} while (!let_go(claim, owner_load(o)));
	return release_at_length(claim, o, site);
}

enum labyrinth_status labyrinth_claim_release(struct labyrinth_claim *claim)
{
	struct labyrinth *lab;
	struct owner *o;
	uint64_t word;

	if (claim == NULL || claim->lab == NULL)
		return LABYRINTH_NULL_POINTER;
	lab = claim->lab;
	if (RARELY(claim->owner.slot >= lab->owners->slots))
		return LABYRINTH_BAD_OWNER;
	o = &lab->owners->at[claim->owner.slot];
	word = owner_load(o);
	if (RARELY(!let_go(claim, word)))
		return release_again(claim, SITE);
	if (RARELY(debug_on(lab) || bad_any(lab->frames) || !keeps(o, word)))
		return release_at_length(claim, o, SITE);
	return recycle(lab, o, word, claim);
}

/* A unit of surplus; when the vault has none, for a free frame that it takes in. */
static bool find_unit(struct labyrinth *lab)
{
	struct page *page;

	if (vault_spend_on_claim(lab->vault))
		return true;
	page = from_anywhere(lab);
	if (page != NULL)
		vault_push(lab->vault, page);
	return page != NULL;
}

/* A seat that could be had, to be refused by injection. */
static bool seat_injected(struct labyrinth *lab, const struct owner *o, labyrinth_owner_t who)
{
	uint64_t word = owner_load(o);

	return owner_is(word, who) && owner_held(word) < o->limit
	       && labyrinth_injector_draw(lab->injector, LABYRINTH_GFP_ATOMIC, who, owner_held(word) < o->guarantee);
}

/*
 * Takes a seat for a frame that comes by transfer. Afterwards one unit is in the caller's hands, to pay for the seat
 * that the giver leaves: the promise to the receiver shrank, or a unit of surplus was taken. *out: the receiver's.
 */
static enum labyrinth_status take_seat(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who, uint32_t *out)
{
	uint64_t word = owner_load(o);
	enum labyrinth_status status = LABYRINTH_OK;
	bool unit = false, promised;

	if (inject_on(lab) && seat_injected(lab, o, who))
		return LABYRINTH_NO_MEMORY;
	do {
		promised = owner_held(word) < o->guarantee;
		if (!owner_is(word, who))
			status = LABYRINTH_BAD_OWNER;
		else if (owner_held(word) >= o->limit)
			status = LABYRINTH_OVER_LIMIT;
		else if (!promised && !unit && !(unit = find_unit(lab)))
			status = LABYRINTH_NO_MEMORY;
	} while (status == LABYRINTH_OK && !owner_swap(o, &word, word + OWNER_OUT));

	if (unit && (status != LABYRINTH_OK || promised))
		labyrinth_vault_earn(lab->vault, 1);
	*out = owner_out(word) + 1;
	return status;
}

/* The frame has come to its new holder. */
static void received(struct labyrinth_claim *claim, struct owner *taker, labyrinth_owner_t to, uint32_t generation,
                     const void *site)
{
	if (debug_on(claim->lab))
		labyrinth_debug_pass(claim->lab, claim->page, site);
	owner_count(&taker->received);
	owner_mark(taker, owner_held(owner_load(taker)));
	claim->owner = to;
	claim->generation = generation;
}

enum labyrinth_status labyrinth_claim_transfer(struct labyrinth_claim *claim, labyrinth_owner_t to)
{
	struct owner *giver, *taker;
	enum labyrinth_status status = labyrinth_claim_check(claim, FRAME_OWNED, &giver);
	uint32_t generation, out;

	if (status != LABYRINTH_OK)
		return status;
	taker = owner_slot(claim->lab->owners, to);
	if (taker == NULL || !owner_is(owner_load(giver), claim->owner))
		return LABYRINTH_BAD_OWNER;
	status = take_seat(claim->lab, taker, to, &out);
	if (status != LABYRINTH_OK)
		return status;

	generation = word_generation(word_make(0, claim->generation + 1, 0, 0));
	status = labyrinth_claim_pass(claim, giver, FRAME_OWNED, word_make(FRAME_OWNED, generation, 0, to.slot));
	leave_seat(claim->lab, status == LABYRINTH_OK ? giver : taker);
	if (status == LABYRINTH_OK)
		received(claim, taker, to, generation, __builtin_return_address(0));
	tell(taker, to, out); /* in any case: a claim that came meanwhile relies on it */
	return status;
}
