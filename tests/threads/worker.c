/*
 * worker.c - the steps, and who may take them.
 */
#include "threads/steps.h"

struct yard yard;

static _Atomic uint64_t last_id;

struct party party_new(const char *name, uint32_t guarantee, uint32_t limit, uint32_t recycle)
{
	struct labyrinth_budget budget = { name, guarantee, limit, recycle };
	struct party party = { LABYRINTH_NOBODY, 0 };
	enum labyrinth_status status = labyrinth_owner_register(yard.lab, &budget, &party.handle);

	if (status == LABYRINTH_OK)
		party.id = atomic_fetch_add(&last_id, 1) + 1;
	expect(status == LABYRINTH_OK || status == LABYRINTH_BUSY || status == LABYRINTH_NOT_COVERED
	       || status == LABYRINTH_TOO_MANY_OWNERS, "register: unexpected status", status);
	return party;
}

static void step_swap_box(struct worker *w, enum level level)
{
	struct box *b = &yard.box[roll(w, level, BOXES)];
	struct holding *h = &w->hands[level][roll(w, level, HANDS)], theirs;

	if ((h->kind != NOTHING && !holding_public(w, h)) || !box_open(b))
		return;
	theirs = b->content;
	b->content = *h;
	*h = theirs;
	box_close(b);
}

static void step_maintain(struct worker *w, enum level level)
{
	labyrinth_maintain(yard.lab, 1 + roll(w, level, 8));
}

/* Counts are no snapshot while others work; but no more is counted than there is, and a budget is one word. */
static void step_count(struct worker *w, enum level level)
{
	struct labyrinth_owner_stats sure;
	struct labyrinth_stats now;

	if (labyrinth_owner_stats(yard.lab, yard.sure.handle, &sure) != LABYRINTH_OK
	    || sure.held + sure.recycled > sure.limit)
		crew_wrong("an owner was seen to hold more than its limit", sure.held);
	if (roll(w, level, 16) != 0)
		return; /* a look takes a lock for every page block in use: the others would wait for little else */
	labyrinth_stats(yard.lab, &now);
	if (now.free > now.usable || now.vault > now.usable || now.dirty > now.usable || now.reserve > now.usable
	    || now.owned > now.usable || now.lent > now.usable || now.mapped > now.usable
	    || now.recycled > now.usable || now.shared > now.usable)
		crew_wrong("statistics count more frames than there are", now.usable);
}

/* ---- */

void holding_end(struct holding *h)
{
	if (h->kind == LENT)
		holding_take_back(h);
	if (h->kind == CLAIM)
		holding_release(h);
	if (h->kind == BLOCK) {
		holding_verify(h);
		expect(labyrinth_free_pages(yard.lab, h->page, h->order) == LABYRINTH_OK, "free at the end: refused",
		       0);
	}
	h->kind = NOTHING;
}

void worker_step(struct worker *w, enum level level)
{
	static void (*const steps[])(struct worker *w, enum level level) = {
		/* At any level. */
		step_alloc, step_free, step_claim, step_claim, step_release, step_release, step_transfer, step_lend,
		step_take_back, step_look, step_look, step_swap_box, step_swap_box,
		/* Tasks only. */
		step_mail, step_mail, step_read_mail, step_own, step_maintain, step_count,
	};
	unsigned task_only = 6, all = sizeof(steps) / sizeof(steps[0]);

	steps[roll(w, level, level == LEVEL_TASK ? all : all - task_only)](w, level);
}
