/*
 * step_claims.c - claims are made, released, handed on, lent and taken back.
 */
#include "threads/steps.h"

static unsigned held_of_own(const struct worker *w)
{
	unsigned n = 0;

	for (unsigned level = 0; level < LEVELS; level++)
		for (unsigned i = 0; i < HANDS; i++) {
			const struct holding *h = &w->hands[level][i];

			n += h->kind != NOTHING && holding_belongs(h, &w->own);
		}
	return n;
}

/* No interrupt has come since, and I hold less than I am promised? At one moment: an interrupt may release, too. */
static bool promised_still(const struct worker *w, unsigned taken)
{
	bool still;

	cpu_freeze();
	still = taken == crew_cpu[w->number].taken && held_of_own(w) < w->own_guarantee;
	cpu_thaw();
	return still;
}

/* Was a refusal right? What interrupts claimed meanwhile may explain it; so may transfers, if others can make them. */
static void judge_refusal(const struct worker *w, enum level level, const struct party *p, unsigned taken,
                          enum labyrinth_status status)
{
	if (p == &yard.sure)
		expect(false, "a claim within the guarantee of \"sure\" was refused", status);
	else if (p != &w->own)
		expect(status == LABYRINTH_NO_MEMORY || status == LABYRINTH_OVER_LIMIT, "claim: unexpected status",
		       status);
	else if (level == LEVEL_TASK && !atomic_load(&w->published) && promised_still(w, taken))
		expect(false, "a claim within the guarantee of my own owner was refused", status);
}

static const struct party *random_party(struct worker *w, enum level level)
{
	unsigned n = (unsigned)roll(w, level, WILDS + 2);

	if (n < WILDS)
		return &yard.wild[n];
	if (n == WILDS)
		return w->sure[level] == 0 ? &yard.sure : NULL;
	return w->own.id != 0 ? &w->own : NULL;
}

void step_claim(struct worker *w, enum level level)
{
	const struct party *p = random_party(w, level);
	struct holding *h = holding_pick(w, level, NOTHING);
	struct labyrinth_claim claim = { .lab = yard.lab };
	unsigned taken = crew_cpu[w->number].taken;

	if (p == NULL || h == NULL)
		return;
	claim.owner = p->handle;
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	w->granted += level == LEVEL_TASK && claim.status == LABYRINTH_OK;
	w->refused += level == LEVEL_TASK && claim.status != LABYRINTH_OK;
	if (claim.status == LABYRINTH_OK) {
		*h = (struct holding){ .kind = CLAIM, .claim = claim };
		w->sure[level] += p == &yard.sure;
		holding_inspect(h, p->id);
		holding_stamp(w, level, h, p->id);
	} else if (!(w->retiring && p == &w->own)) {
		judge_refusal(w, level, p, taken, claim.status);
	}
}

void holding_release(struct holding *h)
{
	struct labyrinth_claim copy = h->claim;
	enum labyrinth_status status;

	holding_verify(h);
	status = labyrinth_claim_release(&h->claim);
	expect(status == LABYRINTH_OK, "release of a claim that I hold: refused", status);
	status = labyrinth_claim_release(&copy);
	expect(status == LABYRINTH_STALE_CLAIM, "release of a stale copy: not refused as such", status);
	h->kind = NOTHING;
}

void step_release(struct worker *w, enum level level)
{
	struct holding *h = holding_pick(w, level, CLAIM);

	if (h == NULL)
		return;
	w->sure[level] -= holding_belongs(h, &yard.sure);
	/* Not before it is back may the next claim of "sure" be made: this level does nothing else meanwhile. */
	holding_release(h);
}

void step_transfer(struct worker *w, enum level level)
{
	struct holding *h = holding_pick(w, level, CLAIM);
	const struct party *p = random_party(w, level);
	enum labyrinth_status status;
	bool sure;

	if (h == NULL || p == NULL || p == &yard.sure || (w->retiring && p == &w->own))
		return;
	holding_verify(h);
	sure = holding_belongs(h, &yard.sure);
	status = labyrinth_claim_transfer(&h->claim, p->handle);
	expect(status == LABYRINTH_OK || status == LABYRINTH_NO_MEMORY || status == LABYRINTH_OVER_LIMIT,
	       "transfer of a claim that I hold: unexpected status", status);
	if (status != LABYRINTH_OK)
		return;
	w->sure[level] -= sure;
	holding_verify(h);
	holding_stamp(w, level, h, p->id);
}

void step_lend(struct worker *w, enum level level)
{
	struct holding *h = holding_pick(w, level, CLAIM);
	enum labyrinth_status status;

	if (h == NULL || (w->retiring && holding_belongs(h, &w->own)))
		return;
	status = labyrinth_claim_lend(&h->claim);
	expect(status == LABYRINTH_OK, "lend of a claim that I hold: refused", status);
	h->kind = LENT;
	status = labyrinth_claim_release(&h->claim);
	expect(status == LABYRINTH_FRAME_LENT, "release of a lent frame: not refused as such", status);
}

void holding_take_back(struct holding *h)
{
	enum labyrinth_status status;

	holding_verify(h);
	status = labyrinth_claim_take_back(&h->claim);
	expect(status == LABYRINTH_OK, "take back of a frame that I lent: refused", status);
	h->kind = CLAIM;
}

void step_take_back(struct worker *w, enum level level)
{
	struct holding *h = holding_pick(w, level, LENT);

	if (h != NULL)
		holding_take_back(h);
}
