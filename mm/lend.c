/*
 * lend.c - a claim's frame in use: posted to a device, or seen through a window of a CPU.
 *
 * Idea    Either is a state of the frame in which it cannot be released, transferred or retired, so that what a device
 *         writes, and what a window shows, is its owner's. The frame word decides; of a mapped frame it says where.
 *         While a window is opened or closed the word says so, and nobody else does anything with the frame.
 */
#include <labyrinth/port.h>

#include "hold.h"
#include "window.h"

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
	enum labyrinth_status status = labyrinth_claim_check(claim, FRAME_OWNED, &o);

	if (status == LABYRINTH_OK)
		status = count_lent(o, claim->owner);
	if (status != LABYRINTH_OK)
		return status;
	status = labyrinth_claim_pass(claim, o, FRAME_OWNED, claim_word(claim, FRAME_LENT));
	if (status != LABYRINTH_OK)
		uncount_lent(o);
	return status;
}

enum labyrinth_status labyrinth_claim_take_back(struct labyrinth_claim *claim)
{
	struct owner *o;
	enum labyrinth_status status = labyrinth_claim_check(claim, FRAME_LENT, &o);

	if (status == LABYRINTH_OK)
		status = labyrinth_claim_pass(claim, o, FRAME_LENT, claim_word(claim, FRAME_OWNED));
	if (status == LABYRINTH_OK)
		uncount_lent(o);
	return status;
}

/* ---- Windows. */

/* The word of the claim's frame in a slot of a CPU. */
static uint64_t mapped_word(const struct labyrinth_claim *claim, unsigned cpu, unsigned slot)
{
	return word_mapped(claim_word(claim, FRAME_MAPPED), cpu, slot);
}

/* Takes a slot for a frame that is nobody else's to touch now. It has been looked whether there is one. */
static enum labyrinth_status show(const struct labyrinth_claim *claim, unsigned cpu, void **address)
{
	struct labyrinth *lab = claim->lab;
	struct isolation *iso = lab->isolation;
	unsigned slot;

	if (!labyrinth_window_take(iso, cpu, iso->slots - LABYRINTH_KEPT_WINDOWS, &slot)) {
		word_store(claim->page, claim_word(claim, FRAME_OWNED));
		return LABYRINTH_TOO_DEEP; /* handlers have left theirs open since */
	}
	*address = labyrinth_window_fill(iso, slot, labyrinth_page_phys(lab, claim->page));
	word_store(claim->page, mapped_word(claim, cpu, slot));
	return LABYRINTH_OK;
}

static enum labyrinth_status map_on(const struct labyrinth_claim *claim, struct owner *o, unsigned cpu, void **address)
{
	const struct isolation *iso = claim->lab->isolation;
	enum labyrinth_status status;

	if (cpu >= iso->cpus)
		return LABYRINTH_BAD_CPU;
	if (!window_has(iso, cpu))
		return LABYRINTH_TOO_DEEP;
	status = count_lent(o, claim->owner);
	if (status != LABYRINTH_OK)
		return status;
	status = labyrinth_claim_pass(claim, o, FRAME_OWNED, mapped_word(claim, cpu, WORD_NO_WINDOW));
	if (status == LABYRINTH_OK)
		status = show(claim, cpu, address);
	if (status == LABYRINTH_OK)
		atomic_fetch_add_explicit(&o->mapped, 1, memory_order_relaxed);
	else
		uncount_lent(o);
	return status;
}

void *labyrinth_claim_map(struct labyrinth_claim *claim)
{
	void *address = NULL;
	struct owner *o;

	if (claim == NULL)
		return NULL;
	claim->status = labyrinth_claim_check(claim, FRAME_OWNED, &o);
	if (claim->status != LABYRINTH_OK)
		return NULL;
	claim->status = map_on(claim, o, labyrinth_port_pin(), &address);
	if (claim->status != LABYRINTH_OK)
		labyrinth_port_unpin();
	return address;
}

/* May this CPU close the window that a frame word names? */
static enum labyrinth_status closes(const struct isolation *iso, uint64_t word, unsigned cpu)
{
	if (word_state(word) != FRAME_MAPPED || word_window(word) == WORD_NO_WINDOW)
		return LABYRINTH_NOT_MAPPED; /* on its way, or a copy of the claim was faster */
	if (word_cpu(word) != cpu)
		return LABYRINTH_OTHER_CPU;
	return word_window(word) + 1 == window_next(window_open(iso, cpu)) ? LABYRINTH_OK : LABYRINTH_NOT_INNERMOST;
}

static enum labyrinth_status unmap_on(const struct labyrinth_claim *claim, struct owner *o, unsigned cpu)
{
	struct isolation *iso = claim->lab->isolation;
	uint64_t word = word_load(claim->page);
	enum labyrinth_status status = closes(iso, word, cpu);

	if (status == LABYRINTH_OK && !word_swap(claim->page, mapped_word(claim, cpu, word_window(word)),
	                                         mapped_word(claim, cpu, WORD_NO_WINDOW)))
		status = LABYRINTH_NOT_MAPPED;
	if (status != LABYRINTH_OK) {
		owner_count(&o->misused);
		return status;
	}
	labyrinth_window_empty(iso, word_window(word));
	window_leave(iso, cpu, word_window(word));
	word_store(claim->page, claim_word(claim, FRAME_OWNED));
	atomic_fetch_sub_explicit(&o->mapped, 1, memory_order_relaxed);
	uncount_lent(o);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_claim_unmap(struct labyrinth_claim *claim)
{
	struct owner *o;
	enum labyrinth_status status = labyrinth_claim_check(claim, FRAME_MAPPED, &o);

	if (status != LABYRINTH_OK)
		return status;
	status = unmap_on(claim, o, labyrinth_port_pin());
	labyrinth_port_unpin();
	if (status == LABYRINTH_OK)
		labyrinth_port_unpin(); /* as labyrinth_claim_map() left it */
	return status;
}
