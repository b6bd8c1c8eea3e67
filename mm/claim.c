/*
 * claim.c - one owner per frame until release.
 *
 * Idea    Check, then decide in one compare-and-swap: of the owner word when a frame is asked for, of the frame word
 *         when one changes hands. What follows cannot fail, because whatever it needs was taken beforehand: a frame, or
 *         a unit of the vault's surplus that stands for one.
 */
#include "claim.h"

#include <labyrinth/port.h>

#include "inject.h"
#include "policy.h"
#include "shred.h"
#include "vault.h"

/* A frame in hand, or the right to one of the vault's. */
struct backing {
	struct page *page;
	bool         unit;
};

static struct page *from_zones(struct labyrinth *lab)
{
	return labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_EXCLUSIVE, ZONE_TRY);
}

static bool back_up(struct labyrinth *lab, struct backing *b)
{
	b->page = from_zones(lab);
	b->unit = b->page == NULL && labyrinth_vault_spend(lab->vault, 1);
	return b->page != NULL || b->unit;
}

/* Not needed after all: the vault takes it, which is possible in any context. */
static void drop(struct labyrinth *lab, const struct backing *b)
{
	if (b->page != NULL)
		vault_push(lab->vault, b->page);
	if (b->page != NULL || b->unit)
		labyrinth_vault_earn(lab->vault, 1);
}

enum verdict {
	RECYCLED, /* one of the owner's own frames                                 */
	PROMISED, /* within the guarantee: cannot be refused                       */
	SURPLUS,  /* beyond it: granted if there is a frame that nobody is promised */
	REFUSED_OWNER,
	REFUSED_LIMIT,
};

/* What an owner word says to a claim, and what it becomes if the claim is granted. */
static enum verdict judge(const struct owner *o, labyrinth_owner_t who, uint64_t word, uint64_t *granted)
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
	default:
		owner_count(&o->no_memory);
		return LABYRINTH_NO_MEMORY;
	}
}

static struct page *pop_recycled(struct labyrinth *lab, struct owner *o)
{
	struct page *page = labyrinth_stack_pop(&o->recycled, lab->frames);

	if (page == NULL)
		labyrinth_port_panic("an owner's recycled frames are fewer than its word counts", owner_load(o));
	return page;
}

/* The frame of a claim that has been granted. */
static struct page *fetch(struct labyrinth *lab, struct owner *o, enum verdict verdict, struct backing *b)
{
	if (verdict == RECYCLED) {
		drop(lab, b);
		owner_count(&o->from_recycled);
		return pop_recycled(lab, o);
	}
	if (verdict == PROMISED) {
		if (b->page == NULL && !b->unit)
			b->page = from_zones(lab);
		if (b->page != NULL || b->unit)
			labyrinth_vault_earn(lab->vault, 1); /* the promise has shrunk, the vault need not */
	}
	owner_count(b->page != NULL ? &o->from_zone : &o->from_vault);
	return b->page != NULL ? b->page : labyrinth_vault_pop(lab->vault);
}

/* A claim that could be granted, to be refused by injection. */
static bool injected(struct labyrinth *lab, const struct owner *o, labyrinth_owner_t who)
{
	uint64_t granted;
	enum verdict verdict = judge(o, who, owner_load(o), &granted);

	return verdict <= SURPLUS
	       && labyrinth_injector_draw(lab->injector, LABYRINTH_GFP_ATOMIC, who, verdict != SURPLUS);
}

static enum labyrinth_status claim_frame(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who,
                                         struct page **out)
{
	struct backing b = { NULL, false };
	uint64_t word = owner_load(o), granted;
	enum verdict verdict;

	if (inject_on(lab) && injected(lab, o, who))
		return refuse(o, SURPLUS);
	do {
		verdict = judge(o, who, word, &granted);
		if (verdict > SURPLUS) {
			drop(lab, &b);
			return refuse(o, verdict);
		}
		if (verdict == SURPLUS && b.page == NULL && !b.unit && !back_up(lab, &b))
			return refuse(o, verdict);
	} while (!owner_swap(o, &word, granted));

	labyrinth_owner_mark(o, owner_held(granted));
	*out = fetch(lab, o, verdict, &b);
	return LABYRINTH_OK;
}

void labyrinth_void_alloc_page_gfp_atomic_exclusive(struct labyrinth_claim *claim)
{
	struct page *page = NULL;
	struct owner *o;

	if (claim == NULL)
		return;
	claim->page = NULL;
	if (claim->lab == NULL) {
		claim->status = LABYRINTH_NULL_POINTER;
		return;
	}
	o = owner_slot(claim->lab->owners, claim->owner);
	claim->status = o == NULL ? LABYRINTH_BAD_OWNER : claim_frame(claim->lab, o, claim->owner, &page);
	if (claim->status != LABYRINTH_OK)
		return;

	claim->page = page;
	claim->generation = word_generation(word_make(0, word_generation(word_load(page)) + 1, 0, 0));
	word_store(page, word_make(FRAME_OWNED, claim->generation, 0, claim->owner.slot));
}

/* The frame word of this claim, in a state. */
static uint64_t claim_word(const struct labyrinth_claim *claim, enum frame_state state)
{
	return word_make(state, claim->generation, 0, claim->owner.slot);
}

/* Why a frame word is not the claim's in the state that the call needs. */
static enum labyrinth_status mismatch(const struct labyrinth_claim *claim, struct owner *o, uint64_t word)
{
	if (word_state(word) == FRAME_HOLE)
		return LABYRINTH_FOREIGN_PAGE;
	owner_count(&o->misused);
	if (word == claim_word(claim, FRAME_LENT))
		return LABYRINTH_FRAME_LENT;
	return word == claim_word(claim, FRAME_OWNED) ? LABYRINTH_NOT_LENT : LABYRINTH_STALE_CLAIM;
}

/* A claim that was granted while its owner was being retired can still be released. */
static bool named(uint64_t word, labyrinth_owner_t who)
{
	return owner_is(word, who) || owner_was(word, who);
}

/*
 * Finds the claim's owner, and checks that the claim holds its frame in this state. Looks, touches nothing but a
 * counter.
 */
static enum labyrinth_status check(const struct labyrinth_claim *claim, enum frame_state state, struct owner **owner)
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
		if (!block_virgin(f, page_block_of(f, claim->page)))
			word = word_load(claim->page);
	}
	return word == claim_word(claim, state) ? LABYRINTH_OK : mismatch(claim, *owner, word);
}

/* The claim's frame goes from one state to the next; a status if somebody else was faster with a copy of the claim. */
static enum labyrinth_status pass(const struct labyrinth_claim *claim, struct owner *o, enum frame_state from,
                                  uint64_t next)
{
	if (word_swap(claim->page, claim_word(claim, from), next))
		return LABYRINTH_OK;
	return mismatch(claim, o, word_load(claim->page));
}

/*
 * Where a frame without a user goes: to the vault while that is short, else to the buddy, else, if that would wait, to
 * the vault.
 */
static void settle(struct labyrinth *lab, struct page *page)
{
	if (!labyrinth_vault_short(lab->vault) && labyrinth_zone_put(zone_of(lab->zones, page), page, 0, ZONE_TRY))
		return;
	vault_push(lab->vault, page);
	labyrinth_vault_earn(lab->vault, 1);
}

void labyrinth_claim_give_back(struct labyrinth *lab, struct owner *o, struct page *page)
{
	enum { NOTHING, UNIT, FRAME } paid = NOTHING; /* for the promise, if it grows */
	uint64_t word = owner_load(o);
	bool owed;

	labyrinth_shred(lab->shredder, labyrinth_page_phys(lab, page));
	do {
		owed = owner_held(word) <= owner_guarantee(o, word);
		if (owed && paid == NOTHING) {
			paid = labyrinth_vault_spend_excess(lab->vault) ? UNIT : FRAME;
			if (paid == FRAME)
				vault_push(lab->vault, page);
		}
	} while (!owner_swap(o, &word, word - OWNER_OUT));

	if (!owed && paid != NOTHING)
		labyrinth_vault_earn(lab->vault, 1);
	if (paid != FRAME)
		settle(lab, page);
}

/* Keeps the frame for the owner's next claim. NULL, or the frame that has to go because there is no room. */
static struct page *recycle(struct labyrinth *lab, struct owner *o, struct page *page)
{
	uint64_t word = owner_load(o);

	if (!owner_alive(word) || owner_recycled(word) >= o->recycle)
		return page;
	labyrinth_stack_push(&o->recycled, lab->frames, page, FRAME_DIRTY);
	while (!owner_swap(o, &word, word - OWNER_OUT + OWNER_RECYCLED))
		if (!owner_alive(word) || owner_recycled(word) >= o->recycle)
			return pop_recycled(lab, o);
	return NULL;
}

enum labyrinth_status labyrinth_claim_release(struct labyrinth_claim *claim)
{
	struct owner *o;
	enum labyrinth_status status = check(claim, FRAME_OWNED, &o);
	struct page *page;

	if (status == LABYRINTH_OK)
		status = pass(claim, o, FRAME_OWNED, word_loose(claim_word(claim, FRAME_OWNED)));
	if (status != LABYRINTH_OK)
		return status;

	page = recycle(claim->lab, o, claim->page);
	if (page != NULL)
		labyrinth_claim_give_back(claim->lab, o, page);
	claim->page = NULL;
	claim->status = LABYRINTH_OK;
	return LABYRINTH_OK;
}

/* A unit of surplus; when the vault has none, for a free frame that it takes in. */
static bool find_unit(struct labyrinth *lab)
{
	struct page *page;

	if (labyrinth_vault_spend(lab->vault, 1))
		return true;
	page = from_zones(lab);
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
 * that the giver leaves: the promise to the receiver shrank, or a unit of surplus was taken.
 */
static enum labyrinth_status take_seat(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who)
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
	return status;
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

enum labyrinth_status labyrinth_claim_transfer(struct labyrinth_claim *claim, labyrinth_owner_t to)
{
	struct owner *giver, *taker;
	enum labyrinth_status status = check(claim, FRAME_OWNED, &giver);
	uint32_t generation;

	if (status != LABYRINTH_OK)
		return status;
	taker = owner_slot(claim->lab->owners, to);
	if (taker == NULL || !owner_is(owner_load(giver), claim->owner))
		return LABYRINTH_BAD_OWNER;
	status = take_seat(claim->lab, taker, to);
	if (status != LABYRINTH_OK)
		return status;

	generation = word_generation(word_make(0, claim->generation + 1, 0, 0));
	status = pass(claim, giver, FRAME_OWNED, word_make(FRAME_OWNED, generation, 0, to.slot));
	leave_seat(claim->lab, status == LABYRINTH_OK ? giver : taker);
	if (status != LABYRINTH_OK)
		return status;
	owner_count(&taker->received);
	labyrinth_owner_mark(taker, owner_held(owner_load(taker)));
	claim->owner = to;
	claim->generation = generation;
	return LABYRINTH_OK;
}

/* Counts a frame as lent; a retired owner can lend nothing, and one with frames lent cannot be retired. */
static enum labyrinth_status count_lent(struct owner *o, labyrinth_owner_t who)
{
	uint64_t word = owner_load(o);

	do {
		if (!owner_is(word, who))
			return LABYRINTH_BAD_OWNER;
		if (owner_lent(word) == OWNER_MAX_LENT)
			return LABYRINTH_OVER_LIMIT;
	} while (!owner_swap(o, &word, word + OWNER_LENT));
	return LABYRINTH_OK;
}

static void uncount_lent(struct owner *o)
{
	atomic_fetch_sub_explicit(&o->word, OWNER_LENT, memory_order_acq_rel);
}

enum labyrinth_status labyrinth_claim_lend(struct labyrinth_claim *claim)
{
	struct owner *o;
	enum labyrinth_status status = check(claim, FRAME_OWNED, &o);

	if (status == LABYRINTH_OK)
		status = count_lent(o, claim->owner);
	if (status != LABYRINTH_OK)
		return status;
	status = pass(claim, o, FRAME_OWNED, claim_word(claim, FRAME_LENT));
	if (status != LABYRINTH_OK)
		uncount_lent(o);
	return status;
}

enum labyrinth_status labyrinth_claim_take_back(struct labyrinth_claim *claim)
{
	struct owner *o;
	enum labyrinth_status status = check(claim, FRAME_LENT, &o);

	if (status == LABYRINTH_OK)
		status = pass(claim, o, FRAME_LENT, claim_word(claim, FRAME_OWNED));
	if (status == LABYRINTH_OK)
		uncount_lent(o);
	return status;
}
