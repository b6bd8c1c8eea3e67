/*
 * actor.c - the steps: take, give back, hand on, lend, look; each with what must come of it.
 *
 * Writes  Actors' hands.
 */
#include <labyrinth/alloc.h>

#include "test/actor.h"

static struct labyrinth *lab;
static struct stress_owners owners;

void actors_init(struct labyrinth *new_lab, const struct stress_owners *new_owners)
{
	lab = new_lab;
	owners = *new_owners;
	holdings_init(lab, &owners);
}

struct actor actor_new(uint32_t cpu, enum level level)
{
	return (struct actor){ .cpu = cpu, .level = level, .dice = 1 + cpu * LEVELS + (unsigned)level };
}

/* xorshift64: all that is asked of it is variety. */
static uint32_t roll(struct actor *a, uint32_t sides)
{
	a->dice ^= a->dice << 13;
	a->dice ^= a->dice >> 7;
	a->dice ^= a->dice << 17;
	return (uint32_t)(a->dice >> 32) % sides;
}

static void stamp(struct actor *a, struct holding *h, enum look look)
{
	holding_stamp(h, look, (uint64_t)a->cpu << 40 | (uint64_t)a->level << 38 | a->serial++);
}

/* ---- Hands. */

static struct holding *pick(struct actor *a, unsigned kind)
{
	unsigned from = roll(a, HANDS);

	for (unsigned i = 0; i < HANDS; i++)
		if ((unsigned)a->hand[(from + i) % HANDS].kind == kind)
			return &a->hand[(from + i) % HANDS];
	return NULL;
}

static void swap(struct actor *a)
{
	unsigned box = roll(a, BOXES);
	struct holding *h = &a->hand[roll(a, HANDS)];

	if (holding_swap(h, box) && (h->kind == BLOCK || h->kind == CLAIM))
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
	bool sure = holding_is_sure(h);
	enum labyrinth_status status = labyrinth_claim_release(&h->claim);

	expect(status == LABYRINTH_OK, "a claim is released by who holds it", status);
	status = labyrinth_claim_release(&copy);
	expect(status == LABYRINTH_STALE_CLAIM, "a stale copy of a claim is refused", status);
	a->sure -= sure;
	h->kind = NOTHING;
}

static void transfer(struct actor *a)
{
	struct holding *h = pick(a, CLAIM);

	if (h == NULL)
		return;
	stamp(a, h, LOOK_STAMPED);
	bool sure = holding_is_sure(h);
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
		take_back, swap, swap, swap,
	};

	a->steps++;
	things[roll(a, sizeof(things) / sizeof(things[0]))](a);
}

void actor_let_go(struct actor *a)
{
	for (unsigned i = 0; i < HANDS; i++)
		holding_let_go(&a->hand[i]);
	a->sure = 0;
}
