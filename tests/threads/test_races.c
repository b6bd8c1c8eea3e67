/*
 * test_races.c - two threads use copies of one claim at the same moment: one of them wins.
 *
 * Idea    A table of pairs of calls. Each round both threads meet, then each makes its call with its own copy. The
 *         frame word decides; the loser is told that the claim is stale, or lent, or mapped, and has changed nothing.
 *         Who has opened a window closes it, on his CPU.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "threads/crew.h"

#define ROUNDS 3000

typedef enum labyrinth_status call_fn(struct labyrinth_claim *claim);

static struct arena arena;
static labyrinth_owner_t giver, takers[2];

static enum labyrinth_status transfer_to_first(struct labyrinth_claim *claim)
{
	return labyrinth_claim_transfer(claim, takers[0]);
}

static enum labyrinth_status transfer_to_second(struct labyrinth_claim *claim)
{
	return labyrinth_claim_transfer(claim, takers[1]);
}

static enum labyrinth_status map_it(struct labyrinth_claim *claim)
{
	void *at = labyrinth_claim_map(claim);

	if ((at == NULL) != (claim->status != LABYRINTH_OK))
		crew_wrong("a window without a status, or a status without a window", claim->status);
	return claim->status;
}

static const struct race {
	const char *name;
	call_fn    *call[2];
	bool        lent; /* at the start */
} races[] = {
	{ "release, release",     { labyrinth_claim_release, labyrinth_claim_release },     false },
	{ "release, transfer",    { labyrinth_claim_release, transfer_to_second },          false },
	{ "transfer, transfer",   { transfer_to_first, transfer_to_second },                false },
	{ "lend, lend",           { labyrinth_claim_lend, labyrinth_claim_lend },           false },
	{ "lend, release",        { labyrinth_claim_lend, labyrinth_claim_release },        false },
	{ "lend, transfer",       { labyrinth_claim_lend, transfer_to_second },             false },
	{ "take back, take back", { labyrinth_claim_take_back, labyrinth_claim_take_back }, true  },
	{ "map, map",             { map_it, map_it },                                       false },
	{ "map, release",         { map_it, labyrinth_claim_release },                      false },
	{ "map, transfer",        { map_it, transfer_to_second },                           false },
	{ "map, lend",            { map_it, labyrinth_claim_lend },                         false },
	{ "map, unmap",           { map_it, labyrinth_claim_unmap },                        false },
};

static const struct race *race;
static struct labyrinth_claim copy[2];
static enum labyrinth_status outcome[2];
static _Atomic unsigned ready, done, closed;

/* Both are here; the later one does not wait. */
static void meet(_Atomic unsigned *at, unsigned count)
{
	atomic_fetch_add(at, 1);
	while (atomic_load(at) < count)
		labyrinth_port_relax();
}

static void prepare(void)
{
	struct labyrinth_claim claim = { .lab = arena.lab, .owner = giver };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	if (claim.status != LABYRINTH_OK || (race->lent && labyrinth_claim_lend(&claim) != LABYRINTH_OK))
		crew_wrong("a claim within the guarantee was refused", claim.status);
	copy[0] = copy[1] = claim;
}

static bool fair_loss(enum labyrinth_status status)
{
	return status == LABYRINTH_STALE_CLAIM || status == LABYRINTH_FRAME_LENT || status == LABYRINTH_NOT_LENT
	       || status == LABYRINTH_FRAME_MAPPED || status == LABYRINTH_NOT_MAPPED || status == LABYRINTH_OTHER_CPU;
}

/* One has won; what it holds now goes back. */
static void judge(unsigned round)
{
	unsigned winner = outcome[0] == LABYRINTH_OK ? 0 : 1;
	enum labyrinth_status lost = outcome[!winner], status = LABYRINTH_OK;

	if (outcome[winner] != LABYRINTH_OK || lost == LABYRINTH_OK)
		crew_wrong("not exactly one of two racing calls has won", round);
	if (!fair_loss(lost))
		crew_wrong("the loser of a race was told something else", lost);
	if (race->call[winner] == labyrinth_claim_lend)
		status = labyrinth_claim_take_back(&copy[winner]);
	if (status == LABYRINTH_OK && race->call[winner] != labyrinth_claim_release)
		status = labyrinth_claim_release(&copy[winner]);
	if (status != LABYRINTH_OK)
		crew_wrong("the winner of a race does not hold the frame", status);
	if (round % 64 == 0 && labyrinth_check(arena.lab, NULL) != NULL)
		crew_wrong(labyrinth_check(arena.lab, NULL), round);
}

/* Whoever has one; the other waits for that. */
static void close_window(unsigned number, unsigned round)
{
	if (!crew_stopped() && race->call[number] == map_it && outcome[number] == LABYRINTH_OK
	    && labyrinth_claim_unmap(&copy[number]) != LABYRINTH_OK)
		crew_wrong("who has opened a window cannot close it", round);
	meet(&closed, 2 * round);
}

static void run(unsigned number)
{
	/* On a busy machine each meeting is a long wait; with windows there is one more. */
	unsigned rounds = race->call[0] == map_it ? ROUNDS / 3 : ROUNDS;

	for (unsigned round = 1; round <= rounds; round++) {
		if (number == 0 && !crew_stopped())
			prepare();
		meet(&ready, 2 * round);
		if (!crew_stopped())
			outcome[number] = race->call[number](&copy[number]);
		meet(&done, 2 * round);
		if (race->call[0] == map_it)
			close_window(number, round);
		if (number == 0 && !crew_stopped())
			judge(round);
	}
}

static void no_interrupt(enum level level)
{
	(void)level;
}

static void register_owner(const char *name, uint32_t guarantee, uint32_t recycle, labyrinth_owner_t *out)
{
	struct labyrinth_budget budget = { name, guarantee, 8, recycle };

	assert_int_equal(labyrinth_owner_register(arena.lab, &budget, out), LABYRINTH_OK);
}

static void test_races(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1100, 0x1120 }, { 0, 0 } };
	uint64_t number;
	const char *what;

	(void)state;
	port_open();
	arena = arena_new(ranges, config_with(4, 2, 12, 2, 0));
	register_owner("giver", 2, 1, &giver);
	register_owner("first", 2, 0, &takers[0]);
	register_owner("second", 2, 1, &takers[1]);
	for (race = races; race < races + sizeof(races) / sizeof(races[0]); race++) {
		atomic_store(&ready, 0);
		atomic_store(&done, 0);
		atomic_store(&closed, 0);
		crew_run(2, run, no_interrupt);
		what = crew_verdict(&number);
		if (what != NULL)
			fail_msg("%s: %s (%llu)", race->name, what, (unsigned long long)number);
		assert_lawful(arena.lab);
	}
	arena_end(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_races) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
