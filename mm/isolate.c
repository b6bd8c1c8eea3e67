/*
 * isolate.c - the port is judged, and the vault that was filled before it came is hidden.
 *
 * Idea    Everything that can be refused comes before anything that others would notice. While the vault is hidden its
 *         frames say that they are dirty, so that they can be told from others that are set aside.
 */
#include <labyrinth/port.h>

#include "debug.h"
#include "hide.h"
#include "owner.h"
#include "policy.h"
#include "shred.h"
#include "vault.h"
#include "wait.h"
#include "window.h"
#include "zone.h"

/* The vault's slack is a page block, where that is no more than this part of the memory. */
#define SLACK_PART 16u

/* ---- Page block by page block, there and back. */

struct walk {
	struct labyrinth *lab;
	bool     hide;  /* or show */
	uint64_t calls; /* made    */
	uint64_t most;
};

static bool turn(struct walk *w, const struct page *page, unsigned order)
{
	const struct labyrinth_isolation *call = &w->lab->isolation->call;

	if (w->calls == w->most || (w->hide && !labyrinth_hide(w->lab, page, order)))
		return false;
	if (!w->hide)
		call->show(labyrinth_page_phys(w->lab, page), order, call->context);
	w->calls++;
	return true;
}

static bool is_the_vaults(const struct labyrinth *lab, const struct page *page)
{
	return word_state(frames_word(lab->frames, page)) == FRAME_DIRTY;
}

static bool turn_block(struct walk *w, block_t b)
{
	const struct page *first = block_page(w->lab->frames, b, 0);
	unsigned n = 0;

	for (unsigned i = 0; i < BLOCK_FRAMES; i++)
		n += is_the_vaults(w->lab, first + i);
	if (n == BLOCK_FRAMES)
		return turn(w, first, BLOCK_ORDER);
	for (unsigned i = 0; i < BLOCK_FRAMES && n > 0; i++)
		if (is_the_vaults(w->lab, first + i) && !turn(w, first + i, 0))
			return false;
	return true;
}

/* Page blocks that have bits in one word: in a large memory few of them are ever used. */
#define WORD_BLOCKS 32u

static bool turn_word(struct walk *w, uint32_t word)
{
	const struct frames *f = w->lab->frames;

	for (uint32_t left = atomic_load_explicit(&f->opened[word], memory_order_acquire); left != 0; left &= left - 1)
		if (!turn_block(w, (block_t){ word * WORD_BLOCKS + bits_lowest(left) }))
			return false;
	return true;
}

static bool turn_all(struct walk *w)
{
	for (uint32_t word = 0; word * WORD_BLOCKS < w->lab->frames->blocks; word++)
		if (!turn_word(w, word))
			return false;
	return true;
}

/* Hides what the vault holds, or nothing. */
static bool hide_vault(struct labyrinth *lab)
{
	struct walk there = { .lab = lab, .hide = true, .most = UINT64_MAX }, back = { .lab = lab };

	if (turn_all(&there))
		return true;
	back.most = there.calls;
	turn_all(&back);
	return false;
}

static void pour(struct reserve *from, struct reserve *to)
{
	struct page *page;

	while ((page = labyrinth_reserve_pop(from)) != NULL)
		labyrinth_reserve_push(to, page);
}

/* Frames that make its page blocks whole join the vault, as far as its slack allows; how many. */
static uint64_t round_up(struct labyrinth *lab, uint64_t slack)
{
	struct page *page;
	uint64_t n = 0;

	while (n < slack && (page = labyrinth_hide_within(lab)) != NULL) {
		labyrinth_reserve_push(&lab->vault->dirty, page);
		n++;
	}
	return n;
}

static void put(struct labyrinth *lab, struct page *page)
{
	labyrinth_zone_put(zone_of(lab->zones, page), page, 0, ZONE_WAIT);
	policy_given(lab);
}

/* *more: frames that have joined it, for its ledger to count when all is done. */
static bool isolate_vault(struct labyrinth *lab, uint64_t slack, uint64_t *more)
{
	struct vault *v = lab->vault;
	bool done;

	pour(&v->stock, &v->dirty);
	*more = round_up(lab, slack);
	done = hide_vault(lab);
	for (; *more > 0 && !done; --*more)
		put(lab, labyrinth_reserve_pop(&v->dirty));
	pour(&v->dirty, &v->stock);
	return done;
}

/* ---- The port is judged. */

static bool complete(const struct labyrinth_isolation *with)
{
	return with->hide != NULL && with->flush != NULL && with->show != NULL && with->map != NULL
	       && with->unmap != NULL && with->hidden != NULL;
}

/* Is a frame anywhere that is exclusive, but in the vault? Or one there that shared requests may have from it? */
static bool at_large(const struct labyrinth *lab)
{
	if (vault_over(lab->vault, 0))
		return true;
	for (uint32_t i = 0; i < lab->owners->slots; i++)
		if (owner_held(owner_load(&lab->owners->at[i])) > 0)
			return true;
	return reserve_count(&lab->vault->dirty) > 0;
}

static enum labyrinth_status judge(const struct labyrinth *lab, const struct labyrinth_isolation *with)
{
	if (lab == NULL || with == NULL || !complete(with))
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (lab->isolation->on)
		return LABYRINTH_ALREADY_ISOLATED;
	if (with->slots <= LABYRINTH_KEPT_WINDOWS || with->slots > LABYRINTH_MAX_WINDOWS
	    || (lab->debug != NULL && (lab->debug->aids & LABYRINTH_DEBUG_GUARD)))
		return LABYRINTH_BAD_CONFIG;
	return at_large(lab) ? LABYRINTH_BUSY : LABYRINTH_OK;
}

static uint64_t slack_for(const struct labyrinth *lab)
{
	bool room = instance_usable(lab) / SLACK_PART >= BLOCK_FRAMES;

	return lab->vault->stock.target > 0 && room ? BLOCK_FRAMES : 0;
}

enum labyrinth_status labyrinth_isolate(struct labyrinth *lab, const struct labyrinth_isolation *with)
{
	enum labyrinth_status status = judge(lab, with);
	struct isolation *iso;
	uint64_t more;

	if (status != LABYRINTH_OK)
		return status;
	iso = lab->isolation;
	iso->call = *with;
	if (!isolate_vault(lab, slack_for(lab), &more)) {
		iso->call = (struct labyrinth_isolation){ .slots = 0 };
		atomic_store_explicit(&iso->refused, 0, memory_order_relaxed);
		return LABYRINTH_NO_MEMORY;
	}
	labyrinth_hide_flush(lab);
	iso->slots = iso->call.slots;
	iso->on = true;
	lab->shredder->isolation = iso;
	lab->vault->slack = slack_for(lab);
	vault_earn(lab->vault, more); /* from here on shared requests may get at them, and show what they take */
	wait_wake_in_turn(lab);
	return LABYRINTH_OK;
}
