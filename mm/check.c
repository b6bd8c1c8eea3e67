/*
 * check.c - one function knows every law.
 *
 * Idea    Walk all page blocks frame by frame, count what each frame says it is, then hold the counts against the
 *         zones, the stacks and the owners. Every law is a sentence; docs/laws.md explains them.
 * Needs   Nobody else in the allocator. Only reads.
 */
#include <labyrinth/inspect.h>

#include "instance.h"
#include "magazine.h"
#include "owner.h"
#include "vault.h"
#include "zone.h"

struct audit {
	const struct labyrinth   *lab;
	struct labyrinth_finding  finding;
	uint64_t                  count[FRAME_HOLE + 1]; /* frames by state; FREE only inside free blocks */
};

/* Records a broken law. Always false, so that a check can end with it. */
static bool broken(struct audit *a, const char *law, pfn_t pfn, uint64_t found, uint64_t expected)
{
	a->finding = (struct labyrinth_finding){ law, pfn, found, expected };
	return false;
}

static bool agree(struct audit *a, const char *law, uint64_t found, uint64_t expected)
{
	return found == expected || broken(a, law, (pfn_t){ 0 }, found, expected);
}

static pfn_t pfn_at(const struct audit *a, block_t b, unsigned offset)
{
	return (pfn_t){ block_pfn(a->lab->frames, b).n + offset };
}

/* Order of the free block that starts at a frame; above BLOCK_ORDER when none does. */
static unsigned free_order(const struct page_block *pb, unsigned offset)
{
	unsigned k = 0;

	while (k <= BLOCK_ORDER && (offset % (1u << k) != 0 || !labyrinth_buddy_free_at(pb, offset, k)))
		k++;
	return k;
}

/* The frames of a block behind its first one: they read FREE, and no free block starts among them. */
static bool interior_free(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct frames *f = a->lab->frames;

	for (unsigned i = offset + 1; i < offset + (1u << order); i++) {
		uint64_t word = word_load(block_page(f, b, i));

		if (word_state(word) != FRAME_FREE)
			return broken(a, "only the first frame of a block carries a state", pfn_at(a, b, i),
			              word_state(word), FRAME_FREE);
		if (free_order(&f->block[b.i], i) <= BLOCK_ORDER)
			return broken(a, "a block that is free does not overlap another block", pfn_at(a, b, i), i,
			              offset);
	}
	return true;
}

static bool check_free_block(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct page_block *pb = &a->lab->frames->block[b.i];
	uint64_t state = word_state(word_load(block_page(a->lab->frames, b, offset)));

	if (state != FRAME_FREE)
		return broken(a, "a frame of a free block is in no other state", pfn_at(a, b, offset), state,
		              FRAME_FREE);
	for (unsigned k = order + 1; k <= BLOCK_ORDER; k++)
		if (offset % (1u << k) == 0 && labyrinth_buddy_free_at(pb, offset, k))
			return broken(a, "a block is free in one order only", pfn_at(a, b, offset), k, order);
	if (order < BLOCK_ORDER && labyrinth_buddy_free_at(pb, offset ^ 1u << order, order))
		return broken(a, "two free twins are one block", pfn_at(a, b, offset), order, order + 1);
	a->count[FRAME_FREE] += UINT64_C(1) << order;
	return interior_free(a, b, offset, order);
}

static bool check_taken_block(struct audit *a, block_t b, unsigned offset, unsigned *order)
{
	uint64_t word = word_load(block_page(a->lab->frames, b, offset));
	enum frame_state state = word_state(word);

	if (state == FRAME_FREE || state > FRAME_HOLE)
		return broken(a, "every frame is in exactly one state", pfn_at(a, b, offset), state, FRAME_SHARED);
	*order = state == FRAME_SHARED ? word_order(word) : 0;
	if (*order > BLOCK_ORDER || offset % (1u << *order) != 0)
		return broken(a, "a block starts at a multiple of its size", pfn_at(a, b, offset), *order, 0);
	a->count[state] += UINT64_C(1) << *order;
	return interior_free(a, b, offset, *order);
}

static bool check_block(struct audit *a, block_t b)
{
	const struct page_block *pb = &a->lab->frames->block[b.i];

	for (unsigned offset = 0; offset < BLOCK_FRAMES;) {
		unsigned order = free_order(pb, offset);
		bool holds = order <= BLOCK_ORDER ? check_free_block(a, b, offset, order)
		                                  : check_taken_block(a, b, offset, &order);

		if (!holds)
			return false;
		offset += 1u << order;
	}
	return true;
}

/* The trees point at a page block for exactly the orders that it has free, under its own mobility only. */
static bool check_trees(struct audit *a, const struct zone *z, block_t b)
{
	uint32_t bit = b.i - z->first.i;
	bool virgin = block_virgin(z->frames, b);
	bool whole = virgin || labyrinth_buddy_has(&z->frames->block[b.i], BLOCK_ORDER);

	if (tree_test(&z->shape, z->whole, bit) != whole)
		return broken(a, "the tree of whole page blocks agrees with them", block_pfn(z->frames, b), !whole,
		              whole);
	for (unsigned m = 0; m < MOBILITIES; m++)
		for (unsigned k = 0; k < BLOCK_ORDER; k++) {
			bool has = !virgin && m == z->frames->note[b.i].mobility
			           && labyrinth_buddy_has(&z->frames->block[b.i], k);

			if (tree_test(&z->shape, z->partial[m][k], bit) != has)
				return broken(a, "the tree of an order agrees with the page blocks",
				              block_pfn(z->frames, b), !has, has);
		}
	return true;
}

static bool check_summaries(struct audit *a, const struct zone *z)
{
	bool sound = labyrinth_tree_consistent(&z->shape, z->whole);

	for (unsigned m = 0; m < MOBILITIES; m++)
		for (unsigned k = 0; k < BLOCK_ORDER; k++)
			sound = sound && labyrinth_tree_consistent(&z->shape, z->partial[m][k]);
	return sound
	       || broken(a, "every level of a tree sums up the level below", block_pfn(z->frames, z->first), 0, 1);
}

static bool check_zone(struct audit *a, const struct zone *z)
{
	uint64_t before = a->count[FRAME_FREE];

	for (block_t b = z->first; b.i - z->first.i < z->blocks; b.i++) {
		if (!check_trees(a, z, b))
			return false;
		if (block_virgin(z->frames, b))
			a->count[FRAME_FREE] += BLOCK_FRAMES;
		else if (!check_block(a, b))
			return false;
	}
	return (z->blocks == 0 || check_summaries(a, z))
	       && agree(a, "a zone's count of free frames is what its page blocks hold", zone_free(z),
	                a->count[FRAME_FREE] - before);
}

/* Walks a stack that should hold `expected` frames in one state. */
static bool check_stack(struct audit *a, const char *law, const struct stack *s, enum frame_state state,
                        uint64_t expected)
{
	const struct frames *f = a->lab->frames;
	const struct page *page = labyrinth_stack_top(s, f);
	uint64_t n = 0;

	for (; page != NULL && n <= expected; page = labyrinth_stack_below(f, page), n++)
		if (word_state(word_load(page)) != state)
			return broken(a, law, labyrinth_frames_pfn(f, page), word_state(word_load(page)), state);
	return agree(a, law, n, expected);
}

/* Frames whose word names an owner, in either state of a claim. */
static void count_claims(const struct frames *f, uint32_t slot, uint64_t *out, uint64_t *lent)
{
	*out = *lent = 0;
	for (block_t b = { 0 }; b.i < f->blocks; b.i++)
		for (unsigned i = 0; i < BLOCK_FRAMES && !block_virgin(f, b); i++) {
			uint64_t word = word_load(block_page(f, b, i));
			bool is_lent = word_state(word) == FRAME_LENT;

			if (word_owner(word) == slot && (is_lent || word_state(word) == FRAME_OWNED)) {
				*out += 1;
				*lent += is_lent;
			}
		}
}

static bool check_owner(struct audit *a, const struct owner *o, uint32_t slot)
{
	uint64_t word = owner_load(o), out, lent;

	if (word % OWNER_BORN == 0)
		return true;
	count_claims(a->lab->frames, slot, &out, &lent);
	return agree(a, "an owner's count of claims is the number of frames that name it", owner_out(word), out)
	       && agree(a, "an owner's count of lent frames is the number of frames that say so", owner_lent(word),
	                lent)
	       && check_stack(a, "an owner's recycled frames are as many as it counts", &o->recycled, FRAME_DIRTY,
	                      owner_recycled(word))
	       && (owner_held(word) <= o->limit
	           || broken(a, "an owner holds at most its limit", (pfn_t){ slot }, owner_held(word), o->limit))
	       && (owner_recycled(word) <= o->recycle
	           || broken(a, "an owner keeps at most what it may recycle", (pfn_t){ slot }, owner_recycled(word),
	                     o->recycle));
}

static bool check_owners(struct audit *a)
{
	const struct owners *owners = a->lab->owners;
	uint64_t out = 0, recycled = 0;

	for (uint32_t i = 0; i < owners->slots; i++) {
		uint64_t word = owner_load(&owners->at[i]);

		if (!check_owner(a, &owners->at[i], i))
			return false;
		out += owner_out(word);
		recycled += owner_recycled(word);
	}
	return agree(a, "every claimed frame belongs to an owner that counts it",
	             a->count[FRAME_OWNED] + a->count[FRAME_LENT], out)
	       && agree(a, "every unshredded frame is kept by an owner that counts it", a->count[FRAME_DIRTY],
	                recycled);
}

/* What the vault owes, and to whom. */
static bool check_ledger(struct audit *a)
{
	const struct vault *v = a->lab->vault;
	uint64_t promised = 0, guaranteed = 0;

	for (uint32_t i = 0; i < a->lab->owners->slots; i++) {
		const struct owner *o = &a->lab->owners->at[i];
		uint64_t word = owner_load(o);
		uint32_t guarantee = owner_guarantee(o, word);

		guaranteed += guarantee;
		promised += guarantee > owner_held(word) ? guarantee - owner_held(word) : 0;
	}
	return agree(a, "the sum of guarantees is what was admitted", vault_guaranteed(v), guaranteed)
	       && (guaranteed <= v->stock.target
	           || broken(a, "the sum of guarantees is covered by the vault", (pfn_t){ 0 }, guaranteed,
	                     v->stock.target))
	       && agree(a, "the vault holds a frame for every promise and every unit of surplus",
	                reserve_count(&v->stock), promised + vault_surplus(v));
}

static bool check_aside(struct audit *a)
{
	const struct reserve *r = a->lab->reserve, *v = &a->lab->vault->stock;

	return check_stack(a, "the reserve's count is the number of frames on its stack", &r->stack, FRAME_RESERVED,
	                   reserve_count(r))
	       && check_stack(a, "the vault's count is the number of frames on its stack", &v->stack, FRAME_RESERVED,
	                      reserve_count(v))
	       && agree(a, "every frame set aside is in the reserve or in the vault", a->count[FRAME_RESERVED],
	                reserve_count(r) + reserve_count(v));
}

static bool check_kept(struct audit *a, struct page *const *kept, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (word_state(word_load(kept[i])) != FRAME_CACHED)
			return broken(a, "a frame in a magazine is in no other state",
			              labyrinth_frames_pfn(a->lab->frames, kept[i]), word_state(word_load(kept[i])),
			              FRAME_CACHED);
	return true;
}

static bool check_magazines(struct audit *a)
{
	const struct magazines *m = a->lab->magazines;

	for (uint32_t i = 0; m->capacity > 0 && i < 2 * m->cpus; i++)
		if (!check_kept(a, m->at[i].kept, m->at[i].count)
		    || !check_kept(a, m->at[i].kept + m->capacity, m->at[i].leaving))
			return false;
	return agree(a, "every cached frame is in one magazine", a->count[FRAME_CACHED], labyrinth_magazines_count(m));
}

static bool check_sum(struct audit *a)
{
	uint64_t sum = 0;

	for (unsigned state = 0; state < FRAME_HOLE; state++)
		sum += a->count[state];
	return agree(a, "free, cached, set aside, owned, lent, recycled and shared frames add up to what was usable",
	             sum, a->lab->usable);
}

static bool check_all(struct audit *a)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (!check_zone(a, &a->lab->zones[z]))
			return false;
	return check_magazines(a) && check_aside(a) && check_owners(a) && check_ledger(a) && check_sum(a);
}

const char *labyrinth_check(const struct labyrinth *lab, struct labyrinth_finding *finding)
{
	struct audit a = { .lab = lab };

	if (lab == NULL)
		broken(&a, "there is an instance", (pfn_t){ 0 }, 0, 1);
	else if (check_all(&a))
		return NULL;
	if (finding != NULL)
		*finding = a.finding;
	return a.finding.law;
}
