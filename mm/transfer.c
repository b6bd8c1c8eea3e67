/*
 * transfer.c - a claim changes hands.
 *
 * Idea    The receiver's seat is taken first, then the frame word decides in one compare-and-swap who leaves his: the
 *         giver, or the receiver again if somebody else was faster. Nothing has to be found for either.
 */
#include "debug.h"
#include "hold.h"
#include "inject.h"
#include "release.h"
#include "supply.h"

/* A seat that could be had, to be refused by injection. */
static bool seat_injected(struct labyrinth *lab, const struct owner *o, labyrinth_owner_t who)
{
	uint64_t word = owner_load(o);

	return owner_is(word, who) && owner_held(word) < o->limit
	       && labyrinth_injector_draw(lab->injector, LABYRINTH_GFP_ATOMIC, who, owner_held(word) < o->guarantee);
}

/*
 * Takes a seat for a frame that comes by transfer. Afterwards one unit is in the caller's hands, to pay for the seat
 * that the giver leaves: the promise to the receiver shrank, or a unit of surplus was taken. *out: what it then claims.
 */
static enum labyrinth_status take_seat(struct labyrinth *lab, struct owner *o, labyrinth_owner_t who,
                                       struct outstanding *out)
{
	uint64_t word = owner_load(o);
	enum labyrinth_status status = LABYRINTH_OK;
	bool unit = false, promised, kept = kept_any(kept_load(&o->kept));

	if (inject_on(lab) && seat_injected(lab, o, who))
		return LABYRINTH_NO_MEMORY;
	do {
		promised = owner_held(word) < o->guarantee;
		if (!owner_is(word, who))
			status = LABYRINTH_BAD_OWNER;
		else if (owner_held(word) >= o->limit)
			status = LABYRINTH_OVER_LIMIT;
		else if (!promised && !unit && !(unit = labyrinth_supply_unit(lab)))
			status = LABYRINTH_NO_MEMORY;
	} while (status == LABYRINTH_OK && !owner_swap(o, &word, word + OWNER_OUT));

	if (unit && (status != LABYRINTH_OK || promised))
		labyrinth_supply_return(lab, 1);
	out->least = owner_out(word) + 1 - kept;
	out->most = owner_out(word) + 1 - kept_any(kept_load(&o->kept));
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
	struct outstanding out;
	uint32_t generation;

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
	labyrinth_seat_leave(claim->lab, status == LABYRINTH_OK ? giver : taker);
	if (status == LABYRINTH_OK)
		received(claim, taker, to, generation, __builtin_return_address(0));
	owner_tell(taker, to, out); /* in any case: a claim that came meanwhile relies on it */
	return status;
}
