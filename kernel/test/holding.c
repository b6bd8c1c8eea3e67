/*
 * holding.c - stamps, boxes, the first violation.
 *
 * Writes  What it is given to hold, the boxes, the first violation.
 */
#include <stdatomic.h>

#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "test/holding.h"
#include "test/stamp.h"
#include "x86/percpu.h"

/* Who finds it closed goes on without. */
struct box {
	_Atomic uint32_t closed;
	struct holding   content;
};

static struct labyrinth *lab;
static struct stress_owners owners;
static struct box boxes[BOXES];
static const char *_Atomic wrong;
static _Atomic uint64_t wrong_number;

void holdings_init(struct labyrinth *new_lab, const struct stress_owners *new_owners)
{
	lab = new_lab;
	owners = *new_owners;
	wrong = NULL;
}

const char *holdings_wrong(uint64_t *number)
{
	*number = wrong_number;
	return wrong;
}

void expect(bool holds, const char *sentence, uint64_t number)
{
	const char *none = NULL;

	if (!holds && atomic_compare_exchange_strong(&wrong, &none, sentence))
		wrong_number = number;
}

/* ---- Stamps. */

static bool same_owner(labyrinth_owner_t a, labyrinth_owner_t b)
{
	return a.slot == b.slot && a.generation == b.generation;
}

/* The number of an owner in stamps. */
static uint64_t number_of(labyrinth_owner_t owner)
{
	uint64_t number = 1;

	for (unsigned i = 0; i < WILD; i++)
		if (same_owner(owner, owners.wild[i]))
			number = 2 + i;
	return number;
}

/* Looks at one frame, then stamps it. */
static void look_and_stamp(volatile uint64_t *frame, enum look look, const struct holding *h, uint64_t owner,
                           uint64_t token)
{
	if (look == LOOK_NEW)
		expect(!stamp_leaks(frame, owner), "a frame holds nothing that another owner left in it", frame[0]);
	else
		expect(stamp_there(frame, h->token), "a frame holds what its only holder wrote there", frame[0]);
	stamp_write(frame, token);
}

static void stamp_block(struct holding *h, enum look look, uint64_t mark)
{
	volatile uint64_t *frame = labyrinth_page_address(lab, h->page);
	uint64_t token = stamp_token(0, mark);

	for (unsigned i = 0; i < 1u << h->order; i++)
		look_and_stamp(frame + i * (STAMP_LAST + 1), look, h, 0, token);
	h->token = token;
}

/* Through a window; the depth of three contexts is within what every port has. */
static void stamp_claim(struct holding *h, enum look look, uint64_t mark)
{
	uint64_t owner = number_of(h->claim.owner), token = stamp_token(owner, mark);

	preempt_off();
	volatile uint64_t *frame = labyrinth_claim_map(&h->claim);

	expect(frame != NULL, "a claim can be mapped by who holds it", h->claim.status);
	if (frame != NULL) {
		look_and_stamp(frame, look, h, owner, token);
		expect(labyrinth_claim_release(&h->claim) == LABYRINTH_FRAME_MAPPED,
		       "a mapped frame cannot be released", h->claim.status);
		expect(labyrinth_claim_unmap(&h->claim) == LABYRINTH_OK, "a claim can be unmapped by who mapped it",
		       h->claim.status);
		h->token = token;
	}
	preempt_on();
}

void holding_stamp(struct holding *h, enum look look, uint64_t mark)
{
	if (h->kind == BLOCK)
		stamp_block(h, look, mark);
	else
		stamp_claim(h, look, mark);
}

/* ---- Going from hand to hand. */

bool holding_is_sure(const struct holding *h)
{
	return h->kind != NOTHING && h->kind != BLOCK && same_owner(h->claim.owner, owners.sure);
}

bool holding_swap(struct holding *h, unsigned with)
{
	struct box *box = &boxes[with];
	struct holding theirs;

	if (holding_is_sure(h) || atomic_exchange_explicit(&box->closed, 1, memory_order_acquire) != 0)
		return false;
	theirs = box->content;
	box->content = *h;
	*h = theirs;
	atomic_store_explicit(&box->closed, 0, memory_order_release);
	return true;
}

void holding_let_go(struct holding *h)
{
	if (h->kind == LENT)
		expect(labyrinth_claim_take_back(&h->claim) == LABYRINTH_OK, "a lent frame comes back",
		       h->claim.status);
	if (h->kind == BLOCK)
		expect(labyrinth_free_pages(lab, h->page, h->order) == LABYRINTH_OK, "a block is freed", h->order);
	else if (h->kind != NOTHING)
		expect(labyrinth_claim_release(&h->claim) == LABYRINTH_OK, "a claim is released", h->claim.status);
	h->kind = NOTHING;
}

void holdings_empty_boxes(void)
{
	for (unsigned i = 0; i < BOXES; i++)
		holding_let_go(&boxes[i].content);
}
