/*
 * actor.c - the steps: take, give back, hand on, lend, look; each with what must come of it.
 *
 * Writes  Actors' hands, the boxes, the first violation.
 */
#include <stdatomic.h>

#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "test/actor.h"
#include "test/stamp.h"
#include "x86/percpu.h"

#define BOXES 16u

/* A frame on its way from one actor to another. Who finds a box closed goes on without. */
struct box {
	_Atomic uint32_t closed;
	struct holding   content;
};

static struct labyrinth *lab;
static struct stress_owners owners;
static struct box boxes[BOXES];
static const char *_Atomic wrong;
static _Atomic uint64_t wrong_number;

void actors_init(struct labyrinth *new_lab, const struct stress_owners *new_owners)
{
	lab = new_lab;
	owners = *new_owners;
	wrong = NULL;
}

struct actor actor_new(uint32_t cpu, enum level level)
{
	return (struct actor){ .cpu = cpu, .level = level, .dice = 1 + cpu * LEVELS + (unsigned)level };
}

const char *actors_wrong(uint64_t *number)
{
	*number = wrong_number;
	return wrong;
}

static void expect(bool holds, const char *sentence, uint64_t number)
{
	const char *none = NULL;

	if (!holds && atomic_compare_exchange_strong(&wrong, &none, sentence))
		wrong_number = number;
}

/* xorshift64: all that is asked of it is variety. */
static uint32_t roll(struct actor *a, uint32_t sides)
{
	a->dice ^= a->dice << 13;
	a->dice ^= a->dice >> 7;
	a->dice ^= a->dice << 17;
	return (uint32_t)(a->dice >> 32) % sides;
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

static uint64_t new_token(struct actor *a, uint64_t owner)
{
	return stamp_token(owner, (uint64_t)a->cpu << 40 | (uint64_t)a->level << 38 | a->serial++);
}

enum look { LOOK_NEW, LOOK_STAMPED };

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

static void stamp_block(struct actor *a, struct holding *h, enum look look)
{
	volatile uint64_t *frame = labyrinth_page_address(lab, h->page);
	uint64_t token = new_token(a, 0);

	for (unsigned i = 0; i < 1u << h->order; i++)
		look_and_stamp(frame + i * (STAMP_LAST + 1), look, h, 0, token);
	h->token = token;
}

/* Through a window; the depth of three contexts is within what every port has. */
static void stamp_claim(struct actor *a, struct holding *h, enum look look)
{
	uint64_t owner = number_of(h->claim.owner), token = new_token(a, owner);

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

static void stamp(struct actor *a, struct holding *h, enum look look)
{
	if (h->kind == BLOCK)
		stamp_block(a, h, look);
	else
		stamp_claim(a, h, look);
}

/* ---- Hands and boxes. */

static struct holding *pick(struct actor *a, unsigned kind)
{
	unsigned from = roll(a, HANDS);

	for (unsigned i = 0; i < HANDS; i++)
		if ((unsigned)a->hand[(from + i) % HANDS].kind == kind)
			return &a->hand[(from + i) % HANDS];
	return NULL;
}

static bool is_sure(const struct holding *h)
{
	return h->kind != NOTHING && h->kind != BLOCK && same_owner(h->claim.owner, owners.sure);
}

/* Swaps a hand with a box; what is claimed for `sure` stays where it is counted. */
static void swap_box(struct actor *a)
{
	struct box *box = &boxes[roll(a, BOXES)];
	struct holding *h = &a->hand[roll(a, HANDS)], theirs;

	if (is_sure(h) || atomic_exchange_explicit(&box->closed, 1, memory_order_acquire) != 0)
		return;
	theirs = box->content;
	box->content = *h;
	*h = theirs;
	atomic_store_explicit(&box->closed, 0, memory_order_release);
	if (h->kind == BLOCK || h->kind == CLAIM)
		stamp(a, h, LOOK_STAMPED);
}

/* ---- Shared blocks. */

static labyrinth_gfp_t random_gfp(struct actor *a)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_NOWAIT, LABYRINTH_GFP_ATOMIC };
	static const labyrinth_gfp_t more[] = { 0, 0, LABYRINTH_GFP_DMA, LABYRINTH_GFP_DMA32, LABYRINTH_GFP_MOVABLE };

	return kinds[a->level + roll(a, LEVELS - a->level)] | more[roll(a, sizeof(more) / sizeof(more[0]))] |
	       LABYRINTH_GFP_NOWARN;
}

/* Mostly single frames; a task also blocks so large that memory runs out now and then. */
static unsigned random_order(struct actor *a)
{
	if (roll(a, 4) > 0)
		return 0;
	return roll(a, a->level == LEVEL_TASK ? 10 : 4);
}

static void take_block(struct actor *a)
{
	struct holding *h = pick(a, NOTHING);
	unsigned order = random_order(a);

	if (h == NULL)
		return;
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, random_gfp(a), order);

	expect(grant.status == LABYRINTH_OK || grant.status == LABYRINTH_NO_MEMORY,
	       "a request for a block is granted, or refused for want of memory", grant.status);
	a->refused += grant.status != LABYRINTH_OK;
	if (grant.status != LABYRINTH_OK)
		return;
	*h = (struct holding){ .kind = BLOCK, .order = order, .page = grant.page };
	stamp(a, h, LOOK_NEW);
}

static void give_block(struct actor *a)
{
	struct holding *h = pick(a, BLOCK);

	if (h == NULL)
		return;
	stamp(a, h, LOOK_STAMPED);
	enum labyrinth_status status = labyrinth_free_pages(lab, h->page, h->order);

	expect(status == (a->level == LEVEL_NMI ? LABYRINTH_IN_INTERRUPT : LABYRINTH_OK),
	       "a block is freed by who holds it, except in an NMI", status);
	if (status == LABYRINTH_OK)
		h->kind = NOTHING;
}

/* ---- Claims. */

static void claim(struct actor *a)
{
	struct holding *h = pick(a, NOTHING);
	bool sure = a->sure < SURE && roll(a, 3) == 0;

	if (h == NULL)
		return;
	struct labyrinth_claim new = { .lab = lab, .owner = sure ? owners.sure : owners.wild[roll(a, WILD)] };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&new);
	a->refused += new.status != LABYRINTH_OK;
	if (new.status != LABYRINTH_OK) {
		expect(!sure, "a claim within the guarantee is never refused", new.status);
		expect(new.status == LABYRINTH_NO_MEMORY || new.status == LABYRINTH_OVER_LIMIT,
		       "a claim beyond the guarantee is granted, or refused for want of memory, or by its limit",
		       new.status);
		return;
	}
	a->sure += sure;
	*h = (struct holding){ .kind = CLAIM, .claim = new };
	stamp(a, h, LOOK_NEW);
}

static void release(struct actor *a)
{
	struct holding *h = pick(a, CLAIM);

	if (h == NULL)
		return;
	stamp(a, h, LOOK_STAMPED);
	struct labyrinth_claim copy = h->claim;
	enum labyrinth_status status = labyrinth_claim_release(&h->claim);

	expect(status == LABYRINTH_OK, "a claim is released by who holds it", status);
	status = labyrinth_claim_release(&copy);
	expect(status == LABYRINTH_STALE_CLAIM, "a stale copy of a claim is refused", status);
	a->sure -= same_owner(copy.owner, owners.sure);
	h->kind = NOTHING;
}

static void transfer(struct actor *a)
{
	struct holding *h = pick(a, CLAIM);

	if (h == NULL)
		return;
	stamp(a, h, LOOK_STAMPED);
	bool sure = is_sure(h);
	enum labyrinth_status status = labyrinth_claim_transfer(&h->claim, owners.wild[roll(a, WILD)]);

	expect(status == LABYRINTH_OK || status == LABYRINTH_NO_MEMORY || status == LABYRINTH_OVER_LIMIT,
	       "a transfer is made, or refused for want of memory, or by the receiver's limit", status);
	a->refused += status != LABYRINTH_OK;
	a->sure -= sure && status == LABYRINTH_OK;
	stamp(a, h, LOOK_STAMPED); /* the bytes went along */
}

static void lend(struct actor *a)
{
	struct holding *h = pick(a, CLAIM);

	if (h == NULL)
		return;
	expect(labyrinth_claim_lend(&h->claim) == LABYRINTH_OK, "a claim is lent by who holds it", h->claim.status);
	h->kind = LENT;
	expect(labyrinth_claim_release(&h->claim) == LABYRINTH_FRAME_LENT, "a lent frame cannot be released",
	       h->claim.status);
	expect(labyrinth_claim_map(&h->claim) == NULL, "a lent frame cannot be mapped", h->claim.status);
}

static void take_back(struct actor *a)
{
	struct holding *h = pick(a, LENT);

	if (h == NULL)
		return;
	expect(labyrinth_claim_take_back(&h->claim) == LABYRINTH_OK, "a lent frame comes back", h->claim.status);
	h->kind = CLAIM;
	stamp(a, h, LOOK_STAMPED);
}

void actor_step(struct actor *a)
{
	static void (*const things[])(struct actor *) = {
		take_block, take_block, give_block, give_block, claim, claim, release, release, transfer, lend,
		take_back, swap_box, swap_box, swap_box,
	};

	a->steps++;
	things[roll(a, sizeof(things) / sizeof(things[0]))](a);
}

/* ---- The end. */

static void let_go(struct holding *h)
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

void actor_let_go(struct actor *a)
{
	for (unsigned i = 0; i < HANDS; i++)
		let_go(&a->hand[i]);
	a->sure = 0;
}

void actors_empty_boxes(void)
{
	for (unsigned i = 0; i < BOXES; i++)
		let_go(&boxes[i].content);
}
