/*
 * test_watch.c - those who look without a lock, and the rule of an injection, interrupted after every instruction.
 *
 * Idea    The interrupt stands for another CPU: it may do whatever a task may. A walk must still come to its end in
 *         order, a dump say all its lines, and a request go by one rule or by none, never by halves of two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "inject.h"
#include "interrupt/scene.h"

static const labyrinth_owner_t kept = { 0, 1 }, hit = { 1, 1 }; /* as registered below */

/* What body and interrupt write, besides the metadata. */
static struct {
	struct labyrinth_claim claim;
	struct page *block;
	uint64_t     next, blocks, lines;
	bool         ended, refused;
} s;

static void set_up(void)
{
	arena = arena_new(machine, (struct labyrinth_config){ .owners = 2, .reserve_frames = 1, .vault_frames = 3 });
	assert_int_equal(must_register(2, 8, 1).slot, kept.slot);
	assert_int_equal(must_register(0, 8, 1).slot, hit.slot);
	memset(&s, 0, sizeof(s));
	s.claim = must_claim(hit);
	s.block = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 2).page;
	assert_non_null(s.block);
}

static uint64_t interrupt_everywhere(void (*body)(void), void (*interrupt)(void), bool (*judge)(uint64_t at))
{
	return scene_step((struct step){ body, interrupt, true, NULL, judge }, &s, sizeof(s));
}

/* ---- Walk and dump. */

static bool visit(const struct labyrinth_block *block, void *context)
{
	(void)context;
	if (block->first.n < s.next || block->order > 3 || block->state >= LABYRINTH_BLOCK_STATES)
		return false;
	s.next = block->first.n + (UINT64_C(1) << block->order);
	s.blocks++;
	return true;
}

static void walk(void)
{
	s.next = 0x2001;
	s.ended = labyrinth_for_each_block(arena.lab, visit, NULL);
}

static bool walked(uint64_t at)
{
	bool good = s.ended && s.next == 0x2010 && s.blocks >= 4 && s.blocks <= 15;

	if (!good)
		printf("after %llu instructions: the walk came to %llx\n", (unsigned long long)at,
		       (unsigned long long)s.next);
	return good;
}

static void print(const char *line, void *context)
{
	(void)context;
	s.lines += line[0] != ' ';
}

static void dump(void)
{
	labyrinth_dump(arena.lab, print, NULL);
}

/* Instance, zone, reserve and vault, two owners at most: one may have ended, or begun. */
static bool dumped(uint64_t at)
{
	if (s.lines < 4 || s.lines > 5)
		printf("after %llu instructions: the dump has %llu lines\n", (unsigned long long)at,
		       (unsigned long long)s.lines);
	return s.lines >= 4 && s.lines <= 5;
}

static void release(void)
{
	labyrinth_claim_release(&s.claim); /* the first is recycled */
}

static void free_block(void)
{
	host_context = LABYRINTH_INTERRUPT;
	labyrinth_free_pages(arena.lab, s.block, 2);
}

static void take_all(void)
{
	while (labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_ATOMIC, 0).page != NULL)
		;
}

static void end_owner(void)
{
	host_context = LABYRINTH_TASK;
	if (labyrinth_owner_retire(arena.lab, hit) != LABYRINTH_OK)
		abort();
}

static void look_while(void (*body)(void), bool (*judge)(uint64_t at))
{
	void (*const others[])(void) = { release, free_block, take_all, end_owner };
	uint64_t interruptions = 0;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		uint64_t n;

		set_up();
		n = interrupt_everywhere(body, others[i], judge);
		assert_true(n > 1000 && judge(n));
		interruptions += n;
		arena_end(&arena);
	}
	printf("%llu interruptions\n", (unsigned long long)interruptions);
}

static void walk_while_others_work(void **state)
{
	(void)state;
	look_while(walk, walked);
}

static void dump_while_others_work(void **state)
{
	(void)state;
	look_while(dump, dumped);
}

/* ---- The rule of an injection. */

/* One for `kept` that respects guarantees, one for `hit` that breaks them. */
static const struct labyrinth_injection rules[2] = {
	{ .every = 1, .owner = { 0, 1 } }, { .every = 1, .owner = { 1, 1 }, .break_guarantees = true },
};

static unsigned next_rule;

static void change_rule(void)
{
	host_context = LABYRINTH_TASK;
	if (labyrinth_inject(arena.lab, &rules[next_rule]) != LABYRINTH_OK)
		abort();
}

/* Refused by neither rule, but by a half of each. */
static void request(void)
{
	s.refused |= labyrinth_injector_draw(arena.lab->injector, LABYRINTH_GFP_ATOMIC, kept, true);
}

static bool not_mixed(uint64_t at)
{
	if (s.refused)
		printf("after %llu instructions: refused by halves of two rules\n", (unsigned long long)at);
	return !s.refused;
}

static void rules_do_not_mix(void **state)
{
	uint64_t interruptions = 0;

	(void)state;
	for (next_rule = 0; next_rule < 2; next_rule++) {
		set_up();
		assert_int_equal(labyrinth_inject(arena.lab, &rules[1 - next_rule]), LABYRINTH_OK);
		interruptions += interrupt_everywhere(request, change_rule, not_mixed);
		assert_false(s.refused);
		interruptions += interrupt_everywhere(change_rule, request, not_mixed);
		assert_false(s.refused);
		arena_end(&arena);
	}
	printf("%llu interruptions\n", (unsigned long long)interruptions);
	assert_true(interruptions > 100);
}

/* An old rule that refuses once, and a new one that refuses every time. */
static const struct labyrinth_injection once = { .first = 1 }, always = { .every = 1 };

static bool drawn(void)
{
	return labyrinth_injector_draw(arena.lab->injector, LABYRINTH_GFP_ATOMIC, kept, false);
}

static void request_once(void)
{
	s.refused = drawn();
}

static void insist(void)
{
	host_context = LABYRINTH_TASK;
	if (labyrinth_inject(arena.lab, &always) != LABYRINTH_OK)
		abort();
}

static bool worn_out; /* in the last run */

static bool refuses_every_time(uint64_t at)
{
	worn_out = !drawn() || !drawn();
	if (worn_out)
		printf("after %llu instructions: the new rule goes on like the old one\n", (unsigned long long)at);
	return !worn_out;
}

static void a_request_under_way_leaves_a_rule_as_it_is(void **state)
{
	uint64_t n;

	(void)state;
	set_up();
	assert_int_equal(labyrinth_inject(arena.lab, &once), LABYRINTH_OK);
	n = interrupt_everywhere(request_once, insist, refuses_every_time);
	assert_true(n > 20 && s.refused);
	assert_false(worn_out);
	arena_end(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_while_others_work),
		cmocka_unit_test(dump_while_others_work),
		cmocka_unit_test(rules_do_not_mix),
		cmocka_unit_test(a_request_under_way_leaves_a_rule_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
