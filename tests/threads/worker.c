/*
 * worker.c - the steps: take, give back, hand on, retire; each with what must come of it.
 */
#include "threads/worker.h"

#include <sched.h>

#include "threads/stamp.h"
#include "threads/tables.h"

struct yard yard;

static _Atomic uint64_t last_id;

static uint64_t roll(struct worker *w, enum level level, uint64_t sides)
{
	return dice_below(&w->dice[level], sides);
}

static bool same_owner(labyrinth_owner_t a, labyrinth_owner_t b)
{
	return a.slot == b.slot && a.generation == b.generation;
}

static void expect(bool holds, const char *what, enum labyrinth_status status)
{
	if (!holds)
		crew_wrong(what, (uint64_t)status);
}

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

/* ---- Stamps of a holding's frames. */

static struct page *first_page(const struct holding *h)
{
	return h->kind == BLOCK ? h->page : h->claim.page;
}

static uint64_t *frame_of(const struct holding *h, unsigned i)
{
	uint8_t *at = labyrinth_page_address(yard.lab, first_page(h));

	return (uint64_t *)(void *)(at + i * LABYRINTH_PAGE_SIZE);
}

static unsigned frames_in(const struct holding *h)
{
	return h->kind == BLOCK ? 1u << h->order : 1;
}

static void stamp(struct worker *w, enum level level, struct holding *h, uint64_t owner)
{
	h->token = owner << STAMP_OWNER_SHIFT | (uint64_t)w->number << 36 | (uint64_t)level << 34
	           | (w->serial[level]++ & ((UINT64_C(1) << 34) - 1));
	for (unsigned i = 0; i < frames_in(h); i++)
		stamp_write(frame_of(h, i), h->token);
}

static void verify(const struct holding *h)
{
	for (unsigned i = 0; i < frames_in(h); i++)
		if (!stamp_there(frame_of(h, i), h->token))
			crew_wrong("a frame has two holders: its stamp is gone", h->token);
}

/* Frames just granted: nothing of another owner is in them, and they are hidden or not, as they should be. */
static void inspect_new(const struct holding *h, uint64_t owner)
{
	phys_addr_t at = labyrinth_page_phys(yard.lab, first_page(h));

	for (unsigned i = 0; i < frames_in(h); i++, at.a += LABYRINTH_PAGE_SIZE) {
		if (stamp_leaks(frame_of(h, i), owner))
			crew_wrong("a frame was granted with what an owner left in it", *frame_of(h, i));
		tables_expect(at, h->kind != BLOCK);
	}
}

/* ---- Hands and boxes. */

/* A random hand of this kind; NULL when the few that are looked at hold something else. */
static struct holding *pick(struct worker *w, enum level level, enum kind kind)
{
	unsigned from = (unsigned)roll(w, level, HANDS);

	for (unsigned i = 0; i < HANDS; i++) {
		struct holding *h = &w->hands[level][(from + i) % HANDS];

		if (h->kind == kind && !(w->retiring && kind != NOTHING && kind != BLOCK
		                         && same_owner(h->claim.owner, w->own.handle)))
			return h;
	}
	return NULL;
}

static bool box_open(struct box *b)
{
	return !atomic_flag_test_and_set_explicit(&b->busy, memory_order_acquire);
}

static void box_close(struct box *b)
{
	atomic_flag_clear_explicit(&b->busy, memory_order_release);
}

static bool belongs(const struct holding *h, const struct party *p)
{
	return h->kind != BLOCK && p->id != 0 && same_owner(h->claim.owner, p->handle);
}

/* Something that any worker may give back: not of "sure", whose shares are counted, nor of an owner that may go. */
static bool public(const struct worker *w, const struct holding *h)
{
	return h->kind == BLOCK || (!belongs(h, &yard.sure) && !belongs(h, &w->own));
}

static void step_swap_box(struct worker *w, enum level level)
{
	struct box *b = &yard.box[roll(w, level, BOXES)];
	struct holding *h = &w->hands[level][roll(w, level, HANDS)], theirs;

	if ((h->kind != NOTHING && !public(w, h)) || !box_open(b))
		return;
	theirs = b->content;
	b->content = *h;
	*h = theirs;
	box_close(b);
}

/* ---- Shared blocks. */

static labyrinth_gfp_t random_gfp(struct worker *w, enum level level)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_NOWAIT, LABYRINTH_GFP_ATOMIC };
	static const labyrinth_gfp_t more[] = { 0, 0, 0, 0, LABYRINTH_GFP_DMA, LABYRINTH_GFP_DMA32,
	                                        LABYRINTH_GFP_ZERO };

	return kinds[level + roll(w, level, LEVELS - level)] | more[roll(w, level, sizeof(more) / sizeof(more[0]))];
}

static void step_alloc(struct worker *w, enum level level)
{
	struct holding *h = pick(w, level, NOTHING);
	unsigned order = roll(w, level, 4) ? 0 : (unsigned)roll(w, level, 4);
	labyrinth_gfp_t gfp = random_gfp(w, level);
	struct labyrinth_grant grant;

	if (h == NULL)
		return;
	grant = labyrinth_alloc_pages(yard.lab, gfp, order);
	expect(grant.status == LABYRINTH_OK || grant.status == LABYRINTH_NO_MEMORY, "alloc: unexpected status",
	       grant.status);
	w->refused += level == LEVEL_TASK && grant.status != LABYRINTH_OK;
	if (grant.status != LABYRINTH_OK)
		return;
	w->granted += level == LEVEL_TASK;
	*h = (struct holding){ .kind = BLOCK, .page = grant.page, .order = order };
	inspect_new(h, 0);
	if ((gfp & LABYRINTH_GFP_ZERO) && (*frame_of(h, 0) | frame_of(h, 0)[511]) != 0)
		crew_wrong("a frame granted with ZERO is not clear", *frame_of(h, 0));
	stamp(w, level, h, 0);
}

static void step_free(struct worker *w, enum level level)
{
	struct holding *h = pick(w, level, BLOCK);
	enum labyrinth_status status;

	if (h == NULL)
		return;
	verify(h);
	status = labyrinth_free_pages(yard.lab, h->page, h->order);
	if (level == LEVEL_NMI)
		expect(status == LABYRINTH_IN_INTERRUPT, "free in an NMI: not refused", status);
	else
		expect(status == LABYRINTH_OK, "free of a block that I hold: refused", status);
	if (status == LABYRINTH_OK)
		h->kind = NOTHING;
}

/* ---- Claims. */

static unsigned held_of_own(const struct worker *w)
{
	unsigned n = 0;

	for (unsigned level = 0; level < LEVELS; level++)
		for (unsigned i = 0; i < HANDS; i++) {
			const struct holding *h = &w->hands[level][i];

			n += h->kind != NOTHING && belongs(h, &w->own);
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

static void step_claim(struct worker *w, enum level level)
{
	const struct party *p = random_party(w, level);
	struct holding *h = pick(w, level, NOTHING);
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
		inspect_new(h, p->id);
		stamp(w, level, h, p->id);
	} else if (!(w->retiring && p == &w->own)) {
		judge_refusal(w, level, p, taken, claim.status);
	}
}

static void release(struct holding *h)
{
	struct labyrinth_claim copy = h->claim;
	enum labyrinth_status status;

	verify(h);
	status = labyrinth_claim_release(&h->claim);
	expect(status == LABYRINTH_OK, "release of a claim that I hold: refused", status);
	status = labyrinth_claim_release(&copy);
	expect(status == LABYRINTH_STALE_CLAIM, "release of a stale copy: not refused as such", status);
	h->kind = NOTHING;
}

static void step_release(struct worker *w, enum level level)
{
	struct holding *h = pick(w, level, CLAIM);

	if (h == NULL)
		return;
	w->sure[level] -= belongs(h, &yard.sure);
	/* Not before it is back may the next claim of "sure" be made: this level does nothing else meanwhile. */
	release(h);
}

static void step_transfer(struct worker *w, enum level level)
{
	struct holding *h = pick(w, level, CLAIM);
	const struct party *p = random_party(w, level);
	enum labyrinth_status status;
	bool sure;

	if (h == NULL || p == NULL || p == &yard.sure || (w->retiring && p == &w->own))
		return;
	verify(h);
	sure = belongs(h, &yard.sure);
	status = labyrinth_claim_transfer(&h->claim, p->handle);
	expect(status == LABYRINTH_OK || status == LABYRINTH_NO_MEMORY || status == LABYRINTH_OVER_LIMIT,
	       "transfer of a claim that I hold: unexpected status", status);
	if (status != LABYRINTH_OK)
		return;
	w->sure[level] -= sure;
	verify(h);
	stamp(w, level, h, p->id);
}

static void step_lend(struct worker *w, enum level level)
{
	struct holding *h = pick(w, level, CLAIM);
	enum labyrinth_status status;

	if (h == NULL || (w->retiring && belongs(h, &w->own)))
		return;
	status = labyrinth_claim_lend(&h->claim);
	expect(status == LABYRINTH_OK, "lend of a claim that I hold: refused", status);
	h->kind = LENT;
	status = labyrinth_claim_release(&h->claim);
	expect(status == LABYRINTH_FRAME_LENT, "release of a lent frame: not refused as such", status);
}

static void take_back(struct holding *h)
{
	enum labyrinth_status status;

	verify(h);
	status = labyrinth_claim_take_back(&h->claim);
	expect(status == LABYRINTH_OK, "take back of a frame that I lent: refused", status);
	h->kind = CLAIM;
}

static void step_take_back(struct worker *w, enum level level)
{
	struct holding *h = pick(w, level, LENT);

	if (h != NULL)
		take_back(h);
}

/* ---- Windows: opened one above the other, and closed again by the same level. */

static void open_window(struct holding *h)
{
	uint64_t *at = labyrinth_claim_map(&h->claim);

	expect(h->claim.status == LABYRINTH_OK, "map of a claim that I hold: refused", h->claim.status);
	if (at != NULL && !stamp_there(at, h->token))
		crew_wrong("a window shows something else", h->token);
}

static void close_window(struct holding *h)
{
	enum labyrinth_status status = labyrinth_claim_release(&h->claim);

	expect(status == LABYRINTH_FRAME_MAPPED, "release of a mapped frame: not refused as such", status);
	status = labyrinth_claim_unmap(&h->claim);
	expect(status == LABYRINTH_OK, "unmap of the innermost window: refused", status);
}

static void step_look(struct worker *w, enum level level)
{
	struct holding *outer = pick(w, level, CLAIM), *inner = pick(w, level, CLAIM);

	if (outer == NULL || inner == NULL)
		return;
	open_window(outer);
	if (inner != outer) {
		open_window(inner);
		close_window(inner);
	}
	close_window(outer);
}

/* ---- Owners that come and go. Task only. */

/* Transfers to another worker's own owner, which may be retired at any moment of this. */
static void step_mail(struct worker *w, enum level level)
{
	struct worker *to = &yard.worker[roll(w, level, yard.threads)];
	uint32_t packed = atomic_load(&to->published);
	struct holding *h = pick(w, level, CLAIM);
	labyrinth_owner_t owner = { (uint16_t)packed, (uint16_t)(packed >> 16) };
	enum labyrinth_status status;

	if (to == w || packed == 0 || h == NULL || !public(w, h) || !box_open(&to->mail))
		return;
	if (to->mail.content.kind == NOTHING) {
		verify(h);
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

static void step_read_mail(struct worker *w, enum level level)
{
	struct holding *h = pick(w, level, NOTHING), got;

	if (h == NULL || !box_open(&w->mail))
		return;
	got = w->mail.content;
	w->mail.content.kind = NOTHING;
	box_close(&w->mail);
	if (got.kind != NOTHING && !belongs(&got, &w->own)) {
		expect_stale(&got);
	} else if (got.kind != NOTHING) {
		verify(&got);
		stamp(w, level, &got, w->own.id);
		*h = got;
	}
}

/* All holdings of the own owner, at all levels; lines closed. */
static void for_own(struct worker *w, void (*what)(struct holding *h))
{
	for (unsigned level = 0; level < LEVELS; level++)
		for (unsigned i = 0; i < HANDS; i++) {
			struct holding *h = &w->hands[level][i];

			if (h->kind != NOTHING && belongs(h, &w->own))
				what(h);
		}
}

static void prepare(struct holding *h)
{
	if (h->kind == LENT)
		take_back(h);
	else
		verify(h);
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

static void step_own(struct worker *w, enum level level)
{
	if (w->own.id == 0)
		register_own(w, level);
	else if (roll(w, level, 4) == 0)
		retire_own(w);
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
	if (INTERRUPTS_POLLED && roll(w, level, 16) != 0)
		return; /* ThreadSanitizer: each look takes a lock for every page block, and there are many threads */
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
		take_back(h);
	if (h->kind == CLAIM)
		release(h);
	if (h->kind == BLOCK) {
		verify(h);
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
