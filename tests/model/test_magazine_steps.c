/*
 * test_magazine_steps.c - long random sequences with magazines on, in tasks and in interrupts.
 *
 * Idea    With magazines the frame that is granted depends on history, so the model test cannot predict it. What must
 *         hold anyway: every law after every step; a block is aligned and nobody else's (its holder's mark is still
 *         there when it is freed); a request is refused only when no free block of its size exists even after all is
 *         drained; and what is free at the end is what was free at the start, in as large blocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "port/host.h"
#include "unit/dice.h"
#include "word.h" /* an array of pages can be walked */

#define MOST 1500

static const uint64_t ranges[][2] = {
	{ 1, 0x9f }, { 0x103, 0x5ff }, { 0x1000, 0x1400 }, { 0x100000, 0x100777 }, { 0, 0 }
};

static struct arena arena;
static struct dice dice;
static struct {
	struct page *page;
	unsigned     order;
	uint64_t     mark;
} held[MOST];
static unsigned count;
static uint64_t marks;

static uint64_t *mark_of(const struct page *page)
{
	return (uint64_t *)(void *)host_bytes(labyrinth_page_phys(arena.lab, page));
}

static struct labyrinth_stats stats(void)
{
	struct labyrinth_stats s;

	labyrinth_stats(arena.lab, &s);
	return s;
}

static bool possible(unsigned order)
{
	struct labyrinth_stats s = stats();

	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		for (unsigned k = order; k <= LABYRINTH_MAX_ORDER; k++)
			if (s.zone[z].free_blocks[k] > 0)
				return true;
	return false;
}

static void step_alloc(void)
{
	unsigned order = (unsigned)__builtin_ctzll(dice_roll(&dice) | (dice_below(&dice, 4) ? 1 : 512));
	struct labyrinth_grant grant;

	if (count == MOST)
		return;
	grant = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_NOWAIT, order);
	if (grant.status != LABYRINTH_OK) {
		/* A task has drained both front ends of its CPU by now; an interrupt cannot touch the task's. */
		assert_int_equal(grant.status, LABYRINTH_NO_MEMORY);
		assert_false(possible(order));
		if (host_context == LABYRINTH_TASK)
			assert_int_equal(stats().cached, 0);
		return;
	}
	assert_int_equal(labyrinth_page_pfn(arena.lab, grant.page).n % (1u << order), 0);
	held[count].page = grant.page;
	held[count].order = order;
	for (unsigned i = 0; i < 1u << order; i++)
		*mark_of(grant.page + i) = marks + 1;
	held[count++].mark = ++marks;
}

static void step_free(void)
{
	unsigned i = (unsigned)dice_below(&dice, count);

	for (unsigned f = 0; f < 1u << held[i].order; f++)
		if (*mark_of(held[i].page + f) != held[i].mark)
			fail_msg("a block of order %u has a second holder", held[i].order);
	assert_int_equal(labyrinth_free_pages(arena.lab, held[i].page, held[i].order), LABYRINTH_OK);
	held[i] = held[--count];
}

static void assert_as_before(const struct labyrinth_stats *before)
{
	struct labyrinth_stats after;

	/* A task that asks for more than there is empties all magazines of its CPU. */
	while (labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_NOWAIT, 0).page != NULL)
		count++;
	after = stats();
	assert_int_equal(count, before->free);
	assert_int_equal(after.free + after.cached, 0);
	assert_lawful(arena.lab);
}

static void run_steps(uint32_t magazine, unsigned pressure)
{
	struct labyrinth_stats before;

	arena = arena_new(ranges, config_with(1, 10, 10, 1, magazine));
	before = stats();
	count = 0;
	for (unsigned step = 0; step < 8000; step++) {
		host_context = dice_below(&dice, 3) == 0 ? LABYRINTH_INTERRUPT : LABYRINTH_TASK;
		if (count == 0 || dice_below(&dice, 8) < pressure)
			step_alloc();
		else
			step_free();
		assert_lawful(arena.lab);
	}
	host_context = LABYRINTH_TASK;
	while (count > 0)
		step_free();
	assert_as_before(&before);
	arena_end(&arena);
}

static void test_small_magazines(void **state) { (void)state; run_steps(8, 4); }
static void test_large_magazines(void **state) { (void)state; run_steps(256, 4); }
static void test_exhaustion(void **state)      { (void)state; run_steps(64, 6); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_magazines),
		cmocka_unit_test(test_large_magazines),
		cmocka_unit_test(test_exhaustion),
	};

	dice = dice_new("test_magazine_steps");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
