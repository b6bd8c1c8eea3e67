/*
 * reserve.c - a counted stack of frames.
 */
#include "reserve.h"

void labyrinth_reserve_init(struct reserve *r, struct frames *frames, uint64_t target, enum frame_state state)
{
	*r = (struct reserve){ .frames = frames, .target = target, .state = state };
	labyrinth_stack_init(&r->stack);
}

struct page *labyrinth_reserve_pop(struct reserve *r)
{
	struct page *page = labyrinth_stack_pop(&r->stack, r->frames);

	if (page != NULL)
		atomic_fetch_sub_explicit(&r->count, 1, memory_order_relaxed);
	return page;
}

void labyrinth_reserve_push(struct reserve *r, struct page *page)
{
	atomic_fetch_add_explicit(&r->count, 1, memory_order_relaxed);
	labyrinth_stack_push(&r->stack, r->frames, page, r->state);
}

void labyrinth_reserve_push_row(struct reserve *r, struct page *row, uint32_t count)
{
	atomic_fetch_add_explicit(&r->count, count, memory_order_relaxed);
	labyrinth_stack_push_row(&r->stack, r->frames, row, count, r->state);
}

bool labyrinth_reserve_refill(struct reserve *r, struct page *page)
{
	uint64_t count = reserve_count(r), target = reserve_target(r);

	do
		if (count >= target)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&r->count, &count, count + 1, memory_order_relaxed,
	                                              memory_order_relaxed));
	labyrinth_stack_push(&r->stack, r->frames, page, r->state);
	return true;
}
