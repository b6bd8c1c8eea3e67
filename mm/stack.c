/*
 * stack.c - the lock-free stack.
 */
#include "stack.h"

#define TAG_STEP (UINT64_C(1) << 34)

static inline uint64_t head_index(uint64_t head)
{
	return head & (TAG_STEP - 1);
}

/* The head after a change: another top, the next tag. */
static inline uint64_t head_next(uint64_t head, uint64_t index)
{
	return ((head & ~(TAG_STEP - 1)) + TAG_STEP) | index;
}

static bool head_swap(struct stack *s, uint64_t *head, uint64_t index)
{
	return atomic_compare_exchange_weak_explicit(&s->head, head, head_next(*head, index), memory_order_acq_rel,
	                                             memory_order_acquire);
}

void labyrinth_stack_init(struct stack *s)
{
	atomic_store_explicit(&s->head, WORD_NEXT_NONE, memory_order_relaxed);
}

void labyrinth_stack_push(struct stack *s, const struct frames *f, struct page *page, enum frame_state state)
{
	uint32_t generation = word_generation(word_load(page));
	uint64_t head = atomic_load_explicit(&s->head, memory_order_acquire);

	do
		word_store(page, word_link(state, generation, head_index(head)));
	while (!head_swap(s, &head, page_index(f, page)));
}

struct page *labyrinth_stack_pop(struct stack *s, const struct frames *f)
{
	uint64_t head = atomic_load_explicit(&s->head, memory_order_acquire);
	struct page *page;

	do {
		if (head_index(head) == WORD_NEXT_NONE)
			return NULL;
		page = &f->page[head_index(head)];
		/* Somebody may pop it meanwhile and the link be nonsense: then the swap fails. */
	} while (!head_swap(s, &head, word_next(word_load(page))));
	word_store(page, word_loose(word_load(page)));
	return page;
}

struct page *labyrinth_stack_top(const struct stack *s, const struct frames *f)
{
	uint64_t index = head_index(atomic_load_explicit(&s->head, memory_order_acquire));

	return index == WORD_NEXT_NONE ? NULL : &f->page[index];
}

struct page *labyrinth_stack_below(const struct frames *f, const struct page *page)
{
	uint64_t index = word_next(word_load(page));

	return index == WORD_NEXT_NONE ? NULL : &f->page[index];
}
