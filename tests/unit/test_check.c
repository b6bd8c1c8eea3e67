/*
 * test_check.c - every law of frames, blocks and trees can be broken, is then the one that is reported, and holds again
 * when the damage is undone.
 */
#include "kit.h"

#include "damage.h"

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

static const struct damage cases[] = {
	{ "only the first frame of a block carries a state", state_inside_a_block },
	{ "a block that is free does not overlap another block", free_inside_a_block },
	{ "a frame of a free block is in no other state", state_of_a_free_block },
	{ "the words of a free block smaller than a row are valid", a_small_block_without_words },
	{ "a block is free in one order only", free_in_two_orders },
	{ "two free twins are one block", unmerged_twins },
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
};

static void every_law_can_be_broken(void **state)
{
	(void)state;
	damage_each(cases, COUNT(cases));
}

/* inspect.h: which numbers disagree. */
static void the_numbers_of_a_finding_disagree(void **state)
{
	(void)state;
	damage_disagrees(cases, COUNT(cases));
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
