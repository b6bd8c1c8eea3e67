/*
 * test_stack.c - the lock-free stack: last in, first out, and a head that never repeats.
 */
#include "kit.h"

#include "dice.h"
#include "stack.h"

#define FRAMES  16u

static struct page pages[FRAMES];
static const struct frames frames = { .page = pages };

/* An empty stack, and frames that read FREE with generations of their own. */
static struct stack stack_new(void)
{
	struct stack s;

	memset(&s, 0xa5, sizeof(s));
	labyrinth_stack_init(&s);
	for (unsigned i = 0; i < FRAMES; i++)
		word_store(&pages[i], word_make(FRAME_FREE, 100 + i, 0, 0));
	return s;
}

static uint64_t tag(const struct stack *s)
{
	return s->head & STACK_TAG;
}

static void assert_loose(const struct page *page)
{
	assert_int_equal(word_load(page), word_make(FRAME_FREE, 100 + (uint32_t)(page - pages), 0, 0));
}

static void an_empty_stack(void **state)
{
	struct stack s = stack_new();
	uint64_t head = s.head;

	(void)state;
	assert_null(labyrinth_stack_pop(&s, &frames));
	assert_null(labyrinth_stack_top(&s, &frames));
	assert_int_equal(s.head, head);
}

static void last_in_first_out(void **state)
{
	static const enum frame_state states[] = { FRAME_DIRTY, FRAME_RESERVED };
	struct stack s = stack_new();

	(void)state;
	for (unsigned i = 0; i < FRAMES; i++) {
		labyrinth_stack_push(&s, &frames, &pages[i], states[i % 2]);
		assert_int_equal(word_state(word_load(&pages[i])), states[i % 2]);
		assert_int_equal(word_generation(word_load(&pages[i])), 100 + i);
		assert_ptr_equal(labyrinth_stack_top(&s, &frames), &pages[i]);
	}
	for (unsigned i = FRAMES; i-- > 0;) {
		assert_ptr_equal(labyrinth_stack_pop(&s, &frames), &pages[i]);
		assert_loose(&pages[i]);
	}
	assert_null(labyrinth_stack_pop(&s, &frames));
}

static void a_walk_sees_what_is_there(void **state)
{
	static const unsigned order[] = { 5, 0, 15, 7 };
	struct stack s = stack_new();
	const struct page *page;
	size_t i = COUNT(order);

	(void)state;
	for (size_t n = 0; n < COUNT(order); n++)
		labyrinth_stack_push(&s, &frames, &pages[order[n]], FRAME_DIRTY);
	for (page = labyrinth_stack_top(&s, &frames); page != NULL; page = labyrinth_stack_below(&frames, page))
		assert_ptr_equal(page, &pages[order[--i]]);
	assert_int_equal(i, 0);
}

static void every_change_steps_the_tag(void **state)
{
	struct stack s = stack_new();

	(void)state;
	for (uint64_t n = 0; n < 10; n++) {
		assert_int_equal(tag(&s), 2 * n);
		labyrinth_stack_push(&s, &frames, &pages[3], FRAME_DIRTY);
		assert_int_equal(tag(&s), 2 * n + 1);
		labyrinth_stack_pop(&s, &frames);
	}
}

/* The same frame on top, with a pop and a push in between: the head of before is not that of now. */
static void the_same_top_is_another_head(void **state)
{
	struct stack s = stack_new();
	uint64_t seen;

	(void)state;
	labyrinth_stack_push(&s, &frames, &pages[1], FRAME_DIRTY);
	labyrinth_stack_push(&s, &frames, &pages[2], FRAME_DIRTY);
	seen = s.head;
	labyrinth_stack_pop(&s, &frames);
	labyrinth_stack_pop(&s, &frames);
	labyrinth_stack_push(&s, &frames, &pages[2], FRAME_DIRTY);
	assert_ptr_equal(labyrinth_stack_top(&s, &frames), &pages[2]);
	assert_int_equal(stack_head_index(s.head), stack_head_index(seen));
	assert_int_not_equal(s.head, seen);
}

static void the_tag_wraps_without_touching_the_index(void **state)
{
	struct stack s = stack_new();

	(void)state;
	s.head |= STACK_TAG; /* the last */
	labyrinth_stack_push(&s, &frames, &pages[9], FRAME_RESERVED);
	assert_int_equal(s.head, UINT64_C(9) << STACK_TAG_BITS);
	s.head |= STACK_TAG;
	assert_ptr_equal(labyrinth_stack_pop(&s, &frames), &pages[9]);
	assert_int_equal(s.head, WORD_NEXT_NONE << STACK_TAG_BITS);
}

/* As if they had been pushed one by one, the highest first, but in one step of the tag. */
static void a_row_in_one_step(void **state)
{
	static const struct { unsigned first, count, below; } rows[] = {
		{ 4, 1, 0 }, { 4, 5, 0 }, { 4, 1, 2 }, { 2, 14, 2 }, { 15, 1, 1 },
	};

	(void)state;
	for (size_t n = 0; n < COUNT(rows); n++) {
		struct stack s = stack_new();
		uint64_t before;

		for (unsigned i = 0; i < rows[n].below; i++)
			labyrinth_stack_push(&s, &frames, &pages[i], FRAME_RESERVED);
		before = tag(&s);
		labyrinth_stack_push_row(&s, &frames, &pages[rows[n].first], rows[n].count, FRAME_RESERVED);
		assert_int_equal(tag(&s), before + 1);
		for (unsigned i = 0; i < rows[n].count; i++) {
			assert_int_equal(word_state(word_load(&pages[rows[n].first + i])), FRAME_RESERVED);
			assert_ptr_equal(labyrinth_stack_pop(&s, &frames), &pages[rows[n].first + i]);
			assert_loose(&pages[rows[n].first + i]);
		}
		for (unsigned i = rows[n].below; i-- > 0;)
			assert_ptr_equal(labyrinth_stack_pop(&s, &frames), &pages[i]);
		assert_null(labyrinth_stack_pop(&s, &frames));
	}
}

static void random_steps(void **state)
{
	struct dice dice = dice_new("stack");
	struct stack s = stack_new();
	struct page *in[FRAMES], *out[FRAMES];
	unsigned inside = 0, outside = 0;

	(void)state;
	for (unsigned i = 0; i < FRAMES; i++)
		out[outside++] = &pages[i];
	for (unsigned step = 0; step < 20000; step++)
		if (outside > 0 && dice_below(&dice, 2)) {
			labyrinth_stack_push(&s, &frames, out[--outside], FRAME_RESERVED);
			in[inside++] = out[outside];
		} else {
			struct page *wanted = inside > 0 ? in[--inside] : NULL;

			assert_ptr_equal(labyrinth_stack_pop(&s, &frames), wanted);
			if (wanted != NULL)
				out[outside++] = wanted;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_stack),
		cmocka_unit_test(last_in_first_out),
		cmocka_unit_test(a_walk_sees_what_is_there),
		cmocka_unit_test(every_change_steps_the_tag),
		cmocka_unit_test(the_same_top_is_another_head),
		cmocka_unit_test(the_tag_wraps_without_touching_the_index),
		cmocka_unit_test(a_row_in_one_step),
		cmocka_unit_test(random_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
