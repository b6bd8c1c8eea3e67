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
	_Atomic uint64_t head; /* bits 0..33 index of the top frame, 34..63 tag */
};

void labyrinth_stack_init(struct stack *s);

/* Puts a frame that is in the caller's hands alone on the stack; its word becomes (state, generation, next). */
void labyrinth_stack_push(struct stack *s, const struct frames *f, struct page *page, enum frame_state state);

/* Takes the top frame; its word then reads FREE. NULL when the stack is empty. */
struct page *labyrinth_stack_pop(struct stack *s, const struct frames *f);

/* The frame under this one, and the top one; NULL at the end. For those who know that nobody pushes or pops. */
struct page *labyrinth_stack_top(const struct stack *s, const struct frames *f);
struct page *labyrinth_stack_below(const struct frames *f, const struct page *page);

#endif
