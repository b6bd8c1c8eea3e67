/*
 * stack.h - a lock-free stack of frames, popped from any CPU in any context.
 *
 * Idea    (R. K. Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986.) The head is the index of
 *         the top frame and a tag in one 64-bit word; the links are in the frame words, not in the frames. Each change
 *         steps the tag, so a compare-and-swap that was interrupted by a pop and a push of the same frame fails and
 *         starts again. A turn of the loop is repeated only when somebody else got his done.
 * Limits  The tag has 30 bits: a context that is held up inside one turn must not sleep through exactly 2^30 changes.
 */
#ifndef MM_STACK_H
#define MM_STACK_H

#include "page.h"

struct stack {
	_Atomic uint64_t head; /* bits 0..29 tag, 30..63 index of the top frame */
};

/* The index is where a frame word has its link, so that one becomes the other by a mask of 32 bits. */
#define STACK_TAG_BITS 30
#define STACK_TAG      ((UINT64_C(1) << STACK_TAG_BITS) - 1)

static inline uint64_t stack_head_index(uint64_t head)
{
	return head >> STACK_TAG_BITS;
}

static inline bool stack_head_empty(uint64_t head)
{
	return head >= ~STACK_TAG; /* WORD_NEXT_NONE: all ones */
}

/* Makes the index in these bits the head's, with the next tag. On failure *head is what is there now. */
static inline bool stack_head_swap(struct stack *s, uint64_t *head, uint64_t index)
{
	uint64_t next = ((*head + 1) & STACK_TAG) | (index & ~STACK_TAG);

	return atomic_compare_exchange_weak_explicit(&s->head, head, next, memory_order_acq_rel, memory_order_acquire);
}

void labyrinth_stack_init(struct stack *s);

/* Puts a frame that is in the caller's hands alone on the stack; its word becomes (state, generation, next). */
static inline void stack_push(struct stack *s, const struct frames *f, struct page *page, enum frame_state state,
                              uint32_t generation)
{
	uint64_t head = atomic_load_explicit(&s->head, memory_order_acquire);

	do
		word_store(page, word_link(state, generation, stack_head_index(head)));
	while (!stack_head_swap(s, &head, page_index(f, page) << STACK_TAG_BITS));
}

/* The same, with the generation that its word has. */
void labyrinth_stack_push(struct stack *s, const struct frames *f, struct page *page, enum frame_state state);

/* The same for so many frames in a row, with their generations, in one change of the head: the lowest on top. */
void labyrinth_stack_push_row(struct stack *s, const struct frames *f, struct page *row, uint32_t count,
                              enum frame_state state);

/* Takes the top frame, whose word is the caller's to write: it still names the stack. NULL when that is empty. */
static inline struct page *stack_pop(struct stack *s, const struct frames *f)
{
	uint64_t head = atomic_load_explicit(&s->head, memory_order_acquire);
	struct page *page;

	do {
		if (stack_head_empty(head))
			return NULL;
		page = &f->page[stack_head_index(head)];
		/* Somebody may pop it meanwhile and the link be nonsense: then the swap fails. */
	} while (!stack_head_swap(s, &head, word_load(page)));
	return page;
}

/* The same; its word then reads FREE. */
struct page *labyrinth_stack_pop(struct stack *s, const struct frames *f);

/* Equal at two moments: nobody has pushed or popped in between. */
static inline uint64_t stack_stamp(const struct stack *s)
{
	return atomic_load_explicit(&s->head, memory_order_acquire);
}

/* A step that changes nothing: what was done before any earlier change, with it or before it, is seen. */
static inline void stack_in_turn(struct stack *s)
{
	atomic_fetch_add_explicit(&s->head, 0, memory_order_acq_rel);
}

/* The frame under this one, and the top one; NULL at the end. For those who know that nobody pushes or pops. */
struct page *labyrinth_stack_top(const struct stack *s, const struct frames *f);
struct page *labyrinth_stack_below(const struct frames *f, const struct page *page);

#endif
