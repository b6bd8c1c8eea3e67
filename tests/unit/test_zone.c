/*
 * test_zone.c - which block a zone gives, beside a model that looks at every frame; locks, interrupts and counts.
 *
 * Idea    The choice depends on the set of free frames and on the mobility of each page block alone. The model
 *         keeps just these and finds the block by scanning.
 */
#include "kit.h"

#include "dice.h"
#include "particular.h"

#define BLOCKS 13u /* 8, 4 and 1 */
#define FRAMES (BLOCKS * BLOCK_FRAMES)

static const uint64_t machine[][2] = { { GIB4, GIB4 + FRAMES }, { 0, 0 } };

struct model {
	bool          free[FRAMES];
	enum mobility mobility[BLOCKS];
};

static bool all_free(const struct model *m, unsigned at, unsigned order)
{
	for (unsigned i = at; i < at + (1u << order); i++)
		if (i >= FRAMES || !m->free[i])
			return false;
	return true;
}

/* A free block of exactly this order: its frames are free, its parent's are not all. */
static bool is_block(const struct model *m, unsigned at, unsigned order)
{
	return all_free(m, at, order) && !all_free(m, at & ~((2u << order) - 1), order + 1);
}

/* The lowest free block of exactly this order in page blocks of one mobility; FRAMES when there is none. */
static unsigned lowest(const struct model *m, unsigned order, enum mobility mobility)
{
	for (unsigned at = 0; at < FRAMES; at += 1u << order)
		if ((order >= BLOCK_ORDER || m->mobility[at / BLOCK_FRAMES] == mobility) && is_block(m, at, order))
			return at;
	return FRAMES;
}

/* The order of the largest free block in a page block that is broken, + 1; 0 when there is none. */
static unsigned model_room(const struct model *m, unsigned block)
{
	unsigned at = block * BLOCK_FRAMES, room = 0;

	if (all_free(m, at, BLOCK_ORDER))
		return 0;
	for (unsigned k = 0; k < BLOCK_ORDER; k++)
		for (unsigned i = at; i < at + BLOCK_FRAMES; i += 1u << k)
			if (all_free(m, i, k))
				room = k + 1;
	return room;
}

/* The lowest of the smallest blocks that fit in a page block. */
static unsigned model_fit(const struct model *m, unsigned block, unsigned order)
{
	for (unsigned k = order; k < BLOCK_ORDER; k++)
		for (unsigned at = block * BLOCK_FRAMES; at < (block + 1) * BLOCK_FRAMES; at += 1u << k)
			if (is_block(m, at, k))
				return at;
	return FRAMES;
}

/* A single frame comes from the lowest page block with room; any other block from one with as little as does. */
static unsigned model_partial(const struct model *m, unsigned order, enum mobility mobility)
{
	unsigned best = BLOCKS, least = BLOCK_ORDER + 1;

	for (unsigned b = 0; b < BLOCKS; b++) {
		unsigned room = m->mobility[b] == mobility ? model_room(m, b) : 0;

		if (room <= order || room >= least)
			continue;
		best = b;
		least = order == 0 ? 1 : room;
	}
	return best == BLOCKS ? FRAMES : model_fit(m, best, order);
}

#define LARGEST 12u /* no larger block fits */

/* The lowest page block of a kind with the most room, if that is enough, and a row of frames at least. */
static unsigned model_largest(const struct model *m, unsigned order, enum mobility mobility)
{
	unsigned found = BLOCKS, most = order < ROW_ORDER ? ROW_ORDER : order;

	for (unsigned b = 0; b < BLOCKS; b++)
		if (m->mobility[b] == mobility && model_room(m, b) > most) {
			most = model_room(m, b);
			found = b;
		}
	return found;
}

/* Where a block comes from that another kind has; its page block may become one of ours. */
static unsigned model_of_other(struct model *m, unsigned order, enum mobility mobility, enum mobility other)
{
	unsigned block = other == MOBILITY_LEAVING ? BLOCKS : model_largest(m, order, other);

	if (block == BLOCKS)
		return model_partial(m, order, other);
	m->mobility[block] = mobility;
	return model_fit(m, block, order);
}

/* Where a block comes from when its own kind has none, nor is a page block whole: each of the others is asked. */
static unsigned model_elsewhere(struct model *m, unsigned order, enum mobility mobility)
{
	static const char *asked[MOBILITIES] = {
		[MOBILITY_SHARED] = "RMEL", [MOBILITY_MOVABLE] = "RSEL", [MOBILITY_RECLAIMABLE] = "SMEL",
		[MOBILITY_EXCLUSIVE] = "SRML",
	};
	static const char letters[MOBILITIES + 1] = "SMREL";
	unsigned at = FRAMES;

	for (const char *other = asked[mobility]; *other != '\0' && at == FRAMES; other++)
		at = model_of_other(m, order, mobility, (enum mobility)(strchr(letters, *other) - letters));
	return at;
}

/* Where the next block comes from; FRAMES when nothing fits. */
static unsigned model_take(struct model *m, unsigned order, enum mobility mobility)
{
	unsigned at = model_partial(m, order, mobility);

	for (unsigned k = order < BLOCK_ORDER ? BLOCK_ORDER : order; k <= LARGEST && at == FRAMES; k++) {
		at = lowest(m, k, mobility);
		if (at != FRAMES)
			m->mobility[at / BLOCK_FRAMES] = mobility;
	}
	if (at == FRAMES)
		at = model_elsewhere(m, order, mobility);
	for (unsigned i = 0; at != FRAMES && i < 1u << order; i++)
		m->free[at + i] = false;
	return at;
}

static void model_put(struct model *m, unsigned at, unsigned order)
{
	for (unsigned i = 0; i < 1u << order; i++)
		m->free[at + i] = true;
}

static struct model *model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	memset(m->free, true, sizeof(m->free));
	return m;
}

static struct arena machine_new(void)
{
	return arena_new(machine, config_of(1, 0, 0));
}

static struct zone *normal(const struct arena *a)
{
	return &a->lab->zones[LABYRINTH_ZONE_NORMAL];
}

static unsigned offset_of(const struct arena *a, const struct page *page)
{
	return (unsigned)(labyrinth_page_pfn(a->lab, page).n - GIB4);
}

/* Takes a block and compares it with the model's; FRAMES when both have none. */
static unsigned take(const struct arena *a, struct model *m, unsigned order, enum mobility mobility)
{
	struct page *page = labyrinth_zone_take(normal(a), order, mobility, ZONE_WAIT);
	unsigned wanted = model_take(m, order, mobility), at = page == NULL ? FRAMES : offset_of(a, page);

	if (at != wanted)
		fail_msg("order %u, mobility %u: frame %x, expected %x", order, mobility, at, wanted);
	assert_true(page == NULL || frames_settled(a->lab->frames, page));
	for (unsigned i = 0; page != NULL && i < 1u << order; i++)
		assert_int_equal(word_state(frames_word(a->lab->frames, page + i)), FRAME_FREE);
	return at;
}

static unsigned take_within(const struct arena *a, struct model *m, enum mobility mobility)
{
	struct page *page = labyrinth_zone_take_within(normal(a), mobility);
	unsigned wanted = model_partial(m, 0, mobility);

	assert_int_equal(page == NULL ? FRAMES : offset_of(a, page), wanted);
	if (wanted != FRAMES)
		m->free[wanted] = false;
	return wanted;
}

static void leaves(const struct arena *a, struct model *m, unsigned block)
{
	labyrinth_zone_leave(normal(a), (block_t){ block });
	m->mobility[block] = MOBILITY_LEAVING;
}

static void stays(const struct arena *a, struct model *m, unsigned block)
{
	labyrinth_zone_stay(normal(a), (block_t){ block });
	if (m->mobility[block] == MOBILITY_LEAVING)
		m->mobility[block] = MOBILITY_MOVABLE;
}

static void put(const struct arena *a, struct model *m, unsigned at, unsigned order)
{
	model_put(m, at, order);
	assert_true(labyrinth_zone_put(normal(a), labyrinth_pfn_page(a->lab, (pfn_t){ GIB4 + at }), order, ZONE_WAIT));
}

static void limits(void **state)
{
	const uint64_t block_bytes = BLOCK_FRAMES * LABYRINTH_PAGE_SIZE;

	(void)state;
	assert_int_equal(labyrinth_zone_limit(LABYRINTH_ZONE_DMA) * block_bytes, 16u << 20);
	assert_int_equal(labyrinth_zone_limit(LABYRINTH_ZONE_DMA32) * block_bytes, UINT64_C(4) << 30);
	assert_int_equal(labyrinth_zone_limit(LABYRINTH_ZONE_NORMAL), UINT64_MAX);
}

static void zone_of_every_page(void **state)
{
	struct arena a = arena_new(three_zones, config_of(1, 0, 0));

	(void)state;
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		for (uint64_t pfn = three_zones[z][0]; pfn < three_zones[z][1]; pfn++)
			assert_ptr_equal(zone_of(a.lab->zones, labyrinth_pfn_page(a.lab, (pfn_t){ pfn })),
			                 &a.lab->zones[z]);
	arena_end(&a);
}

static void in_order_to_the_last_frame(void **state)
{
	(void)state;
	for (unsigned order = 0; order <= BLOCK_ORDER; order++) {
		struct arena a = machine_new();
		struct model *m = model_new();

		/* The smallest blocks first: the last page block, four, eight. */
		for (unsigned i = 0; i < FRAMES >> order; i++) {
			take(&a, m, order, MOBILITY_SHARED);
			assert_int_equal(zone_free(normal(&a)), FRAMES - ((i + 1) << order));
		}
		assert_int_equal(take(&a, m, order, MOBILITY_SHARED), FRAMES);
		for (unsigned i = FRAMES >> order; i-- > 0;)
			put(&a, m, i << order, order);
		assert_lawful(a.lab);
		for (unsigned k = 0; k <= LABYRINTH_MAX_ORDER; k++)
			assert_int_equal(stats_of(a.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[k],
			                 k == 9 || k == 11 || k == 12);
		free(m);
		arena_end(&a);
	}
}

static void mobilities_keep_apart_while_they_can(void **state)
{
	const unsigned last = 12 * BLOCK_FRAMES, first = 8 * BLOCK_FRAMES;
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	assert_int_equal(take(&a, m, 12, MOBILITY_SHARED), 0);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), last);
	assert_int_equal(take(&a, m, 0, MOBILITY_EXCLUSIVE), first);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), last + 1);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), first + BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), first + 2 * BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), first + 3 * BLOCK_FRAMES);
	for (unsigned i = 0; i < 510; i++)
		take(&a, m, 0, MOBILITY_SHARED);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), first + 1); /* nothing else is left */
	put(&a, m, first, 0);
	put(&a, m, first + 1, 0);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), first); /* whole again: anybody's */
	assert_int_equal(a.lab->frames->note[8].mobility, MOBILITY_SHARED);
	free(m);
	arena_end(&a);
}

/* All page blocks in use by one kind, all frames taken. */
static void take_all(const struct arena *a, struct model *m, enum mobility mobility)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		assert_int_not_equal(take(a, m, BLOCK_ORDER, mobility), FRAMES);
	assert_int_equal(zone_free(normal(a)), 0);
}

static enum mobility kind_of(const struct arena *a, unsigned block)
{
	return (enum mobility)a->lab->frames->note[block].mobility;
}

static void a_page_block_with_a_free_row_changes_its_kind(void **state)
{
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	take_all(&a, m, MOBILITY_RECLAIMABLE);
	put(&a, m, 3, 0);
	put(&a, m, BLOCK_FRAMES, 3);           /* the largest free block, but half a row */
	assert_int_equal(take(&a, m, 0, MOBILITY_MOVABLE), 3);
	assert_int_equal(take(&a, m, 1, MOBILITY_MOVABLE), BLOCK_FRAMES);
	assert_int_equal(kind_of(&a, 0), MOBILITY_RECLAIMABLE);
	assert_int_equal(kind_of(&a, 1), MOBILITY_RECLAIMABLE);
	put(&a, m, 2 * BLOCK_FRAMES, 4);
	put(&a, m, 3 * BLOCK_FRAMES + 64, 5);  /* the largest, and in its page block, */
	put(&a, m, 3 * BLOCK_FRAMES + 129, 0); /* what fits best                      */
	assert_int_equal(take(&a, m, 0, MOBILITY_MOVABLE), 3 * BLOCK_FRAMES + 129);
	assert_int_equal(kind_of(&a, 3), MOBILITY_MOVABLE);
	assert_int_equal(take(&a, m, 0, MOBILITY_MOVABLE), 3 * BLOCK_FRAMES + 64);
	assert_int_equal(take(&a, m, 5, MOBILITY_MOVABLE), FRAMES);
	assert_int_equal(take(&a, m, 4, MOBILITY_SHARED), 2 * BLOCK_FRAMES); /* all of what the page block has */
	assert_int_equal(kind_of(&a, 2), MOBILITY_SHARED);
	free(m);
	arena_end(&a);
}

/* One kind after the other, whichever has the lowest or the largest. */
static void those_whose_frames_can_go_are_asked_first(void **state)
{
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	for (unsigned i = 0; i < BLOCKS; i++)
		take(&a, m, BLOCK_ORDER, i == 0 ? MOBILITY_RECLAIMABLE : MOBILITY_MOVABLE); /* 12 is first */
	put(&a, m, 0, 8);
	put(&a, m, 12 * BLOCK_FRAMES + 5, 0);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), 12 * BLOCK_FRAMES + 5);
	assert_int_equal(kind_of(&a, 12), MOBILITY_RECLAIMABLE);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), 0);
	assert_int_equal(kind_of(&a, 0), MOBILITY_SHARED);
	free(m);
	arena_end(&a);
}

static void claims_are_last_to_share(void **state)
{
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	take_all(&a, m, MOBILITY_EXCLUSIVE);
	put(&a, m, 0, 8);
	assert_int_equal(take(&a, m, 0, MOBILITY_MOVABLE), 0); /* half of page block 0 is free: it changes sides */
	put(&a, m, 3 * BLOCK_FRAMES, 7);
	assert_int_equal(take(&a, m, 6, MOBILITY_SHARED), 64); /* of the movable ones first */
	assert_int_equal(kind_of(&a, 0), MOBILITY_SHARED);
	assert_int_equal(take(&a, m, 7, MOBILITY_SHARED), 128);
	assert_int_equal(kind_of(&a, 3), MOBILITY_EXCLUSIVE);
	assert_int_equal(take(&a, m, 6, MOBILITY_SHARED), 3 * BLOCK_FRAMES);
	assert_int_equal(kind_of(&a, 3), MOBILITY_SHARED);
	free(m);
	arena_end(&a);
}

static void a_page_block_that_is_being_emptied_is_the_last_resort(void **state)
{
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	take_all(&a, m, MOBILITY_EXCLUSIVE);
	put(&a, m, 0, 8);
	put(&a, m, 512, 0);
	stays(&a, m, 0);
	assert_int_equal(kind_of(&a, 0), MOBILITY_EXCLUSIVE); /* it did not want to leave */
	leaves(&a, m, 0);
	assert_int_equal(labyrinth_zone_free_in(normal(&a), (block_t){ 0 }), 256);
	assert_int_equal(take_within(&a, m, MOBILITY_MOVABLE), FRAMES);
	assert_int_equal(take(&a, m, 0, MOBILITY_MOVABLE), 512);
	assert_int_equal(take(&a, m, 0, MOBILITY_MOVABLE), 0);
	assert_int_equal(kind_of(&a, 0), MOBILITY_LEAVING);
	assert_int_equal(take_within(&a, m, MOBILITY_LEAVING), 1);
	stays(&a, m, 0);
	assert_int_equal(take_within(&a, m, MOBILITY_MOVABLE), 2);
	free(m);
	arena_end(&a);
}

static void the_smallest_block_that_fits(void **state)
{
	const unsigned last = 12 * BLOCK_FRAMES;
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), last);
	put(&a, m, last + 16, 4);
	put(&a, m, last + 64, 2);
	put(&a, m, last + 100, 0);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), last + 100);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), last + 64);
	assert_int_equal(take(&a, m, 3, MOBILITY_SHARED), last + 16);
	assert_int_equal(take(&a, m, 2, MOBILITY_SHARED), last + 24);
	assert_int_equal(take(&a, m, 1, MOBILITY_SHARED), last + 66);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), 8 * BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 10, MOBILITY_SHARED), 10 * BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 10, MOBILITY_SHARED), 0);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), 9 * BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 11, MOBILITY_SHARED), 4 * BLOCK_FRAMES);
	free(m);
	arena_end(&a);
}

struct held {
	unsigned at, order;
};

static void random_steps(void **state)
{
	struct dice dice = dice_new("zone");
	struct arena a = machine_new();
	struct model *m = model_new();
	struct held *held = calloc(FRAMES, sizeof(*held));
	unsigned count = 0, bias = 1;

	(void)state;
	assert_non_null(held);
	for (unsigned step = 0; step < 6000; step++) {
		if (dice_below(&dice, 40) == 0)
			(dice_below(&dice, 2) ? leaves : stays)(&a, m, (unsigned)dice_below(&dice, BLOCKS));
		if (step % 500 == 0)
			bias = 1 + (unsigned)dice_below(&dice, 3); /* mostly taking, or mostly giving back */
		if (dice_below(&dice, 4) < bias && count < FRAMES) {
			unsigned order = (unsigned)dice_below(&dice, dice_below(&dice, LARGEST + 2) + 1);

			enum mobility mobility = (enum mobility)dice_below(&dice, MOBILITY_LEAVING);

			if (dice_below(&dice, 8) == 0)
				held[count] = (struct held){ take_within(&a, m, mobility), 0 };
			else
				held[count] = (struct held){ take(&a, m, order, mobility), order };
			count += held[count].at != FRAMES;
		} else if (count > 0) {
			unsigned i = (unsigned)dice_below(&dice, count);

			put(&a, m, held[i].at, held[i].order);
			held[i] = held[--count];
		}
	}
	while (count-- > 0)
		put(&a, m, held[count].at, held[count].order);
	assert_lawful(a.lab);
	assert_int_equal(zone_free(normal(&a)), FRAMES);
	free(held);
	free(m);
	arena_end(&a);
}

static void a_held_lock_is_not_waited_for(void **state)
{
	struct arena a = machine_new();
	struct page *page = labyrinth_zone_take(normal(&a), 0, MOBILITY_SHARED, ZONE_WAIT);
	void *before;

	(void)state;
	lock_take(&normal(&a)->lock);
	before = arena_snapshot(&a);
	assert_null(labyrinth_zone_take(normal(&a), 0, MOBILITY_SHARED, ZONE_TRY));
	assert_false(labyrinth_zone_put(normal(&a), page, 0, ZONE_TRY));
	assert_unchanged(&a, before);
	lock_drop(&normal(&a)->lock);
	assert_true(labyrinth_zone_put(normal(&a), page, 0, ZONE_TRY));
	assert_int_equal(zone_free(normal(&a)), FRAMES);
	arena_end(&a);
}

/* Interrupts come back as they were, on or off, whatever the outcome. */
static void interrupts_are_as_they_were(void **state)
{
	struct arena a = machine_new();

	(void)state;
	for (unsigned on = 0; on < 2; on++)
		for (unsigned busy = 0; busy < 2; busy++) {
			struct page *page = labyrinth_zone_take(normal(&a), 0, MOBILITY_SHARED, ZONE_WAIT);

			host_irq_on = on;
			if (busy)
				lock_take(&normal(&a)->lock);
			assert_int_equal(labyrinth_zone_take(normal(&a), 9, MOBILITY_SHARED, ZONE_TRY) == NULL, busy);
			assert_int_equal(host_irq_on, on);
			assert_int_equal(labyrinth_zone_put(normal(&a), page, 0, ZONE_TRY), !busy);
			assert_int_equal(host_irq_on, on);
			if (busy)
				lock_drop(&normal(&a)->lock);
		}
	host_irq_on = true;
	arena_end(&a);
}

/* A row in which others may have frames is settled under the lock; one that is the caller's alone is left to him. */
static void the_ends_of_a_span_are_settled(void **state)
{
	static const struct { unsigned first, frames; } cases[] = {
		{ 32, 16 }, { 32, 48 }, { 32, 5 },  { 36, 5 },  { 36, 12 },
		{ 36, 28 }, { 32, 27 }, { 36, 50 }, { 32, 33 }, { 47, 17 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned begin = cases[i].first, end = begin + cases[i].frames;
		struct arena a = machine_new();
		const struct page *page = labyrinth_pfn_page(a.lab, (pfn_t){ GIB4 });

		assert_true(labyrinth_zone_take_span(normal(&a), 0, page + begin, cases[i].frames,
		                                     MOBILITY_SHARED));
		for (unsigned at = ROW_FRAMES; at < BLOCK_FRAMES; at += ROW_FRAMES) {
			bool his = begin < at + ROW_FRAMES && end > at;
			bool alone = begin <= at && end >= at + ROW_FRAMES;

			assert_true(frames_settled(a.lab->frames, page + at) == (his && !alone));
		}
		arena_end(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(limits),
		kit_test(zone_of_every_page),
		kit_test(in_order_to_the_last_frame),
		kit_test(mobilities_keep_apart_while_they_can),
		kit_test(a_page_block_with_a_free_row_changes_its_kind),
		kit_test(those_whose_frames_can_go_are_asked_first),
		kit_test(claims_are_last_to_share),
		kit_test(a_page_block_that_is_being_emptied_is_the_last_resort),
		kit_test(the_smallest_block_that_fits),
		kit_test(the_ends_of_a_span_are_settled),
		kit_test(random_steps),
		kit_test(a_held_lock_is_not_waited_for),
		kit_test(interrupts_are_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
