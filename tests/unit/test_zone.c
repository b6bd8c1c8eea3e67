/*
 * test_zone.c - which block a zone gives, beside a model that looks at every frame; locks, interrupts and counts.
 *
 * Idea    The choice depends on the set of free frames and on the mobility of each page block alone. The model
 *         keeps just these and finds the block by scanning.
 */
#include "kit.h"

#include "dice.h"

#define BLOCKS 5u
#define FRAMES (BLOCKS * BLOCK_FRAMES)

static const uint64_t machine[][2] = { { GIB4, GIB4 + FRAMES }, { 0, 0 } };

struct model {
	bool          free[FRAMES];
	enum mobility mobility[BLOCKS];
};

static bool all_free(const struct model *m, unsigned at, unsigned order)
{
	for (unsigned i = at; i < at + (1u << order); i++)
		if (!m->free[i])
			return false;
	return true;
}

/* A free block of exactly this order: its frames are free, its parent's are not all. */
static bool is_block(const struct model *m, unsigned at, unsigned order)
{
	return all_free(m, at, order) && (order == BLOCK_ORDER || !all_free(m, at & ~((2u << order) - 1), order + 1));
}

/* The lowest free block of exactly this order in page blocks of one mobility; FRAMES when there is none. */
static unsigned lowest(const struct model *m, unsigned order, enum mobility mobility)
{
	for (unsigned at = 0; at < FRAMES; at += 1u << order)
		if ((order == BLOCK_ORDER || m->mobility[at / BLOCK_FRAMES] == mobility) && is_block(m, at, order))
			return at;
	return FRAMES;
}

static unsigned model_partial(const struct model *m, unsigned order, enum mobility mobility)
{
	unsigned at = FRAMES;

	for (unsigned k = order; k < BLOCK_ORDER && at == FRAMES; k++)
		at = lowest(m, k, mobility);
	return at;
}

/* Where the next block comes from; FRAMES when nothing fits. */
static unsigned model_take(struct model *m, unsigned order, enum mobility mobility)
{
	enum mobility other = mobility == MOBILITY_SHARED ? MOBILITY_EXCLUSIVE : MOBILITY_SHARED;
	unsigned at = model_partial(m, order, mobility);

	if (at == FRAMES) {
		at = lowest(m, BLOCK_ORDER, mobility);
		if (at != FRAMES)
			m->mobility[at / BLOCK_FRAMES] = mobility;
	}
	if (at == FRAMES)
		at = model_partial(m, order, other);
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
	for (unsigned i = 0; page != NULL && i < 1u << order; i++)
		assert_int_equal(word_state(word_load(page + i)), FRAME_FREE);
	return at;
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

		for (unsigned i = 0; i < FRAMES >> order; i++) {
			assert_int_equal(take(&a, m, order, MOBILITY_SHARED), i << order);
			assert_int_equal(zone_free(normal(&a)), FRAMES - ((i + 1) << order));
		}
		assert_int_equal(take(&a, m, order, MOBILITY_SHARED), FRAMES);
		for (unsigned i = FRAMES >> order; i-- > 0;)
			put(&a, m, i << order, order);
		assert_lawful(a.lab);
		assert_int_equal(stats_of(a.lab).zone[LABYRINTH_ZONE_NORMAL].free_blocks[BLOCK_ORDER], BLOCKS);
		free(m);
		arena_end(&a);
	}
}

static void mobilities_keep_apart_while_they_can(void **state)
{
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), 0);
	assert_int_equal(take(&a, m, 0, MOBILITY_EXCLUSIVE), BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), 1);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), 2 * BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), 3 * BLOCK_FRAMES);
	assert_int_equal(take(&a, m, 9, MOBILITY_SHARED), 4 * BLOCK_FRAMES);
	for (unsigned i = 0; i < 510; i++)
		take(&a, m, 0, MOBILITY_SHARED);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), BLOCK_FRAMES + 1); /* nothing else is left */
	put(&a, m, BLOCK_FRAMES, 0);
	put(&a, m, BLOCK_FRAMES + 1, 0);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), BLOCK_FRAMES); /* whole again: anybody's */
	assert_int_equal(a.lab->frames->note[1].mobility, MOBILITY_SHARED);
	free(m);
	arena_end(&a);
}

static void the_smallest_block_that_fits(void **state)
{
	struct arena a = machine_new();
	struct model *m = model_new();

	(void)state;
	take(&a, m, 9, MOBILITY_SHARED);
	put(&a, m, 16, 4);
	put(&a, m, 64, 2);
	put(&a, m, 100, 0);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), 100);
	assert_int_equal(take(&a, m, 0, MOBILITY_SHARED), 64);
	assert_int_equal(take(&a, m, 3, MOBILITY_SHARED), 16);
	assert_int_equal(take(&a, m, 2, MOBILITY_SHARED), 24);
	assert_int_equal(take(&a, m, 1, MOBILITY_SHARED), 66);
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
		if (step % 500 == 0)
			bias = 1 + (unsigned)dice_below(&dice, 3); /* mostly taking, or mostly giving back */
		if (dice_below(&dice, 4) < bias && count < FRAMES) {
			unsigned order = (unsigned)dice_below(&dice, dice_below(&dice, BLOCK_ORDER + 1) + 1);

			enum mobility mobility = (enum mobility)dice_below(&dice, MOBILITIES);

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(limits),
		kit_test(zone_of_every_page),
		kit_test(in_order_to_the_last_frame),
		kit_test(mobilities_keep_apart_while_they_can),
		kit_test(the_smallest_block_that_fits),
		kit_test(random_steps),
		kit_test(a_held_lock_is_not_waited_for),
		kit_test(interrupts_are_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
