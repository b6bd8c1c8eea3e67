/*
 * withdraw.c - a frame is taken out of use, now or when it comes back.
 *
 * Idea    A free frame is taken from its zone and buried. If it is not there, it is marked, with a spare in the vault
 *         to stand in for it, and looked for once more: it may have come back between the look and the mark, and
 *         afterwards whoever brings it buries it. What this CPU keeps at hand is sent to the zones, and stacks of
 *         frames set aside are searched as deep as that takes nothing from anybody.
 *         What reserve and vault then lack is asked for as after a request.
 * Writes  Through zone, vault, reserve and bad.
 */
#include <labyrinth/offline.h>
#include <labyrinth/port.h>

#include "particular.h"
#include "hide.h"
#include "policy.h"
#include "reserve.h"
#include "vault.h"
#include "wait.h"
#include "watermark.h"

static enum frame_state state_of(const struct labyrinth *lab, const struct page *page)
{
	return word_state(frames_word(lab->frames, page));
}

/* Takes a free frame out of its zone; false when it is not there. */
static bool bury_free(struct labyrinth *lab, struct page *page)
{
	struct zone *zone = zone_of(lab->zones, page);

	if (!labyrinth_zone_take_span(zone, 0, page, 1, MOBILITY_SHARED))
		return false;
	watermark_look(lab, zone);
	labyrinth_zone_settle(zone, page);
	labyrinth_bad_bury(lab->frames, page);
	return true;
}

/* A frame of the vault that its ledger does not count. */
static bool find_spare(struct labyrinth *lab)
{
	struct page *page;

	if (vault_spend_on_claim(lab->vault))
		return true;
	page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_EXCLUSIVE, ZONE_WAIT);
	return page != NULL && labyrinth_hide_enter(lab, &page, 1) == 1;
}

/* Marks a frame that is in use, or has just come back: then it is buried. */
static enum labyrinth_status mark(struct labyrinth *lab, struct page *page)
{
	struct bad *bad = lab->frames->bad;

	if (atomic_load_explicit(&bad->marked, memory_order_relaxed) == LABYRINTH_MAX_PENDING)
		return LABYRINTH_TOO_MANY_PENDING;
	if (!find_spare(lab))
		return LABYRINTH_NO_MEMORY;
	if (!labyrinth_bad_mark(lab->frames, page)) {
		vault_earn(lab->vault, 1);
		return LABYRINTH_TOO_MANY_PENDING;
	}
	attend(lab, ATTEND_BAD);
	if (bury_free(lab, page))
		vault_earn(lab->vault, 1);
	return LABYRINTH_PENDING;
}

/* Pops frames that nobody misses until the frame has come by, and pushes them back. */
static void dig_reserve(struct labyrinth *lab, const struct page *page)
{
	struct reserve *r = lab->reserve;
	struct stack held;
	struct page *top;

	labyrinth_stack_init(&held);
	while (state_of(lab, page) == FRAME_RESERVED && reserve_count(r) > reserve_target(r) / 2
	       && (top = labyrinth_reserve_pop(r)) != NULL)
		if (!labyrinth_bad_leave(lab->frames, top))
			labyrinth_stack_push(&held, lab->frames, top, FRAME_RESERVED);
	while ((top = labyrinth_stack_pop(&held, lab->frames)) != NULL)
		labyrinth_reserve_push(r, top);
}

static void dig_vault(struct labyrinth *lab, const struct page *page)
{
	struct stack held;
	struct page *top;

	labyrinth_stack_init(&held);
	while (state_of(lab, page) == FRAME_RESERVED && reserve_count(&lab->vault->stock) > 0
	       && vault_spend_on_claim(lab->vault))
		labyrinth_stack_push(&held, lab->frames, labyrinth_vault_pop(lab->vault), FRAME_RESERVED);
	while ((top = labyrinth_stack_pop(&held, lab->frames)) != NULL) {
		vault_push(lab->vault, top);
		vault_earn(lab->vault, 1);
	}
}

/* Whoever buries a frame writes its word, and then takes off the mark: without one the word is the last. */
static enum labyrinth_status withdraw(struct labyrinth *lab, struct page *page)
{
	bool marked = bad_marked(lab->frames, page);
	enum labyrinth_status status;

	if (state_of(lab, page) == FRAME_OFFLINE)
		return LABYRINTH_ALREADY_OFFLINE;
	if (!marked && bury_free(lab, page))
		return LABYRINTH_OK;
	labyrinth_policy_drain(lab);
	if (!marked && bury_free(lab, page))
		return LABYRINTH_OK;
	status = marked ? LABYRINTH_PENDING : mark(lab, page);
	if (status != LABYRINTH_PENDING)
		return status;
	dig_reserve(lab, page);
	dig_vault(lab, page);
	return state_of(lab, page) == FRAME_OFFLINE ? LABYRINTH_OK : LABYRINTH_PENDING;
}

enum labyrinth_status labyrinth_offline(struct labyrinth *lab, pfn_t pfn)
{
	enum labyrinth_status status;
	struct page *page;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (policy_astray(lab, LABYRINTH_TASK))
		return LABYRINTH_BAD_CPU;
	page = labyrinth_frames_find(lab->frames, pfn);
	if (page == NULL)
		return LABYRINTH_FOREIGN_PAGE;
	if (!bad_begin(lab->frames->bad))
		return LABYRINTH_BUSY;
	status = withdraw(lab, page);
	bad_end(lab->frames->bad);
	labyrinth_policy_settle_bad(lab);
	labyrinth_policy_missing(lab);
	wait_wake_in_turn(lab); /* somebody may have looked for what was in hand meanwhile, and sleep */
	return status;
}
