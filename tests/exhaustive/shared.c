/*
 * shared.c - all states of an arena of shared blocks; every call in each.
 *
 * Idea    The state is the set of allocated blocks. In each: an allocation of each order, and each page freed with each
 *         order, the first hole behind the arena included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exhaustive/shared.h"

#include "exhaustive/blocks.h"
#include "exhaustive/explore.h"

static const unsigned orders[] = { 0, 1, 2, 3, 4, 5, LABYRINTH_MAX_ORDER, LABYRINTH_MAX_ORDER + 1 };

#define ORDERS (sizeof(orders) / sizeof(orders[0]))

enum call { ALLOC, FREE_PAGES };

static const char *const call_name[] = { "alloc", "free" };

static struct explorer e;

static void settle(enum labyrinth_status found, enum labyrinth_status wanted, const uint8_t *after)
{
	if (found != wanted)
		explore_fail(&e, "status", labyrinth_status_name(found), labyrinth_status_name(wanted));
	if (wanted == LABYRINTH_OK)
		explore_moved(&e, (struct place){ after, 0 }, BLOCKS_NONE, EXPLORE_NOBODY);
	else
		explore_refused(&e);
}

static void try_alloc(const uint8_t *kind, unsigned order)
{
	uint8_t after[BLOCKS_FRAMES];
	struct labyrinth_grant grant;
	enum labyrinth_status wanted;
	unsigned first;

	memcpy(after, kind, sizeof(after));
	e.step = (struct step){ ALLOC, (int)order, 0, 0, 0 };
	wanted = blocks_alloc(after, order, &first);
	grant = labyrinth_alloc_pages(e.arena.lab, LABYRINTH_GFP_KERNEL, order);
	if (grant.page != (first == BLOCKS_NONE ? NULL : e.page + first))
		explore_fail(&e, "the block that was granted", "another", "the lowest of the smallest order that fits");
	settle(grant.status, wanted, after);
}

static void try_free(const uint8_t *kind, unsigned first, unsigned order)
{
	uint8_t after[BLOCKS_FRAMES];
	enum labyrinth_status wanted;

	memcpy(after, kind, sizeof(after));
	e.step = (struct step){ FREE_PAGES, (int)first, (int)order, 0, 0 };
	wanted = blocks_give(after, first, order);
	settle(labyrinth_free_pages(e.arena.lab, e.page + first, order), wanted, after);
}

/* ---- How many there should be. A block is allocated as one, or else is whatever its two halves are. */

/* States of a block; a single frame has two. */
static uint64_t states_of(unsigned order)
{
	return order == 0 ? 2 : states_of(order - 1) * states_of(order - 1) + 1;
}

/* States in which no free block of at least order `least` is in it. */
static uint64_t states_without(unsigned order, unsigned least)
{
	if (order <= least)
		return states_of(order) - (order == least);
	return states_without(order - 1, least) * states_without(order - 1, least) + 1;
}

/* Allocated blocks, added up over all states: as many calls free one. */
static uint64_t frees_of(unsigned order)
{
	return order == 0 ? 1 : 2 * frees_of(order - 1) * states_of(order - 1) + 1;
}

static uint64_t transitions_of(unsigned order)
{
	uint64_t sum = frees_of(order);

	for (unsigned k = 0; k <= order; k++)
		sum += states_of(order) - states_without(order, k);
	return sum;
}

void explore_shared(unsigned order)
{
	const struct labyrinth_config config = { .owners = 1 };
	uint8_t kind[BLOCKS_FRAMES] = { HOLE };
	unsigned form;

	memset(kind, FREE, 1u << order);
	explore_begin(&e, 1u << order, config, (struct canon){ 0, 1 }, call_name, (struct place){ kind, 0 },
	              sizeof(kind));
	while (explore_next(&e, kind, &form))
		for (unsigned i = 0; i < ORDERS; i++) {
			try_alloc(kind, orders[i]);
			for (unsigned f = 0; f <= e.frames; f++)
				try_free(kind, f, orders[i]);
		}
	print_message("%u frames, shared: %llu states, %llu transitions, %llu calls refused\n", e.frames,
	              (unsigned long long)e.known.states, (unsigned long long)e.calls_made.done,
	              (unsigned long long)e.calls_made.refused);
	assert_int_equal(e.known.states, states_of(order));
	assert_int_equal(e.calls_made.done, transitions_of(order));
	explore_end(&e);
}
