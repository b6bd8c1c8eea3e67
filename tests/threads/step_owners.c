/*
 * step_owners.c - owners that come and go, and what others send them. Task only.
 */
#include "threads/steps.h"

#include <sched.h>

/* Transfers to another worker's own owner, which may be retired at any moment of this. */
void step_mail(struct worker *w, enum level level)
{
	struct worker *to = &yard.worker[roll(w, level, yard.threads)];
	uint32_t packed = atomic_load(&to->published);
	struct holding *h = holding_pick(w, level, CLAIM);
	labyrinth_owner_t owner = { (uint16_t)packed, (uint16_t)(packed >> 16) };
	enum labyrinth_status status;

	if (to == w || packed == 0 || h == NULL || !holding_public(w, h) || !box_open(&to->mail))
		return;
	if (to->mail.content.kind == NOTHING) {
		holding_verify(h);
		status = labyrinth_claim_transfer(&h->claim, owner);
		expect(status == LABYRINTH_OK || status == LABYRINTH_NO_MEMORY || status == LABYRINTH_OVER_LIMIT
		       || status == LABYRINTH_BAD_OWNER, "transfer to an owner that may go: unexpected status", status);
		if (status == LABYRINTH_OK) {
			to->mail.content = *h;
			h->kind = NOTHING;
		}
	}
	box_close(&to->mail);
}

/* A claim of an owner that has been retired is worth nothing. */
static void expect_stale(struct holding *h)
{
	struct labyrinth_claim copy = h->claim;
	enum labyrinth_status status = labyrinth_claim_release(&copy);

	expect(status == LABYRINTH_STALE_CLAIM || status == LABYRINTH_BAD_OWNER,
	       "a claim of a retired owner was believed", status);
	h->kind = NOTHING;
}

void step_read_mail(struct worker *w, enum level level)
{
	struct holding *h = holding_pick(w, level, NOTHING), got;

	if (h == NULL || !box_open(&w->mail))
		return;
	got = w->mail.content;
	w->mail.content.kind = NOTHING;
	box_close(&w->mail);
	if (got.kind != NOTHING && !holding_belongs(&got, &w->own)) {
		expect_stale(&got);
	} else if (got.kind != NOTHING) {
		holding_verify(&got);
		holding_stamp(w, level, &got, w->own.id);
		*h = got;
	}
}

/* All holdings of the own owner, at all levels; lines closed. */
static void for_own(struct worker *w, void (*what)(struct holding *h))
{
	for (unsigned level = 0; level < LEVELS; level++)
		for (unsigned i = 0; i < HANDS; i++) {
			struct holding *h = &w->hands[level][i];

			if (h->kind != NOTHING && holding_belongs(h, &w->own))
				what(h);
		}
}

static void prepare(struct holding *h)
{
	if (h->kind == LENT)
		holding_take_back(h);
	else
		holding_verify(h);
}

static void retire_own(struct worker *w)
{
	enum labyrinth_status status;
	bool again = false;

	cpu_freeze();
	for_own(w, prepare);
	w->retiring = true;
	cpu_thaw();
	while ((status = labyrinth_owner_retire(yard.lab, w->own.handle)) == LABYRINTH_BUSY && !crew_stopped()) {
		again = true; /* somebody is in the middle of a transfer to it: if that fails, nothing is left to do */
		sched_yield();
	}
	expect(status == LABYRINTH_OK || (again && status == LABYRINTH_BAD_OWNER), "retire of my own owner: refused",
	       status);
	cpu_freeze();
	for_own(w, expect_stale);
	atomic_store(&w->published, 0);
	w->own.id = 0;
	w->retiring = false;
	cpu_thaw();
}

static void register_own(struct worker *w, enum level level)
{
	uint32_t guarantee = (uint32_t)roll(w, level, 3);
	struct party own = party_new("own", guarantee, guarantee + 3, guarantee > 1);

	cpu_freeze();
	w->own_guarantee = guarantee;
	w->own = own;
	cpu_thaw();
	if (own.id != 0 && roll(w, level, 2))
		atomic_store(&w->published, (uint32_t)own.handle.slot | (uint32_t)own.handle.generation << 16);
}

void step_own(struct worker *w, enum level level)
{
	if (w->own.id == 0)
		register_own(w, level);
	else if (roll(w, level, 4) == 0)
		retire_own(w);
}
