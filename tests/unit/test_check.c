/*
 * test_check.c - every law can be broken, is then the one that is reported, and holds again when the damage is undone.
 *
 * Idea    One machine with a frame in every state. Each case damages its metadata by hand and says where; afterwards
 *         the metadata is copied back. So the check itself is tested: it can fail, and it fails for the right reason.
 */
#include "kit.h"

#include "bad.h"
#include "inject.h"
#include "mover.h"
#include "particular.h"
#include "window.h"

#define RESERVE 8u
#define VAULT   16u
#define NOWHERE UINT64_MAX /* the law is about a sum, not about one frame */

/* 71 page blocks: 64 and 4 of them stay whole, the last three are used. */
static const uint64_t machine[][2] = { { GIB4, GIB4 + 71 * BLOCK_FRAMES }, { 0, 0 } };

struct world {
	struct arena      arena;
	struct labyrinth *lab;
	struct zone      *zone;
	labyrinth_owner_t name;
	struct owner     *owner;
	struct page      *shared; /* one frame, at an odd number       */
	struct page      *block;  /* eight frames                      */
	struct page      *hole;   /* one free frame, its twin is taken */
	struct page      *lent;
	struct page      *dirty;
	struct page      *movable;
};

static bool stays(void *context, struct page *from, struct page *to)
{
	(void)context;
	(void)from;
	(void)to;
	return false;
}

static struct page *movable_new(struct labyrinth *lab)
{
	const struct labyrinth_mover who = { "cache", stays, NULL };
	labyrinth_mover_t mover;
	struct labyrinth_grant grant;

	assert_status(labyrinth_mover_register(lab, &who, &mover), LABYRINTH_OK);
	grant = labyrinth_alloc_movable(lab, LABYRINTH_GFP_KERNEL, mover);
	assert_status(grant.status, LABYRINTH_OK);
	return grant.page;
}

static struct world world_new(void)
{
	struct labyrinth_config config = config_of(4, RESERVE, VAULT);
	struct world w;
	struct labyrinth_claim claims[7];
	struct page *single[4];

	config.shrinkers = 2;
	w.arena = arena_new(machine, config);
	w.lab = w.arena.lab;
	w.zone = &w.lab->zones[LABYRINTH_ZONE_NORMAL];
	w.name = must_register(w.lab, 2, 20, 2);
	w.owner = &w.lab->owners->at[w.name.slot];
	w.block = must_alloc(w.lab, LABYRINTH_GFP_KERNEL, 3);
	for (unsigned i = 0; i < 4; i++)
		single[i] = must_alloc(w.lab, LABYRINTH_GFP_KERNEL, 0);
	w.shared = single[1];
	w.hole = single[2];
	must_free(w.lab, w.hole, 0);
	assert_int_equal(claim_many(w.lab, w.name, claims, 7), 7);
	assert_status(labyrinth_claim_lend(&claims[0]), LABYRINTH_OK);
	w.lent = claims[0].page;
	assert_non_null(labyrinth_claim_map(&claims[1]));
	w.dirty = claims[6].page;
	release_many(claims + 4, 3);
	w.movable = movable_new(w.lab);
	return w;
}

static uint64_t pfn(const struct world *w, const struct page *page)
{
	return labyrinth_page_pfn(w->lab, page).n;
}

static unsigned offset(const struct world *w, const struct page *page)
{
	return (unsigned)(page_index(w->lab->frames, page) % BLOCK_FRAMES);
}

/* Where a block has its bit: see buddy.h. */
static unsigned bit_of(unsigned order, unsigned offset)
{
	static const unsigned first_bit[] = { 0, 512, 768, 896, 960, 992, 1008, 1016, 1020, 1022 };

	return first_bit[order] + (offset >> order);
}

/* Turns the bit of a free block over, and the trees with it, so that nothing but the page block is wrong. */
static void flip(struct world *w, const struct page *page, unsigned order)
{
	block_t b = page_block_of(w->lab->frames, page);
	struct page_block *pb = &w->lab->frames->block[b.i];
	unsigned bit = bit_of(order, offset(w, page));
	struct block_note *note = &w->lab->frames->note[b.i];
	unsigned room;

	pb->word[bit / 64] ^= UINT64_C(1) << bit % 64;
	room = labyrinth_buddy_room(pb);
	labyrinth_ranks_change(&w->zone->shape, w->zone->partial[note->mobility], b.i, note->room, room);
	note->room = (uint16_t)room;
}

/* ---- Damage to frames and blocks. */

static uint64_t state_inside_a_block(struct world *w)
{
	word_store(w->block + 3, word_make(FRAME_OWNED, 1, 0, 0));
	return pfn(w, w->block + 3);
}

static uint64_t free_inside_a_block(struct world *w)
{
	flip(w, w->block + 5, 0);
	return pfn(w, w->block + 5);
}

static uint64_t state_of_a_free_block(struct world *w)
{
	word_store(w->hole, word_make(FRAME_SHARED, 0, 0, 0));
	return pfn(w, w->hole);
}

static uint64_t free_in_two_orders(struct world *w)
{
	flip(w, w->hole, 1);
	return pfn(w, w->hole);
}

/* A free block as its two halves. */
static uint64_t unmerged_twins(struct world *w)
{
	struct page *page = w->hole + 2; /* the frames behind the four single ones */
	const struct page_block *pb = &w->lab->frames->block[page_block_of(w->lab->frames, page).i];
	unsigned order = 1;

	while (!labyrinth_buddy_free_at(pb, offset(w, page), order))
		order++;
	flip(w, page, order);
	flip(w, page, order - 1);
	flip(w, page + (1u << (order - 1)), order - 1);
	return pfn(w, page);
}

/* A single frame that is free, where nobody has settled a word. */
static uint64_t a_small_block_without_words(struct world *w)
{
	struct page *page = w->hole - offset(w, w->hole);
	const struct page_block *pb = &w->lab->frames->block[page_block_of(w->lab->frames, page).i];
	unsigned order = ROW_ORDER;

	while (frames_settled(w->lab->frames, page))
		page += ROW_FRAMES;
	while (!labyrinth_buddy_free_at(pb, offset(w, page), order))
		order++;
	flip(w, page, order);
	flip(w, page, 0);
	return pfn(w, page);
}

static uint64_t a_lost_frame(struct world *w)
{
	word_store(w->shared, word_loose(word_load(w->shared)));
	return pfn(w, w->shared);
}

static uint64_t a_state_that_is_none(struct world *w)
{
	word_store(w->shared, FRAME_HOLE + 1);
	return pfn(w, w->shared);
}

static uint64_t a_crooked_block(struct world *w)
{
	word_store(w->shared, word_make(FRAME_SHARED, 0, 1, 0));
	return pfn(w, w->shared);
}

static uint64_t an_order_that_is_none(struct world *w)
{
	struct page *first = w->shared - offset(w, w->shared); /* aligned, whatever the order */

	word_store(first, word_make(FRAME_SHARED, 0, LABYRINTH_MAX_ORDER + 1, 0));
	return pfn(w, first);
}

/* ---- Damage to trees and counts of a zone. */

/* Turns the bit of a block of page blocks over. */
static void flip_large(struct world *w, uint32_t first, unsigned order)
{
	struct large *l = &w->zone->large;
	unsigned bit = bit_of(order - BLOCK_ORDER, first), were = labyrinth_buddy_orders(&l->section[0]);

	l->section[0].word[bit / 64] ^= UINT64_C(1) << bit % 64;
	l->orders = sums_flip(&l->shape, l->marks, 0, were ^ labyrinth_buddy_orders(&l->section[0]));
}

static uint64_t block_number(const struct world *w, block_t b)
{
	return pfn(w, block_page(w->lab->frames, b, 0));
}

static uint64_t a_large_block_forgotten(struct world *w)
{
	flip_large(w, 64, 11);
	return GIB4 + 64 * BLOCK_FRAMES;
}

static uint64_t half_of_a_large_block_forgotten(struct world *w)
{
	flip_large(w, 64, 11);
	flip_large(w, 64, 10);
	return GIB4 + 66 * BLOCK_FRAMES;
}

static uint64_t a_used_block_called_whole(struct world *w)
{
	block_t b = page_block_of(w->lab->frames, w->shared);

	flip_large(w, b.i, 9);
	return block_number(w, b);
}

static uint64_t large_twins_unmerged(struct world *w)
{
	flip_large(w, 64, 11);
	flip_large(w, 64, 10);
	flip_large(w, 66, 10);
	return GIB4 + 64 * BLOCK_FRAMES;
}

static uint64_t a_large_block_in_two_orders(struct world *w)
{
	flip_large(w, 64, 9);
	return GIB4 + 64 * BLOCK_FRAMES;
}

static uint64_t a_large_block_inside_another(struct world *w)
{
	flip_large(w, 40, 11);
	return GIB4 + 40 * BLOCK_FRAMES;
}

static uint64_t a_large_block_beyond_the_memory(struct world *w)
{
	flip_large(w, 64, 11);
	flip_large(w, 64, 12);
	return GIB4 + 64 * BLOCK_FRAMES;
}

static uint64_t a_bit_for_no_page_block(struct world *w)
{
	flip_large(w, 100, 9);
	return GIB4;
}

static uint64_t a_shared_block_over_others(struct world *w)
{
	struct page *first = block_page(w->lab->frames, page_block_of(w->lab->frames, w->shared), 0);

	word_store(first, word_make(FRAME_SHARED, 0, BLOCK_ORDER, 0));
	for (struct page *page = first + 1;; page++)
		if (word_state(frames_word(w->lab->frames, page)) != FRAME_FREE)
			return pfn(w, page);
}

static uint64_t a_page_block_that_forgets_a_tree(struct world *w)
{
	block_t b = page_block_of(w->lab->frames, w->hole);

	note_set_room(&w->lab->frames->note[b.i], note_room(&w->lab->frames->note[b.i]) ^ 1);
	return block_number(w, b);
}

static uint64_t a_page_block_forgotten(struct world *w)
{
	block_t b = page_block_of(w->lab->frames, w->hole);

	labyrinth_ranks_change(&w->zone->shape, w->zone->partial[MOBILITY_SHARED], b.i, w->lab->frames->note[b.i].room,
	                       0);
	return block_number(w, b);
}

static uint64_t more_room_than_there_is(struct world *w)
{
	block_t b = page_block_of(w->lab->frames, w->hole);
	unsigned room = w->lab->frames->note[b.i].room;

	labyrinth_ranks_change(&w->zone->shape, w->zone->partial[MOBILITY_SHARED], b.i, room, room % RANKS + 1);
	return block_number(w, b);
}

static uint64_t room_of_the_wrong_mobility(struct world *w)
{
	block_t b = page_block_of(w->lab->frames, w->hole);

	labyrinth_ranks_change(&w->zone->shape, w->zone->partial[MOBILITY_EXCLUSIVE], b.i, 0, 1);
	return block_number(w, b);
}

/* Says that there is something in a node of the leaves, of claims. */
static struct ranks *promise(struct world *w, unsigned leaf, unsigned rank)
{
	struct ranks *nodes = w->zone->partial[MOBILITY_EXCLUSIVE];

	nodes[0].tree[RANKS_ANY] |= UINT64_C(1) << leaf;
	nodes[0].tree[rank] |= UINT64_C(1) << leaf;
	return &nodes[w->zone->shape.level[1] + leaf];
}

static uint64_t a_root_that_promises_too_much(struct world *w)
{
	*promise(w, 0, 3) = (struct ranks){ { 0 } };
	return GIB4;
}

static uint64_t an_order_that_nobody_asks_for(struct world *w)
{
	w->zone->large.orders &= w->zone->large.orders - 1;
	return GIB4;
}

static uint64_t a_bit_for_a_page_block_beyond_the_memory(struct world *w)
{
	struct ranks *last = promise(w, 1, 3);

	last->tree[RANKS_ANY] |= 1 << 10; /* the 75th page block */
	last->tree[3] |= 1 << 10;
	return GIB4;
}

static uint64_t a_root_that_knows_nothing(struct world *w)
{
	w->zone->large.marks[0] = 0; /* the section */
	return GIB4;
}

static uint64_t a_free_frame_too_many(struct world *w)
{
	w->zone->free++;
	return NOWHERE;
}

static uint64_t a_frame_of_the_zone_too_many(struct world *w)
{
	w->zone->managed++;
	return NOWHERE;
}

/* ---- Damage to what is set aside. */

static uint64_t a_reserve_that_counts_wrong(struct world *w)
{
	w->lab->reserve->count--;
	return NOWHERE;
}

static uint64_t a_reserve_in_a_ring(struct world *w)
{
	struct page *top = labyrinth_stack_top(&w->lab->reserve->stack, w->lab->frames), *bottom = top, *below;

	while ((below = labyrinth_stack_below(w->lab->frames, bottom)) != NULL)
		bottom = below;
	word_store(bottom, word_link(FRAME_RESERVED, 0, page_index(w->lab->frames, top)));
	return NOWHERE;
}

static uint64_t a_vault_that_counts_wrong(struct world *w)
{
	w->lab->vault->stock.count++;
	return NOWHERE;
}

/* An index that is no frame's, under the top one: the walk may not follow it. */
static uint64_t a_link_out_of_the_memory(struct world *w)
{
	struct page *top = labyrinth_stack_top(&w->lab->vault->stock.stack, w->lab->frames);

	word_store(top, word_link(FRAME_RESERVED, 0, WORD_NEXT_NONE - 1));
	return NOWHERE;
}

static uint64_t a_shared_frame_on_the_vaults_stack(struct world *w)
{
	struct page *top = labyrinth_stack_top(&w->lab->vault->stock.stack, w->lab->frames);

	word_store(top, word_make(FRAME_SHARED, 0, 0, 0));
	return pfn(w, top);
}

static uint64_t a_dirty_frame_too_many(struct world *w)
{
	w->lab->vault->dirty.count++;
	return NOWHERE;
}

static uint64_t a_clean_frame_among_the_dirty(struct world *w)
{
	word_store(w->dirty, word_link(FRAME_RESERVED, 0, WORD_NEXT_NONE));
	return pfn(w, w->dirty);
}

static uint64_t a_frame_set_aside_nowhere(struct world *w)
{
	word_store(w->shared, word_link(FRAME_RESERVED, 0, WORD_NEXT_NONE));
	return NOWHERE;
}

/* ---- Damage to owners and the ledger. */

static uint64_t a_claim_too_many(struct world *w)
{
	w->owner->word += OWNER_OUT;
	return NOWHERE;
}

static uint64_t a_loan_too_many(struct world *w)
{
	w->owner->word += OWNER_LENT;
	return NOWHERE;
}

static uint64_t a_lent_frame_that_is_not(struct world *w)
{
	word_store(w->lent, word_make(FRAME_OWNED, word_generation(word_load(w->lent)), 0, w->name.slot));
	return NOWHERE;
}

static uint64_t a_mapped_frame_not_counted(struct world *w)
{
	w->owner->mapped--;
	return NOWHERE;
}

static uint64_t a_window_that_shows_nothing(struct world *w)
{
	w->lab->isolation->at[0].open |= 2;
	return 0; /* the CPU */
}

static uint64_t a_mapped_frame_in_no_window(struct world *w)
{
	window_leave(w->lab->isolation, 0, 0);
	return NOWHERE;
}

static uint64_t a_recycled_frame_too_few(struct world *w)
{
	labyrinth_stack_init(&w->owner->recycled);
	return NOWHERE;
}

static uint64_t a_kept_frame_in_use(struct world *w)
{
	w->owner->kept.word = (page_index(w->lab->frames, w->shared) + 1) << KEPT_SHIFT;
	return labyrinth_page_pfn(w->lab, w->shared).n;
}

static uint64_t a_kept_frame_beyond_the_memory(struct world *w)
{
	w->owner->kept.word = UINT64_MAX - KEPT_SHUT;
	return NOWHERE;
}

static uint64_t above_its_limit(struct world *w)
{
	w->owner->limit = 5;
	return w->name.slot;
}

static uint64_t above_what_it_may_keep(struct world *w)
{
	w->owner->recycle = 1;
	return w->name.slot;
}

static uint64_t a_claim_of_nobody(struct world *w)
{
	word_store(w->shared, word_make(FRAME_OWNED, 1, 0, 3));
	return NOWHERE;
}

static uint64_t a_dirty_frame_of_nobody(struct world *w)
{
	word_store(w->shared, word_link(FRAME_DIRTY, 1, WORD_NEXT_NONE));
	return NOWHERE;
}

static uint64_t a_recycled_frame_of_nobody(struct world *w)
{
	word_store(w->shared, word_link(FRAME_RECYCLED, 1, WORD_NEXT_NONE));
	return NOWHERE;
}

static uint64_t a_guarantee_too_many(struct world *w)
{
	w->lab->vault->guaranteed++;
	return NOWHERE;
}

static uint64_t more_guaranteed_than_there_is(struct world *w)
{
	w->owner->guarantee = VAULT + 1;
	w->lab->vault->guaranteed = VAULT + 1;
	return NOWHERE;
}

static uint64_t a_unit_of_surplus_too_many(struct world *w)
{
	w->lab->vault->surplus++;
	return NOWHERE;
}

static uint64_t a_vault_that_is_full_too_late(struct world *w)
{
	w->lab->vault->full++;
	return NOWHERE;
}

/* ---- Damage to what others are told. */

static uint64_t a_bad_frame_that_nobody_hears_of(struct world *w)
{
	assert_true(labyrinth_bad_mark(w->lab->frames, w->shared));
	return NOWHERE;
}

static uint64_t a_rule_that_is_not_in_force(struct world *w)
{
	w->lab->attention |= ATTEND_INJECTION;
	return NOWHERE;
}

static uint64_t a_rule_that_nobody_asks(struct world *w)
{
	w->lab->injector->version = 1;
	return NOWHERE;
}

static struct block_note *note_of_movable(struct world *w)
{
	return &w->lab->frames->note[page_block_of(w->lab->frames, w->movable).i];
}

static uint64_t a_movable_frame_not_counted(struct world *w)
{
	note_of_movable(w)->movable--;
	return pfn(w, w->movable) / BLOCK_FRAMES * BLOCK_FRAMES;
}

static uint64_t a_page_block_that_leaves_for_ever(struct world *w)
{
	labyrinth_zone_leave(w->zone, page_block_of(w->lab->frames, w->movable));
	return pfn(w, w->movable) / BLOCK_FRAMES * BLOCK_FRAMES;
}

static uint64_t a_mover_that_counts_too_many(struct world *w)
{
	w->lab->movers->at[0].word++;
	return NOWHERE;
}

static uint64_t a_frame_of_a_mover_that_is_gone(struct world *w)
{
	w->lab->movers->at[0].word += MOVER_BORN;
	return 0;
}

static uint64_t a_frame_too_many(struct world *w)
{
	w->lab->usable++;
	return NOWHERE;
}

static uint64_t a_frame_turned_into_a_hole(struct world *w)
{
	word_store(w->shared, word_make(FRAME_HOLE, 0, 0, 0));
	return NOWHERE;
}

/* ---- Damage to what happens when there is too little. */

static uint64_t a_reserve_that_nobody_refills(struct world *w)
{
	w->lab->reserve->target++;
	return NOWHERE;
}

static uint64_t a_claim_to_be_shredded_like_a_shared_block(struct world *w)
{
	word_store(w->lent, word_load(w->lent) | WORD_SHRED);
	return pfn(w, w->lent);
}

static uint64_t a_sleeper_nobody_wakes(struct world *w)
{
	w->lab->waiters->count++;
	return NOWHERE;
}

static uint64_t a_call_for_nobody(struct world *w)
{
	attend(w->lab, ATTEND_WAITERS);
	return NOWHERE;
}

static uint64_t a_shrinker_nobody_counts(struct world *w)
{
	w->lab->reclaimer->at[1].generation++;
	return NOWHERE;
}

static uint64_t a_scan_without_a_sweep(struct world *w)
{
	w->lab->reclaimer->at[0].running = true;
	return NOWHERE;
}

#define SUM "the frames of all states add up to what was usable"

static const struct {
	const char *law;
	uint64_t  (*damage)(struct world *w);
} cases[] = {
	{ "only the first frame of a block carries a state", state_inside_a_block },
	{ "a block that is free does not overlap another block", free_inside_a_block },
	{ "a frame of a free block is in no other state", state_of_a_free_block },
	{ "the words of a free block smaller than a row are valid", a_small_block_without_words },
	{ "a block is free in one order only", free_in_two_orders },
	{ "two free twins are one block", unmerged_twins },
	{ "only a shared block says that it is to be shredded", a_claim_to_be_shredded_like_a_shared_block },
	{ "those who sleep are announced to those who free", a_sleeper_nobody_wakes },
	{ "those who sleep are announced to those who free", a_call_for_nobody },
	{ "who frees is told that the reserve is short", a_reserve_that_nobody_refills },
	{ "the count of shrinkers is the number of slots taken", a_shrinker_nobody_counts },
	{ "one scan runs at a time, in a sweep", a_scan_without_a_sweep },
	{ "every frame is in exactly one state", a_lost_frame },
	{ "every frame is in exactly one state", a_state_that_is_none },
	{ "a block starts at a multiple of its size", a_crooked_block },
	{ "a block starts at a multiple of its size", an_order_that_is_none },
	{ "a page block that nobody has used is free", a_large_block_forgotten },
	{ "a page block that nobody has used is free", half_of_a_large_block_forgotten },
	{ "a page block that nobody has used is free", a_root_that_knows_nothing },
	{ "a frame of a free block is in no other state", a_used_block_called_whole },
	{ "two free twins are one block", large_twins_unmerged },
	{ "a block is free in one order only", a_large_block_in_two_orders },
	{ "a block that is free does not overlap another block", a_large_block_inside_another },
	{ "a block starts at a multiple of its size", a_large_block_beyond_the_memory },
	{ "only the first frame of a block carries a state", a_shared_block_over_others },
	{ "a page block knows which trees point at it", a_page_block_that_forgets_a_tree },
	{ "every bit of a tree stands for a free block", a_bit_for_no_page_block },
	{ "every bit of a tree stands for a free block", a_bit_for_a_page_block_beyond_the_memory },
	{ "the trees of a kind agree with the page blocks", a_page_block_forgotten },
	{ "the trees of a kind agree with the page blocks", more_room_than_there_is },
	{ "the trees of a kind agree with the page blocks", room_of_the_wrong_mobility },
	{ "every level of a tree sums up the level below", a_root_that_promises_too_much },
	{ "every level of a tree sums up the level below", an_order_that_nobody_asks_for },
	{ "a zone's count of free frames is what its page blocks hold", a_free_frame_too_many },
	{ "a zone's count of frames is what its page blocks have", a_frame_of_the_zone_too_many },
	{ "a zone's count of frames is what its page blocks have", a_frame_turned_into_a_hole },
	{ "the reserve's count is the number of frames on its stack", a_reserve_that_counts_wrong },
	{ "the reserve's count is the number of frames on its stack", a_reserve_in_a_ring },
	{ "the vault's count is the number of frames on its stack", a_vault_that_counts_wrong },
	{ "the vault's count is the number of frames on its stack", a_shared_frame_on_the_vaults_stack },
	{ "the vault's count is the number of frames on its stack", a_link_out_of_the_memory },
	{ "the count of dirty frames is the number of frames on their stack", a_dirty_frame_too_many },
	{ "the count of dirty frames is the number of frames on their stack", a_clean_frame_among_the_dirty },
	{ "every dirty frame waits in the vault to be shredded", a_dirty_frame_of_nobody },
	{ "every frame set aside is in the reserve or in the vault", a_frame_set_aside_nowhere },
	{ "an owner's count of claims is the number of frames that name it", a_claim_too_many },
	{ "an owner's count of lent frames is the number of frames that say so", a_loan_too_many },
	{ "an owner's count of lent frames is the number of frames that say so", a_lent_frame_that_is_not },
	{ "an owner's recycled frames are as many as it counts", a_recycled_frame_too_few },
	{ "the frame that an owner released last says that it is recycled", a_kept_frame_in_use },
	{ "the frame that an owner released last says that it is recycled", a_kept_frame_beyond_the_memory },
	{ "an owner holds at most its limit", above_its_limit },
	{ "an owner keeps at most what it may recycle", above_what_it_may_keep },
	{ "every claimed frame belongs to an owner that counts it", a_claim_of_nobody },
	{ "every recycled frame is kept by an owner that counts it", a_recycled_frame_of_nobody },
	{ "an owner's count of mapped frames is the number of frames that say so", a_mapped_frame_not_counted },
	{ "every window slot in use shows a frame that says so", a_window_that_shows_nothing },
	{ "every mapped frame is in a window of its own", a_mapped_frame_in_no_window },
	{ "the sum of guarantees is what was admitted", a_guarantee_too_many },
	{ "the sum of guarantees is covered by the vault", more_guaranteed_than_there_is },
	{ "the surplus of a full vault follows from the guarantees", a_vault_that_is_full_too_late },
	{ "the vault holds a frame for every promise and every unit of surplus", a_unit_of_surplus_too_many },
	{ "a page block counts the frames in it that can move", a_movable_frame_not_counted },
	{ "only a compaction empties page blocks", a_page_block_that_leaves_for_ever },
	{ "a mover counts the frames that carry its tag", a_mover_that_counts_too_many },
	{ "a tag names a live mover", a_frame_of_a_mover_that_is_gone },
	{ "who hands out frames is told that some are to go offline", a_bad_frame_that_nobody_hears_of },
	{ "an injection in force is announced to those who request", a_rule_that_is_not_in_force },
	{ "an injection in force is announced to those who request", a_rule_that_nobody_asks },
	{ SUM, a_frame_too_many },
};

static void every_law_can_be_broken(void **state)
{
	struct world w = world_new();
	void *sound = arena_snapshot(&w.arena), *damaged;

	(void)state;
	assert_lawful(w.lab);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_finding found = { 0 };
		uint64_t where = cases[i].damage(&w);
		const char *law;

		damaged = arena_snapshot(&w.arena);
		law = labyrinth_check(w.lab, &found);
		assert_unchanged(&w.arena, damaged);
		if (law == NULL || strcmp(law, cases[i].law) != 0)
			fail_msg("case %zu: expected \"%s\", found \"%s\"", i, cases[i].law, law ? law : "nothing");
		assert_string_equal(found.law, law);
		assert_int_equal(found.pfn.n, where == NOWHERE ? 0 : where);
		assert_string_equal(labyrinth_check(w.lab, NULL), law);
		memcpy(w.arena.metadata, sound, w.arena.bytes);
		assert_lawful(w.lab);
	}
	free(sound);
	arena_end(&w.arena);
}

/* inspect.h: which numbers disagree. */
static void the_numbers_of_a_finding_disagree(void **state)
{
	struct world w = world_new();
	void *sound = arena_snapshot(&w.arena);
	size_t agree = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct labyrinth_finding found = { 0 };

		cases[i].damage(&w);
		labyrinth_check(w.lab, &found);
		if (found.found == found.expected)
			print_error("case %zu, \"%s\": found and expected are both %llu\n", i, cases[i].law,
			            (unsigned long long)found.found);
		agree += found.found == found.expected;
		memcpy(w.arena.metadata, sound, w.arena.bytes);
	}
	free(sound);
	arena_end(&w.arena);
	assert_int_equal(agree, 0);
}

static void no_instance_breaks_a_law_too(void **state)
{
	struct labyrinth_finding found = { 0 };

	(void)state;
	assert_string_equal(labyrinth_check(NULL, &found), "there is an instance");
	assert_string_equal(found.law, "there is an instance");
	assert_string_equal(labyrinth_check(NULL, NULL), "there is an instance");
}

static void a_sound_machine_has_no_finding(void **state)
{
	struct world w = world_new();
	struct labyrinth_finding found;

	(void)state;
	memset(&found, 0xa5, sizeof(found));
	assert_null(labyrinth_check(w.lab, &found));
	assert_null(labyrinth_check(w.lab, NULL));
	arena_end(&w.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(every_law_can_be_broken),
		kit_test(the_numbers_of_a_finding_disagree),
		kit_test(no_instance_breaks_a_law_too),
		kit_test(a_sound_machine_has_no_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
