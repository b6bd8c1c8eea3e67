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

static bool in_run(const struct buddy_run *run, unsigned offset)
{
	return (run->words >> offset / 64 & 1) && (run->frames[offset / 64] >> offset % 64 & 1);
}

static unsigned model_large(const struct model *m)
{
	unsigned blocks = 0;

	for (unsigned k = ROW_ORDER; k <= BLOCK_ORDER; k++)
		for (unsigned i = 0; i < BLOCK_FRAMES; i += 1u << k)
			blocks += model_free_at(m, i, k);
	return blocks;
}

/*
 * Which frames a run should hold: of the smallest blocks first, the lowest of them first; when it is long enough, only
 * single ones of the same 64, and no more than that of the only block of a row or more.
 */
static unsigned model_take_run(struct model *m, unsigned most, bool taken[BLOCK_FRAMES])
{
	unsigned count = 0, last = 0;

	for (unsigned k = 0; k <= BLOCK_ORDER && count < most;) {
		unsigned offset = model_lowest(m, k);

		if (offset == BLOCK_FRAMES) {
			k++;
			continue;
		}
		if (count >= BUDDY_RUN_ENOUGH && (k > 0 || offset / 64 != last / 64))
			break;
		last = offset;
		if (k >= ROW_ORDER && model_large(m) == 1 && most - count > BUDDY_RUN_ENOUGH)
			most = count + BUDDY_RUN_ENOUGH;
		for (unsigned i = 0; i < 1u << k && count < most; i++, count++)
			taken[offset + i] = true;
		model_set(m, offset, k, false);
		for (unsigned i = 0; i < 1u << k; i++)
			if (!taken[offset + i])
				model_set(m, offset + i, 0, true);
	}
	return count;
}

/* Which rows may be new: those of frames taken out of blocks of a row or more. */
static void assert_rows(const struct page_block *before, const bool taken[BLOCK_FRAMES], uint32_t rows)
{
	for (unsigned i = 0; i < BLOCK_FRAMES; i++) {
		bool small = false;

		for (unsigned k = 0; k < ROW_ORDER; k++)
			small = small || labyrinth_buddy_free_at(before, i & ~((1u << k) - 1), k);
		assert_true(!taken[i] || small || (rows >> i / ROW_FRAMES & 1));
	}
}

/* Of orders above the largest there are as many free blocks as before, and of that one fewer. */
static void assert_run(struct page_block *pb, struct model *m, unsigned most)
{
	bool taken[BLOCK_FRAMES] = { false };
	struct page_block before = *pb;
	struct buddy_run run;

	assert_int_equal(labyrinth_buddy_take_run(pb, most, &run), model_take_run(m, most, taken));
	for (unsigned i = 0; i < BLOCK_FRAMES; i++)
		if (in_run(&run, i) != taken[i])
			fail_msg("frame %u should %sbe in the run", i, taken[i] ? "" : "not ");
	assert_rows(&before, taken, run.rows);
	for (unsigned k = run.largest + 1; k <= BLOCK_ORDER; k++)
		assert_int_equal(labyrinth_buddy_count(pb, k), labyrinth_buddy_count(&before, k));
	if (labyrinth_buddy_frames(pb) != labyrinth_buddy_frames(&before))
		assert_true(labyrinth_buddy_count(pb, run.largest) < labyrinth_buddy_count(&before, run.largest));
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
