/*
 * test_keep.c - what an owner keeps, while it releases and claims, interrupted after every instruction.
 *
 * Idea    The interrupt stands for another CPU. Whatever the owner may still claim it gets at any instruction, and no
 *         more: what has been released, and perhaps what is just on its way. When the interrupt ends the owner, nothing
 *         stays behind, although the release goes on afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/scene.h"

#define LIMIT 3u

/* What body and interrupt write, besides the metadata. */
static struct {
	labyrinth_owner_t      owner;
	struct labyrinth_claim claims[LIMIT], others[LIMIT + 1];
	volatile unsigned      certain; /* frames that the owner can claim, whatever else goes on */
	bool                   wrong;
	enum labyrinth_status  ended;
} s;

static void set_up(uint32_t recycle, unsigned kept)
{
	arena = arena_new(machine, (struct labyrinth_config){ .owners = 2, .vault_frames = LIMIT + 1 });
	memset(&s, 0, sizeof(s));
	s.owner = must_register(LIMIT, LIMIT, recycle);
	for (unsigned i = 0; i < LIMIT; i++)
		s.claims[i] = must_claim(s.owner);
	for (unsigned i = 0; i < kept; i++)
		assert_int_equal(labyrinth_claim_release(&s.claims[LIMIT - 1 - i]), LABYRINTH_OK);
	s.certain = kept;
}

static void release(unsigned i)
{
	if (labyrinth_claim_release(&s.claims[i]) != LABYRINTH_OK)
		s.wrong = true;
	s.certain++;
}

static void claim_again(unsigned i)
{
	s.certain--;
	s.claims[i] = claim_for(s.owner);
	if (s.claims[i].status != LABYRINTH_OK)
		s.wrong = true;
}

static void release_and_claim(void)
{
	release(0);
	release(1);
	claim_again(0);
	claim_again(1);
}

static void release_one(void)
{
	if (labyrinth_claim_release(&s.claims[0]) != LABYRINTH_OK)
		s.wrong = true;
}

/* It watches from now on. */
static void low(void *context, labyrinth_owner_t owner, uint32_t left)
{
	(void)context;
	(void)owner;
	(void)left;
}

static void watch(void)
{
	host_context = LABYRINTH_TASK;
	if (labyrinth_owner_watch(arena.lab, s.owner, 1, low, NULL) != LABYRINTH_OK)
		s.wrong = true;
}

/* ---- What interrupts. */

static void take_all_and_give_back(void)
{
	unsigned n = 0;

	while (n <= LIMIT && (s.others[n] = claim_for(s.owner)).status == LABYRINTH_OK)
		n++;
	if (n < s.certain || n > s.certain + 1)
		s.wrong = true;
	while (n-- > 0)
		if (labyrinth_claim_release(&s.others[n]) != LABYRINTH_OK)
			s.wrong = true;
}

static void watch_and_take_all(void)
{
	watch();
	take_all_and_give_back();
}

/* The frames that it still claims are released, which is fine: the body's are its own business. */
static void end_owner(void)
{
	host_context = LABYRINTH_TASK;
	s.ended = labyrinth_owner_retire(arena.lab, s.owner);
}

/* ---- What must be true afterwards. */

static bool lawful(uint64_t at)
{
	struct labyrinth_finding finding;
	const char *law = labyrinth_check(arena.lab, &finding);

	if (law != NULL || s.wrong)
		printf("after %llu instructions: %s\n", (unsigned long long)at, law != NULL ? law : "wrong");
	return law == NULL && !s.wrong;
}

static bool nothing_left(uint64_t at)
{
	struct labyrinth_stats stats;

	s.wrong = s.ended != LABYRINTH_OK && s.ended != LABYRINTH_BUSY;
	labyrinth_stats(arena.lab, &stats);
	if (stats.owned + stats.recycled > 0)
		printf("after %llu instructions: %llu owned, %llu recycled\n", (unsigned long long)at,
		       (unsigned long long)stats.owned, (unsigned long long)stats.recycled);
	return stats.owned + stats.recycled == 0 && lawful(at);
}

static void step_everywhere(void (*body)(void), void (*interrupt)(void), bool (*judge)(uint64_t at))
{
	uint64_t n = scene_step((struct step){ body, interrupt, true, NULL, judge }, &s, sizeof(s));

	printf("%llu interruptions\n", (unsigned long long)n);
	assert_true(n > 50 && judge(n));
	arena_end(&arena);
}

/* ---- The tests. */

static void what_it_keeps_is_its_own(void **state)
{
	void (*const others[])(void) = { take_all_and_give_back, watch_and_take_all };

	(void)state;
	for (uint32_t recycle = 0; recycle <= LIMIT; recycle++)
		for (unsigned i = 0; i < 2; i++) {
			set_up(recycle, 1);
			step_everywhere(release_and_claim, others[i], lawful);
		}
}

static void a_watch_takes_nothing_away(void **state)
{
	(void)state;
	for (unsigned kept = 0; kept <= LIMIT; kept++) {
		set_up(2, kept);
		step_everywhere(watch, take_all_and_give_back, lawful);
	}
}

/* After the last instruction nobody ends the owner: that run is left out. */
static bool ended_and_nothing_left(uint64_t at)
{
	return s.ended == LABYRINTH_NULL_POINTER ? lawful(at) : nothing_left(at);
}

static void nothing_stays_with_an_owner_that_ends(void **state)
{
	(void)state;
	for (uint32_t recycle = 0; recycle <= 2; recycle++)
		for (unsigned kept = 0; kept < LIMIT; kept++) {
			set_up(recycle, kept);
			s.ended = LABYRINTH_NULL_POINTER;
			step_everywhere(release_one, end_owner, ended_and_nothing_left);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_keeps_is_its_own),
		cmocka_unit_test(a_watch_takes_nothing_away),
		cmocka_unit_test(nothing_stays_with_an_owner_that_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
