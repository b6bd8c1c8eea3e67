/*
 * test_buddy.c - the sixteen words of a page block beside 512 booleans.
 *
 * Idea    Twins merge at once, so the set of free frames decides which blocks are free: a block is free as such when
 *         all of its frames are and those of its parent are not. The model needs nothing else.
 */
#include "kit.h"

#include "buddy.h"
#include "dice.h"

struct model {
	bool all[BLOCK_ORDER + 1][BLOCK_FRAMES]; /* [order][block]: every frame of the block is free */
};

static void model_set(struct model *m, unsigned offset, unsigned order, bool value)
{
	for (unsigned i = 0; i < 1u << order; i++)
		m->all[0][offset + i] = value;
	for (unsigned k = 1; k <= BLOCK_ORDER; k++)
		for (unsigned i = 0; i < BLOCK_FRAMES >> k; i++)
			m->all[k][i] = m->all[k - 1][2 * i] && m->all[k - 1][2 * i + 1];
}

static bool model_free_at(const struct model *m, unsigned offset, unsigned order)
{
	return m->all[order][offset >> order] && (order == BLOCK_ORDER || !m->all[order + 1][offset >> (order + 1)]);
}

/* Offset of the lowest free block of exactly this order; BLOCK_FRAMES when there is none. */
static unsigned model_lowest(const struct model *m, unsigned order)
{
	unsigned offset = 0;

	while (offset < BLOCK_FRAMES && !model_free_at(m, offset, order))
		offset += 1u << order;
	return offset;
}

static void assert_same(const struct page_block *pb, const struct model *m)
{
	unsigned room = 0;

	for (unsigned k = 0; k <= BLOCK_ORDER; k++) {
		unsigned count = 0;

		for (unsigned offset = 0; offset < BLOCK_FRAMES; offset += 1u << k) {
			bool wanted = model_free_at(m, offset, k);

			if (labyrinth_buddy_free_at(pb, offset, k) != wanted)
				fail_msg("offset %u order %u should be %s", offset, k, wanted ? "free" : "taken");
			count += wanted;
		}
		assert_int_equal(labyrinth_buddy_count(pb, k), count);
		if (count > 0)
			room = k + 1;
	}
	assert_int_equal(labyrinth_buddy_room(pb), room);
}

static void model_put(struct page_block *pb, struct model *m, unsigned offset, unsigned order)
{
	unsigned top = BLOCK_ORDER;

	model_set(m, offset, order, true);
	while (!model_free_at(m, offset & ~((1u << top) - 1), top))
		top--;
	assert_int_equal(labyrinth_buddy_put(pb, offset, order), top);
}

static unsigned model_take(struct page_block *pb, struct model *m, unsigned from, unsigned order)
{
	unsigned offset = model_lowest(m, from), was;

	assert_int_equal(labyrinth_buddy_take(pb, order, &was), offset);
	assert_int_equal(was, from);
	model_set(m, offset, order, false);
	return offset;
}

static void empty_and_full(void **state)
{
	struct page_block pb;
	struct model m = { 0 };

	(void)state;
	memset(&pb, 0xa5, sizeof(pb));
	labyrinth_buddy_empty(&pb);
	assert_same(&pb, &m);
	memset(&pb, 0xa5, sizeof(pb));
	labyrinth_buddy_fill(&pb);
	model_set(&m, 0, BLOCK_ORDER, true);
	assert_same(&pb, &m);
	assert_int_equal(sizeof(pb), 128);
}

/* A whole page block is taken apart in blocks of each order and put together again, forwards and backwards. */
static void one_order_at_a_time(void **state)
{
	struct page_block pb;
	struct model m = { 0 };

	(void)state;
	labyrinth_buddy_fill(&pb);
	model_set(&m, 0, BLOCK_ORDER, true);
	for (unsigned k = 0; k <= BLOCK_ORDER; k++)
		for (unsigned backwards = 0; backwards < 2; backwards++) {
			unsigned blocks = BLOCK_FRAMES >> k;

			for (unsigned i = 0; i < blocks; i++) {
				unsigned from = k;

				while (labyrinth_buddy_count(&pb, from) == 0)
					from++;
				assert_int_equal(model_take(&pb, &m, from, k), i << k);
			}
			assert_same(&pb, &m);
			for (unsigned i = 0; i < blocks; i++)
				model_put(&pb, &m, (backwards ? blocks - 1 - i : i) << k, k);
			assert_same(&pb, &m);
			assert_true(labyrinth_buddy_free_at(&pb, 0, BLOCK_ORDER));
		}
}

/* Every split of every order: the lower half goes, the upper ones stay. */
static void every_split(void **state)
{
	(void)state;
	for (unsigned from = 0; from <= BLOCK_ORDER; from++)
		for (unsigned order = 0; order <= from; order++) {
			struct page_block pb;
			struct model m = { 0 };
			unsigned last = BLOCK_FRAMES - (1u << from);

			labyrinth_buddy_empty(&pb);
			model_put(&pb, &m, last, from);
			assert_int_equal(model_take(&pb, &m, from, order), last);
			assert_same(&pb, &m);
			for (unsigned k = order; k < from; k++)
				assert_int_equal(labyrinth_buddy_count(&pb, k), 1);
			model_put(&pb, &m, last, order);
			assert_same(&pb, &m);
		}
}

static void neighbours_that_are_no_twins_stay_apart(void **state)
{
	struct page_block pb;
	struct model m = { 0 };

	(void)state;
	labyrinth_buddy_empty(&pb);
	model_put(&pb, &m, 1, 0);
	model_put(&pb, &m, 2, 0); /* 1 and 2 touch, but 0-1 and 2-3 are the twins */
	assert_same(&pb, &m);
	assert_int_equal(labyrinth_buddy_count(&pb, 0), 2);
	model_put(&pb, &m, 3, 0);
	assert_int_equal(labyrinth_buddy_count(&pb, 1), 1);
	model_put(&pb, &m, 0, 0);
	assert_int_equal(labyrinth_buddy_count(&pb, 2), 1);
	assert_same(&pb, &m);
}

struct held {
	unsigned offset, order;
};

static void random_step(struct dice *dice, struct page_block *pb, struct model *m, struct held *held, unsigned *count)
{
	unsigned order = (unsigned)dice_below(dice, dice_below(dice, BLOCK_ORDER + 1) + 1), from = order;

	while (from <= BLOCK_ORDER && model_lowest(m, from) == BLOCK_FRAMES)
		from++;
	if (from <= BLOCK_ORDER && (*count == 0 || dice_below(dice, 2))) {
		held[*count] = (struct held){ model_take(pb, m, from, order), order };
		*count += 1;
	} else if (*count > 0) {
		unsigned i = (unsigned)dice_below(dice, *count);

		model_put(pb, m, held[i].offset, held[i].order);
		*count -= 1;
		held[i] = held[*count];
	}
}

static void random_steps(void **state)
{
	struct dice dice = dice_new("buddy");
	struct held held[BLOCK_FRAMES];
	struct page_block pb;
	struct model m = { 0 };
	unsigned count = 0;

	(void)state;
	labyrinth_buddy_fill(&pb);
	model_set(&m, 0, BLOCK_ORDER, true);
	for (unsigned step = 0; step < 10000; step++) {
		random_step(&dice, &pb, &m, held, &count);
		assert_same(&pb, &m);
	}
	while (count-- > 0)
		model_put(&pb, &m, held[count].offset, held[count].order);
	assert_int_equal(labyrinth_buddy_count(&pb, BLOCK_ORDER), 1);
	assert_same(&pb, &m);
}

static unsigned model_large(const struct model *m)
{
	unsigned blocks = 0;

	for (unsigned k = ROW_ORDER; k <= BLOCK_ORDER; k++)
		for (unsigned i = 0; i < BLOCK_FRAMES; i += 1u << k)
			blocks += model_free_at(m, i, k);
	return blocks;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How long a run out of blocks of an order may be, if the lowest of those is where it is. */
static unsigned model_limit(const struct model *m, unsigned order, unsigned most)
{
	if (order == 0)
		return least(most, BUDDY_RUN_APART);
	if (order < ROW_ORDER)
		return least(most, BUDDY_RUN_ENOUGH);
	return least(most, order > ROW_ORDER && model_large(m) > 1 ? 2 * ROW_FRAMES : ROW_FRAMES);
}

/*
 * May the single frame at an offset join a run of so many, the last of which is at another? Each word after the first
 * makes what is enough to stop at its end, and what is allowed, one less.
 */
static bool model_joins(unsigned count, unsigned most, unsigned begun, unsigned last, unsigned offset)
{
	unsigned word = offset / 64 - begun;

	if (offset / 64 != last / 64 && count + word - 1 >= least(most, BUDDY_RUN_ENOUGH))
		return false;
	return count + word < most;
}

/* Which frames a run should hold: of the smallest blocks, the lowest of them first; one block of a row or more. */
static unsigned model_take_run(struct model *m, unsigned most, bool taken[BLOCK_FRAMES])
{
	unsigned k = 0, count = 0, first, last;

	while (model_lowest(m, k) == BLOCK_FRAMES)
		k++;
	most = model_limit(m, k, most);
	first = last = model_lowest(m, k);
	for (unsigned offset = first; offset != BLOCK_FRAMES && count < most; offset = model_lowest(m, k)) {
		if (k == 0 && !model_joins(count, most, first / 64, last, offset))
			break;
		last = offset;
		model_set(m, offset, k, false);
		for (unsigned i = 0; i < 1u << k; i++)
			if (count < most)
				taken[offset + i] = true, count++;
			else
				model_set(m, offset + i, 0, true);
		if (k >= ROW_ORDER)
			break;
	}
	return count;
}

/* Is the frame in a free block that is smaller than a row? */
static bool in_small(const struct page_block *pb, unsigned offset)
{
	return labyrinth_buddy_around(pb, offset, 0) < ROW_ORDER;
}

/* Which frames are in a run, whose pages are in a list of BUDDY_RUN_MOST places if they do not lie side by side. */
static void run_map(const struct buddy_run *run, const struct page *pages, struct page *const *list,
                    bool got[BLOCK_FRAMES])
{
	const struct page *above = NULL;

	for (unsigned i = 0; i < run->frames; i++) {
		const struct page *page = run->first != NULL ? run->first + i : list[BUDDY_RUN_MOST - 1 - i];

		assert_true(page >= pages && page < pages + BLOCK_FRAMES);
		assert_true(above == NULL || page > above);
		got[page - pages] = true;
		above = page;
	}
}

/* What is said to be lost tells how large the largest block is now, or that one must look. */
static void assert_lost(const struct page_block *before, const struct page_block *pb, unsigned lost)
{
	unsigned were = labyrinth_buddy_room(before), room = labyrinth_buddy_room(pb);

	if (lost < were)
		assert_int_equal(room, were);
	else if (lost == 1)
		assert_int_equal(room, 0);
}

static void assert_run(struct page_block *pb, struct model *m, unsigned most)
{
	bool taken[BLOCK_FRAMES] = { false }, got[BLOCK_FRAMES] = { false };
	struct page *list[BUDDY_RUN_MOST] = { NULL };
	static struct page pages[BLOCK_FRAMES];
	struct page_block before = *pb;
	struct buddy_run run = labyrinth_buddy_take_run(pb, pages, most, list + BUDDY_RUN_MOST);

	assert_int_equal(run.frames, model_take_run(m, most, taken));
	run_map(&run, pages, list, got);
	for (unsigned i = 0; i < BLOCK_FRAMES; i++) {
		if (got[i] != taken[i])
			fail_msg("frame %u should %sbe in the run", i, taken[i] ? "" : "not ");
		assert_true(!got[i] || in_small(&before, i) == (run.first == NULL));
	}
	for (unsigned i = 0; i < BUDDY_RUN_MOST - most; i++)
		assert_null(list[i]);
	assert_lost(&before, pb, run.lost);
	assert_same(pb, m);
}

/* In rounds without a hole the page block is whole at first: blocks of all orders are split. */
static void runs_of_any_length(void **state)
{
	struct dice dice = dice_new("test_buddy");

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct page_block pb;
		struct model m = { 0 };
		unsigned density = 1 + (unsigned)dice_below(&dice, 32);

		labyrinth_buddy_empty(&pb);
		for (unsigned i = 0; i < BLOCK_FRAMES; i++)
			if (dice_below(&dice, density) == 0 || i >= 16 * density) {
				labyrinth_buddy_put(&pb, i, 0);
				model_set(&m, i, 0, true);
			}
		for (unsigned i = 0; i < 20 && labyrinth_buddy_room(&pb) != 0; i++)
			assert_run(&pb, &m, 1 + (unsigned)dice_below(&dice, BUDDY_RUN_MOST));
	}
}

/* How many frames from one on are in no free block. */
static unsigned taken_from(const struct page_block *pb, unsigned begin)
{
	unsigned n = 0;

	while (begin + n < BLOCK_FRAMES && !labyrinth_buddy_free_in(pb, begin + n, 0))
		n++;
	return n;
}

/* As if they came one by one. */
static void frames_in_a_row_come_back_at_once(void **state)
{
	struct dice dice = dice_new("test_buddy");

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		unsigned density = 1 + (unsigned)dice_below(&dice, 64);
		unsigned begin = (unsigned)dice_below(&dice, BLOCK_FRAMES);
		struct page_block pb, one_by_one;
		unsigned largest = 0, n;

		labyrinth_buddy_empty(&pb);
		for (unsigned i = 0; i < BLOCK_FRAMES; i++)
			if (dice_below(&dice, density) == 0)
				labyrinth_buddy_put(&pb, i, 0);
		n = taken_from(&pb, begin);
		if (n == 0)
			continue;
		n = 1 + (unsigned)dice_below(&dice, n);
		one_by_one = pb;
		for (unsigned i = 0; i < n; i++)
			labyrinth_buddy_put(&one_by_one, begin + i, 0);
		for (unsigned i = 0; i < n; i++)
			for (unsigned k = largest; k <= BLOCK_ORDER; k++)
				if (labyrinth_buddy_free_at(&one_by_one, (begin + i) >> k << k, k))
					largest = k;
		assert_int_equal(labyrinth_buddy_put_run(&pb, begin, begin + n), largest);
		assert_memory_equal(&pb, &one_by_one, sizeof(pb));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_and_full),
		cmocka_unit_test(one_order_at_a_time),
		cmocka_unit_test(every_split),
		cmocka_unit_test(neighbours_that_are_no_twins_stay_apart),
		cmocka_unit_test(random_steps),
		cmocka_unit_test(runs_of_any_length),
		cmocka_unit_test(frames_in_a_row_come_back_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
