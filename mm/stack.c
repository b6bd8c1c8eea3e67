/*
 * stack.c - the lock-free stack.
 */
#include "stack.h"

void labyrinth_stack_init(struct stack *s)
{
	atomic_store_explicit(&s->head, WORD_NEXT_NONE << STACK_TAG_BITS, memory_order_relaxed);
}

void labyrinth_stack_push(struct stack *s, const struct frames *f, struct page *page, enum frame_state state)
{
	stack_push(s, f, page, state, word_generation(word_load(page)));
}

static void link(struct page *page, enum frame_state state, uint64_t next)
{
	word_store(page, word_link(state, word_generation(word_load(page)), next));
}

void labyrinth_stack_push_row(struct stack *s, const struct frames *f, struct page *row, uint32_t count,
                              enum frame_state state)
{
	uint64_t head = atomic_load_explicit(&s->head, memory_order_acquire), index = page_index(f, row);

	for (uint32_t i = 0; i + 1 < count; i++)
		link(&row[i], state, index + i + 1);
	do
		link(&row[count - 1], state, stack_head_index(head));
	while (!stack_head_swap(s, &head, index << STACK_TAG_BITS));
}

struct page *labyrinth_stack_pop(struct stack *s, const struct frames *f)
{
	struct page *page = stack_pop(s, f);

	if (page != NULL)
		word_store(page, word_loose(word_load(page)));
	return page;
}

struct page *labyrinth_stack_top(const struct stack *s, const struct frames *f)
{
	uint64_t index = stack_head_index(atomic_load_explicit(&s->head, memory_order_acquire));

	return index == WORD_NEXT_NONE ? NULL : &f->page[index];
}

struct page *labyrinth_stack_below(const struct frames *f, const struct page *page)
{
	uint64_t index = word_next(word_load(page));

	return index == WORD_NEXT_NONE ? NULL : &f->page[index];
}
