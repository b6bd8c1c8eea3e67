/*
 * check.c - one function knows every law.
 *
 * Idea    Walk all page blocks frame by frame, count what each frame says it is, then hold the counts against the
 *         zones, the stacks and the owners. Every law is a sentence; docs/laws.md explains them.
 * Needs   Nobody else in the allocator. Only reads.
 */
#include <labyrinth/inspect.h>

#include "compact.h"
#include "debug.h"
#include "instance.h"
#include "magazine.h"
#include "owner.h"
#include "quarantine.h"
#include "reclaim.h"
#include "vault.h"
#include "wait.h"
#include "window.h"
#include "zone.h"

struct audit {
	const struct labyrinth   *lab;
	struct labyrinth_finding  finding;
	uint64_t                  count[FRAME_HOLE + 1]; /* frames by state; FREE only inside free blocks */
	uint64_t                  fences;                /* frames of red zones, by the blocks between them */
	uint64_t                  pending;               /* frames that are to go offline */
	uint64_t                  listed;                /* bits that the trees of a zone should have */
	uint64_t                  moves[LABYRINTH_MAX_MOVERS]; /* frames that name each mover */
	uint64_t                  movable;               /* such frames in the page block at hand         */
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
	return labyrinth_frames_pfn(a->lab->frames, block_page(a->lab->frames, b, offset));
}

/* Order of the free block inside a page block that starts at a frame; above BLOCK_ORDER when none does. */
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
		uint64_t word = frames_word(f, block_page(f, b, i));

		if (word_state(word) != FRAME_FREE)
			return broken(a, "only the first frame of a block carries a state", pfn_at(a, b, i),
			              word_state(word), FRAME_FREE);
		if (free_order(&f->block[b.i], i) <= BLOCK_ORDER)
			return broken(a, "a block that is free does not overlap another block", pfn_at(a, b, i), i,
			              offset);
	}
	return true;
}

/* Exclusive frames are hidden, and no others; bad ones may be either. */
static bool check_reach(struct audit *a, block_t b, unsigned offset, size_t frames, bool exclusive)
{
	const struct isolation *iso = a->lab->isolation;

	for (size_t i = 0; iso->on && i < frames; i++) {
		pfn_t pfn = { pfn_at(a, b, offset).n + i };
		bool hidden = iso->call.hidden(labyrinth_pfn_phys(pfn), iso->call.context);

		if (exclusive && !hidden)
			return broken(a, "no vault or exclusive frame is in the direct map", pfn, hidden, exclusive);
		if (!exclusive && hidden)
			return broken(a, "every other frame is in the direct map", pfn, hidden, exclusive);
	}
	return true;
}

static bool check_free_block(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct page_block *pb = &a->lab->frames->block[b.i];
	uint64_t state = word_state(frames_word(a->lab->frames, block_page(a->lab->frames, b, offset)));

	if (state != FRAME_FREE)
		return broken(a, "a frame of a free block is in no other state", pfn_at(a, b, offset), state,
		              FRAME_FREE);
	for (unsigned k = order + 1; k <= BLOCK_ORDER; k++)
		if (offset % (1u << k) == 0 && labyrinth_buddy_free_at(pb, offset, k))
			return broken(a, "a block is free in one order only", pfn_at(a, b, offset), k, order);
	if (order < BLOCK_ORDER && labyrinth_buddy_free_at(pb, offset ^ 1u << order, order))
		return broken(a, "two free twins are one block", pfn_at(a, b, offset), order, order + 1);
	a->count[FRAME_FREE] += UINT64_C(1) << order;
	return interior_free(a, b, offset, order) && check_reach(a, b, offset, (size_t)1 << order, false);
}

/* A red zone before a block comes with one behind it. */
static bool check_fence(struct audit *a, block_t b, unsigned offset, unsigned order)
{
	const struct page *page = block_page(a->lab->frames, b, offset);
	uint64_t behind;

	if (!fenced(a->lab->frames, page, order))
		return true;
	behind = frames_word(a->lab->frames, page + fence_offset(order));
	if (word_state(behind) != FRAME_FENCE || word_order(behind) != order + 1)
		return broken(a, "a block has a red zone before and behind it, or none", pfn_at(a, b, offset),
		              word_state(behind), FRAME_FENCE);
	a->fences += fence_frames(order);
	return true;
}

/* Can a frame in this state be the first of a block? */
static bool has_order(enum frame_state state)
{
	return state == FRAME_SHARED || state == FRAME_CACHED || state == FRAME_FENCE || state == FRAME_WAITING;
}

/* What a frame says of itself tells whose it is, but for those set aside, and bad ones. */
static bool check_taken_reach(struct audit *a, block_t b, unsigned offset, size_t frames, enum frame_state state)
{
	bool exclusive = state == FRAME_OWNED || state == FRAME_LENT || state == FRAME_MAPPED || state == FRAME_RECYCLED
	                 || state == FRAME_DIRTY;

	return state == FRAME_RESERVED || state == FRAME_OFFLINE || state == FRAME_HOLE
	       || check_reach(a, b, offset, frames, exclusive);
}

static bool check_taken_block(struct audit *a, block_t b, unsigned offset, unsigned *order)
{
	uint64_t word = frames_word(a->lab->frames, block_page(a->lab->frames, b, offset));
	enum frame_state state = word_state(word);

	if (state == FRAME_FREE || state > FRAME_HOLE)
		return broken(a, "every frame is in exactly one state", pfn_at(a, b, offset), state, FRAME_SHARED);
	if ((word & WORD_SHRED) && (state == FRAME_OWNED || state == FRAME_LENT || state == FRAME_MAPPED
	                             || state == FRAME_CACHED))
		return broken(a, "only a shared block says that it is to be shredded", pfn_at(a, b, offset), state,
		              FRAME_SHARED);
	*order = has_order(state) ? word_order(word) : 0;
	if (*order > BLOCK_ORDER || offset % (1u << *order) != 0)
		return broken(a, "a block starts at a multiple of its size", pfn_at(a, b, offset), *order, 0);
	a->count[state] += UINT64_C(1) << *order;
	if (state == FRAME_SHARED && tag_moves(word_tag(word))) {
		a->moves[word_tag(word) - TAG_MOVER]++;
		a->movable++;
	}
	return interior_free(a, b, offset, *order) && (state != FRAME_SHARED || check_fence(a, b, offset, *order))
	       && check_taken_reach(a, b, offset, (size_t)1 << *order, state);
}

/* What was counted in a page block, and who may be at work in it. */
static bool check_note(struct audit *a, block_t b)
{
	const struct block_note *note = &a->lab->frames->note[b.i];

	if (note->movable != a->movable)
		return broken(a, "a page block counts the frames in it that can move", pfn_at(a, b, 0), note->movable,
		              a->movable);
	return note->mobility != MOBILITY_LEAVING || compact_busy(a->lab->compactor)
	       || broken(a, "only a compaction empties page blocks", pfn_at(a, b, 0), MOBILITY_LEAVING,
	                 MOBILITY_MOVABLE);
}

static bool check_block(struct audit *a, block_t b)
{
	const struct page_block *pb = &a->lab->frames->block[b.i];

	a->movable = 0;
	for (unsigned offset = 0; offset < BLOCK_FRAMES;) {
		unsigned order = free_order(pb, offset);
		bool holds = order <= BLOCK_ORDER ? check_free_block(a, b, offset, order)
		                                  : check_taken_block(a, b, offset, &order);

		if (!holds)
			return false;
		offset += 1u << order;
	}
	return check_note(a, b);
}

/* The trees know a page block by its largest free block, under its own mobility only. */
static bool check_trees(struct audit *a, const struct zone *z, block_t b)
{
	const struct block_note *note = &z->frames->note[b.i];
	bool opened = block_opened(z->frames, b);
	unsigned room = opened ? labyrinth_buddy_room(&z->frames->block[b.i]) : 0;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		unsigned want = opened && m == note->mobility ? room : 0;
		unsigned rank = zone_knows(z, (enum mobility)m)
		                ? labyrinth_ranks_of(&z->shape, z->partial[m], zone_bit(z, b)) : 0;

		if (rank != want)
			return broken(a, "the trees of a kind agree with the page blocks", pfn_at(a, b, 0), rank, want);
	}
	a->listed += room != 0;
	return !opened || note->room == room
	       || broken(a, "a page block knows which trees point at it", pfn_at(a, b, 0), note->room, room);
}

/* A page block inside a larger block, from its frame `begin` on: nothing in it is free, or taken, by itself. */
static bool check_inside(struct audit *a, const struct zone *z, block_t b, unsigned begin)
{
	const struct frames *f = z->frames;
	unsigned free = labyrinth_large_at(&z->large, zone_bit(z, b));

	if (!check_trees(a, z, b))
		return false;
	if (block_absent(f, b))
		return broken(a, "memory that has not come yet is in no block", pfn_at(a, b, 0), 1, 0);
	if (begin == 0 && free != 0)
		return broken(a, "a block that is free does not overlap another block", pfn_at(a, b, 0), free, 0);
	for (unsigned i = begin; i < BLOCK_FRAMES && block_opened(f, b); i++) {
		uint64_t word = frames_word(f, block_page(f, b, i));

		if (word_state(word) != FRAME_FREE)
			return broken(a, "only the first frame of a block carries a state", pfn_at(a, b, i),
			              word_state(word), FRAME_FREE);
		if (free_order(&f->block[b.i], i) <= BLOCK_ORDER)
			return broken(a, "a block that is free does not overlap another block", pfn_at(a, b, i), i, 0);
	}
	return !block_opened(f, b) || check_reach(a, b, 0, BLOCK_FRAMES, false);
}

static bool check_free_large(struct audit *a, const struct zone *z, block_t b, unsigned order)
{
	uint64_t state = word_state(frames_word(z->frames, block_page(z->frames, b, 0)));

	if (state != FRAME_FREE)
		return broken(a, "a frame of a free block is in no other state", pfn_at(a, b, 0), state, FRAME_FREE);
	for (unsigned k = order + 1; k <= LABYRINTH_MAX_ORDER && zone_bit(z, b) % large_blocks(k) == 0; k++)
		if (large_free(&z->large, zone_bit(z, b), k))
			return broken(a, "a block is free in one order only", pfn_at(a, b, 0), k, order);
	if (order < LABYRINTH_MAX_ORDER && large_free(&z->large, zone_bit(z, b) ^ large_blocks(order), order))
		return broken(a, "two free twins are one block", pfn_at(a, b, 0), order, order + 1);
	a->count[FRAME_FREE] += UINT64_C(1) << order;
	a->listed++;
	return true;
}

/* The order of the block of page blocks in use that begins at one; 0 when none does. */
static unsigned taken_order(const struct frames *f, block_t b)
{
	uint64_t word = frames_word(f, block_page(f, b, 0));

	return has_order(word_state(word)) && word_order(word) >= BLOCK_ORDER ? word_order(word) : 0;
}

static bool check_taken_large(struct audit *a, block_t b, unsigned order)
{
	enum frame_state state = word_state(frames_word(a->lab->frames, block_page(a->lab->frames, b, 0)));

	a->count[state] += UINT64_C(1) << order;
	return state != FRAME_SHARED || check_fence(a, b, 0, order);
}

/* A block of page blocks lies in one run, at a multiple of its size. */
static bool check_place(struct audit *a, block_t b, unsigned order)
{
	const struct run *r = labyrinth_frames_run(a->lab->frames, b);

	return (order <= LABYRINTH_MAX_ORDER && (r->bit + (b.i - r->first)) % large_blocks(order) == 0
	        && large_blocks(order) <= r->blocks - (b.i - r->first))
	       || broken(a, "a block starts at a multiple of its size", pfn_at(a, b, 0), order, 0);
}

/* What begins at a page block; how many page blocks that is. */
static bool check_blocks(struct audit *a, const struct zone *z, block_t b, uint32_t *blocks)
{
	unsigned free = labyrinth_large_at(&z->large, zone_bit(z, b)), order = taken_order(z->frames, b);

	*blocks = 1;
	if (free == 0 && order == 0) {
		if (!block_opened(z->frames, b) && block_absent(z->frames, b))
			return check_trees(a, z, b);
		if (!block_opened(z->frames, b))
			return broken(a, "a page block that nobody has used is free", pfn_at(a, b, 0), 0, 1);
		return check_trees(a, z, b) && check_block(a, b);
	}
	if (!check_place(a, b, free != 0 ? free : order) || (free != 0 && !check_free_large(a, z, b, free)))
		return false;
	if (free == 0 && !check_taken_large(a, b, order))
		return false;
	*blocks = large_blocks(free != 0 ? free : order);
	for (uint32_t i = 0; i < *blocks; i++)
		if (!check_inside(a, z, (block_t){ b.i + i }, i == 0))
			return false;
	return true;
}

static bool check_summaries(struct audit *a, const struct zone *z)
{
	uint64_t bits = 0;
	bool sound = true;

	for (unsigned m = 0; m < MOBILITIES; m++) {
		if (!zone_knows(z, (enum mobility)m))
			continue;
		sound = sound && labyrinth_ranks_consistent(&z->shape, z->partial[m]);
		bits += labyrinth_ranks_count(&z->shape, z->partial[m]);
	}
	for (unsigned i = 0; i < LARGE_ORDERS; i++) {
		sound = sound && labyrinth_tree_consistent(&z->large.shape[i], z->large.tree[i])
		        && tree_empty(z->large.tree[i]) != (z->large.orders >> i & 1);
		bits += large_count(&z->large, BLOCK_ORDER + i);
	}
	if (!sound)
		return broken(a, "every level of a tree sums up the level below", pfn_at(a, z->first, 0), 0, 1);
	return bits == a->listed
	       || broken(a, "every bit of a tree stands for a free block", pfn_at(a, z->first, 0), bits, a->listed);
}

static bool check_zone(struct audit *a, const struct zone *z)
{
	uint64_t before = a->count[FRAME_FREE];
	uint32_t blocks;

	a->listed = 0;
	for (block_t b = z->first; b.i - z->first.i < z->blocks; b.i += blocks)
		if (!check_blocks(a, z, b, &blocks))
			return false;
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

/* Frames whose word names an owner, by the state of the claim. */
struct claims {
	uint64_t owned, lent, mapped;
};

static struct claims count_claims(const struct frames *f, uint32_t slot)
{
	struct claims claims = { 0 };

	for (block_t b = { 0 }; b.i < f->blocks; b.i++)
		for (unsigned i = 0; i < BLOCK_FRAMES && block_opened(f, b); i++) {
			uint64_t word = frames_word(f, block_page(f, b, i));

			if (word_owner(word) == slot) {
				claims.owned += word_state(word) == FRAME_OWNED;
				claims.lent += word_state(word) == FRAME_LENT;
				claims.mapped += word_state(word) == FRAME_MAPPED;
			}
		}
	return claims;
}

static bool check_owner(struct audit *a, const struct owner *o, uint32_t slot)
{
	uint64_t word = owner_load(o);
	struct claims claims;

	if (word % OWNER_BORN == 0)
		return true;
	claims = count_claims(a->lab->frames, slot);
	return agree(a, "an owner's count of claims is the number of frames that name it", owner_out(word),
	             claims.owned + claims.lent + claims.mapped)
	       && agree(a, "an owner's count of lent frames is the number of frames that say so", owner_lent(word),
	                claims.lent + claims.mapped)
	       && agree(a, "an owner's count of mapped frames is the number of frames that say so",
	                atomic_load_explicit(&o->mapped, memory_order_relaxed), claims.mapped)
	       && check_stack(a, "an owner's recycled frames are as many as it counts", &o->recycled,
	                      FRAME_RECYCLED, owner_recycled(word))
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
	             a->count[FRAME_OWNED] + a->count[FRAME_LENT] + a->count[FRAME_MAPPED], out)
	       && agree(a, "every recycled frame is kept by an owner that counts it", a->count[FRAME_RECYCLED],
	                recycled);
}

/* The slots of a CPU that frames say they are in. */
static uint32_t slots_named(const struct frames *f, unsigned cpu)
{
	uint32_t slots = 0;

	for (block_t b = { 0 }; b.i < f->blocks; b.i++)
		for (unsigned i = 0; i < BLOCK_FRAMES && block_opened(f, b); i++) {
			uint64_t word = frames_word(f, block_page(f, b, i));

			if (word_state(word) == FRAME_MAPPED && word_cpu(word) == cpu)
				slots |= UINT32_C(1) << word_window(word);
		}
	return slots;
}

static bool check_windows(struct audit *a)
{
	const struct isolation *iso = a->lab->isolation;
	uint64_t mapped = 0;

	for (unsigned cpu = 0; cpu < iso->cpus; cpu++) {
		uint32_t in_use = (UINT32_C(1) << window_depth(iso, cpu)) - 1;

		if (in_use != 0 && slots_named(a->lab->frames, cpu) != in_use)
			return broken(a, "every window slot in use shows a frame that says so", (pfn_t){ cpu },
			              slots_named(a->lab->frames, cpu), in_use);
		mapped += window_depth(iso, cpu);
	}
	return agree(a, "every mapped frame is in a window of its own", a->count[FRAME_MAPPED], mapped);
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
	                reserve_count(&v->stock) + reserve_count(&v->dirty),
	                promised + vault_surplus(v) + a->pending + bad_count(&a->lab->frames->bad->spares));
}

/* Frames of a stack that are exclusive, or are not. */
static bool check_stack_reach(struct audit *a, const struct stack *s, bool exclusive)
{
	const struct frames *f = a->lab->frames;
	const struct page *page = labyrinth_stack_top(s, f);

	for (; page != NULL; page = labyrinth_stack_below(f, page))
		if (!check_reach(a, page_block_of(f, page), (unsigned)(page_index(f, page) % BLOCK_FRAMES), 1,
		                 exclusive))
			return false;
	return true;
}

static bool check_aside(struct audit *a)
{
	const struct reserve *r = a->lab->reserve, *v = &a->lab->vault->stock, *dirty = &a->lab->vault->dirty;

	return check_stack(a, "the reserve's count is the number of frames on its stack", &r->stack, FRAME_RESERVED,
	                   reserve_count(r))
	       && check_stack(a, "the vault's count is the number of frames on its stack", &v->stack, FRAME_RESERVED,
	                      reserve_count(v))
	       && check_stack(a, "the count of dirty frames is the number of frames on their stack", &dirty->stack,
	                      FRAME_DIRTY, reserve_count(dirty))
	       && agree(a, "every dirty frame waits in the vault to be shredded", a->count[FRAME_DIRTY],
	                reserve_count(dirty))
	       && agree(a, "every frame set aside is in the reserve or in the vault", a->count[FRAME_RESERVED],
	                reserve_count(r) + reserve_count(v))
	       && check_stack_reach(a, &r->stack, false) && check_stack_reach(a, &v->stack, true);
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

/* As many as there is room for, and that is as much as there may be. */
static bool check_room(struct audit *a, const struct magazine *own)
{
	uint32_t room = (uint32_t)(own->end - own->kept), most = a->lab->magazines->capacity;

	return (magazine_count(own) <= room && room <= most)
	       || broken(a, "a magazine holds at most its room, and has room for at most its capacity", (pfn_t){ 0 },
	                 magazine_count(own) > room ? magazine_count(own) : room,
	                 magazine_count(own) > room ? room : most);
}

static bool check_magazines(struct audit *a)
{
	const struct magazines *m = a->lab->magazines;

	for (uint32_t i = 0; i < magazines_front_ends(m); i++)
		if (!check_room(a, &m->at[i])
		    || !check_kept(a, m->at[i].kept, magazine_count(&m->at[i]))
		    || !check_kept(a, m->at[i].kept + m->capacity, m->at[i].leaving)
		    || !check_kept(a, &m->at[i].large, m->at[i].large != NULL))
			return false;
	return agree(a, "every cached frame is in one magazine", a->count[FRAME_CACHED], labyrinth_magazines_count(m));
}

/* Adds up the frames of the blocks in the ring. */
static bool check_quarantined(struct audit *a, const struct quarantine *q, uint64_t *frames)
{
	for (uint32_t i = 0, at = q->oldest; i < q->count; i++, at = at + 1 == q->capacity ? 0 : at + 1) {
		uint64_t word = word_load(q->at[at]);

		if (word_state(word) != FRAME_WAITING)
			return broken(a, "a block in the quarantine is in no other state",
			              labyrinth_frames_pfn(a->lab->frames, q->at[at]), word_state(word),
			              FRAME_WAITING);
		*frames += UINT64_C(1) << word_order(word);
	}
	return true;
}

static bool check_debug(struct audit *a)
{
	const struct quarantine *q = a->lab->quarantine;
	uint64_t waiting = 0;

	return agree(a, "every red zone lies beside the block that it is for", a->count[FRAME_FENCE], a->fences)
	       && agree(a, "the count of frames in red zones is what there is", debug_fenced(a->lab), a->fences)
	       && (q == NULL || check_quarantined(a, q, &waiting))
	       && agree(a, "every block that waits is in the quarantine", a->count[FRAME_WAITING], waiting)
	       && agree(a, "the count of frames in quarantine is what there is", labyrinth_quarantine_frames(q),
	                waiting);
}

static bool check_pressure(struct audit *a)
{
	const struct reclaimer *r = a->lab->reclaimer;
	uint32_t registered = 0, running = 0;

	for (uint32_t i = 0; i < r->slots; i++) {
		registered += r->at[i].generation % 2;
		running += r->at[i].running;
	}
	return agree(a, "those who sleep are announced to those who free", (attention(a->lab) & ATTEND_WAITERS) != 0,
	             a->lab->waiters->count > 0)
	       && agree(a, "the count of shrinkers is the number of slots taken",
	                atomic_load_explicit(&r->registered, memory_order_relaxed), registered)
	       && (running <= r->sweeping
	           || broken(a, "one scan runs at a time, in a sweep", (pfn_t){ 0 }, running, r->sweeping));
}

static bool check_movers(struct audit *a)
{
	for (uint32_t i = 0; i < LABYRINTH_MAX_MOVERS; i++) {
		uint64_t word = mover_load(&a->lab->movers->at[i]);

		if (!agree(a, "a mover counts the frames that carry its tag", mover_frames(word), a->moves[i]))
			return false;
		if (!mover_alive(word) && a->moves[i] > 0)
			return broken(a, "a tag names a live mover", (pfn_t){ i }, mover_generation(word), 1);
	}
	return true;
}

static bool is_free(const struct labyrinth *lab, uint64_t index)
{
	const struct frames *f = lab->frames;
	const struct zone *z = zone_of(lab->zones, &f->page[index]);
	block_t b = { (uint32_t)(index / BLOCK_FRAMES) };

	return labyrinth_large_around(&z->large, zone_bit(z, b), BLOCK_ORDER) != 0
	       || (block_opened(f, b)
	           && labyrinth_buddy_free_in(&f->block[b.i], (unsigned)(index % BLOCK_FRAMES), 0));
}

/* Which frames are to go offline: such as are in use. */
static bool check_pending(struct audit *a)
{
	const struct frames *f = a->lab->frames;
	uint64_t frames = (uint64_t)f->blocks * BLOCK_FRAMES, at = 0;

	while ((at = labyrinth_bad_next(f->bad, at, frames)) < frames) {
		if (is_free(a->lab, at) || word_state(frames_word(f, &f->page[at])) == FRAME_OFFLINE)
			return broken(a, "a frame that is to go offline is in use",
			              labyrinth_frames_pfn(f, &f->page[at]), 0, 1);
		a->pending++;
		at++;
	}
	return agree(a, "the count of frames that are to go offline is what the list holds",
	             atomic_load_explicit(&f->bad->marked, memory_order_relaxed), a->pending)
	       && agree(a, "the count of frames that are offline is what there is", bad_count(&f->bad->offline),
	                a->count[FRAME_OFFLINE]);
}

static bool check_sum(struct audit *a)
{
	uint64_t sum = 0;

	for (unsigned state = 0; state < FRAME_HOLE; state++)
		sum += a->count[state];
	return agree(a, "the frames of all states add up to what was usable",
	             sum, instance_usable(a->lab));
}

static bool check_all(struct audit *a)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (!check_zone(a, &a->lab->zones[z]))
			return false;
	return check_magazines(a) && check_aside(a) && check_owners(a) && check_windows(a) && check_pending(a)
	       && check_ledger(a) && check_debug(a)
	       && check_pressure(a)
	       && check_movers(a) && check_sum(a);
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
