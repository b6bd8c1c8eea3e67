/*
 * test_meanwhile.c - another CPU sends a frame offline that a call has to do with, ends the owner or the mover whose
 * call it is, or maintains, after every instruction.
 *
 * Idea    The interrupt stands for the other CPU. The call does what it would have done, or is refused because its
 *         owner, or mover, is gone; all laws hold afterwards, and when everything is given back nobody has anything:
 *         the frame is offline, the owner's slot and its guarantee are free.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/meanwhile.h"

/* ---- Which frames a call has to do with: those that are not afterwards what they were before. */

struct look {
	enum labyrinth_block_state state[FRAMES];
	uint16_t                   slot[FRAMES];
};

static bool note(const struct labyrinth_block *block, void *context)
{
	struct look *look = context;

	for (uint64_t i = 0; i < UINT64_C(1) << block->order; i++) {
		look->state[block->first.n - FIRST + i] = block->state;
		look->slot[block->first.n - FIRST + i] = block->owner.slot;
	}
	return true;
}

static struct look look(void)
{
	struct look look;

	assert_true(labyrinth_for_each_block(arena.lab, note, &look));
	return look;
}

/* ---- What must be true afterwards. */

static void give_back(void)
{
	if (s.page != NULL)
		free_one();
	if (s.block != NULL)
		free_block();
	if (s.exact != NULL)
		free_exact();
	if (s.in_bulk > 0)
		free_bulk();
}

static const char *anything_left(void)
{
	uint64_t offline = s.asked != LABYRINTH_STATUS_COUNT;
	struct labyrinth_stats stats;

	labyrinth_maintain(arena.lab, 100);
	labyrinth_stats(arena.lab, &stats);
	if (stats.owned + stats.lent + stats.mapped + stats.recycled + stats.dirty + stats.shared != 0)
		return "somebody has a frame";
	if (stats.offline != offline || stats.pending != 0 || stats.guaranteed != 0)
		return "something is not over";
	return labyrinth_check(arena.lab, NULL);
}

static const char *wrong_sent(void)
{
	const char *law = labyrinth_check(arena.lab, NULL);

	if (law != NULL)
		return law;
	if (s.asked != LABYRINTH_OK && s.asked != LABYRINTH_PENDING)
		return labyrinth_status_name(s.asked);
	give_back();
	if (s.claim.page != NULL)
		release();
	if (s.given != LABYRINTH_OK)
		return labyrinth_status_name(s.given);
	labyrinth_owner_retire(arena.lab, s.user);
	labyrinth_owner_retire(arena.lab, s.other);
	maintain();
	(void)!labyrinth_offline(arena.lab, s.bad); /* what the body's CPU has at hand goes to the zones */
	if (labyrinth_offline(arena.lab, s.bad) != LABYRINTH_ALREADY_OFFLINE)
		return "the frame has not gone";
	return anything_left();
}

/* The call was refused, because its owner had ended, or done; then the owner perhaps could not end. */
static const char *wrong_ended(void)
{
	const char *law = labyrinth_check(arena.lab, NULL);
	enum labyrinth_status again;

	if (law != NULL)
		return law;
	if (s.ended != LABYRINTH_OK && s.ended != LABYRINTH_BUSY)
		return labyrinth_status_name(s.ended);
	if (s.given != LABYRINTH_OK && s.given != LABYRINTH_BAD_OWNER && s.given != LABYRINTH_STALE_CLAIM)
		return labyrinth_status_name(s.given);
	s.given = LABYRINTH_OK;
	take_back();
	unmap();
	if (s.given != LABYRINTH_OK)
		return "a frame in use was taken away";
	again = labyrinth_owner_retire(arena.lab, s.user);
	if (again != LABYRINTH_BAD_OWNER && (again != LABYRINTH_OK || s.ended == LABYRINTH_OK))
		return "the owner has not ended";
	if (labyrinth_owner_retire(arena.lab, s.other) != LABYRINTH_OK)
		return "the other owner cannot end";
	return anything_left();
}

/* It is there as long as it has a frame. */
static const char *wrong_mover(void)
{
	const char *law = labyrinth_check(arena.lab, NULL);

	if (law != NULL)
		return law;
	if (s.ended != LABYRINTH_BUSY && (s.ended != LABYRINTH_OK || s.page != NULL))
		return labyrinth_status_name(s.ended);
	give_back();
	if (s.ended == LABYRINTH_BUSY)
		gave(labyrinth_mover_unregister(arena.lab, s.mover));
	return s.given == LABYRINTH_OK ? labyrinth_check(arena.lab, NULL) : labyrinth_status_name(s.given);
}

static const char *wrong_maintained(void)
{
	const char *law = labyrinth_check(arena.lab, NULL);

	if (law != NULL)
		return law;
	give_back();
	if (s.claim.page != NULL)
		release();
	if (s.given != LABYRINTH_OK)
		return labyrinth_status_name(s.given);
	labyrinth_owner_retire(arena.lab, s.user);
	labyrinth_owner_retire(arena.lab, s.other);
	return anything_left();
}

static const char *(*wrong)(void);

static bool judge(uint64_t at)
{
	const char *fault = wrong();

	if (fault == NULL && s.confused)
		fault = "the isolation port was called in the wrong way";
	if (fault != NULL)
		printf("after %llu instructions: %s\n", (unsigned long long)at, fault);
	return fault == NULL;
}

/* Interrupts a call everywhere; how often that was. */
static uint64_t step_with(const struct meanwhile *m, void (*interrupt)(void), uint64_t bad)
{
	struct step_memory memory[] = { { &s, sizeof(s) }, { NULL, 0 }, { NULL, 0 } };
	const struct step step = { m->body, interrupt, false, memory, judge };
	uint64_t n;

	set_up(m);
	memory[1] = (struct step_memory){ arena.metadata, arena.bytes };
	s.bad = (pfn_t){ bad };
	n = step_through(&step);
	interrupt(); /* nobody came in the last run */
	if (!judge(n))
		fail_msg("%s, frame %llx", m->name, (unsigned long long)bad);
	arena_end(&arena);
	return n;
}

static void report(const struct meanwhile *m, uint64_t n)
{
	printf("%s: %llu interruptions\n", m->name, (unsigned long long)n);
	assert_true(n > 20);
}

/* ---- The tests. */

static const struct meanwhile common[] = {
	{ "alloc",               nothing,           alloc,       0, 0, 0 },
	{ "alloc, at hand",      nothing,           alloc,       8, 0, 0 },
	{ "free",                alloc,             free_one,    0, 0, 0 },
	{ "free, at hand",       alloc,             free_one,    8, 0, 0 },
	{ "free, quarantine",    alloc,             free_one,    0, 1, 0 },
	{ "alloc a block",       nothing,           alloc_block, 0, 0, 0 },
	{ "free a block",        alloc_block,       free_block,  0, 0, 0 },
	{ "alloc exactly",       nothing,           alloc_exact, 0, 0, 0 },
	{ "free exactly",        alloc_exact,       free_exact,  8, 0, 0 },
	{ "alloc a range",       nothing,           alloc_range, 8, 0, 0 },
	{ "alloc in bulk",       nothing,           alloc_bulk,  8, 0, 0 },
	{ "free in bulk",        alloc_bulk,        free_bulk,   8, 0, 0 },
	{ "claim",               nothing,           claim,       0, 0, 0 },
	{ "claim what is kept",  claim_and_release, claim,       0, 0, 1 },
	{ "release",             claim,             release,     0, 0, 0 },
	{ "release and keep",    claim,             release,     0, 0, 2 },
	{ "transfer",            claim,             transfer,    0, 0, 0 },
	{ "retire",              claim,             retire,      0, 0, 0 },
	{ "retire a keeper",     claim_and_release, retire,      0, 0, 1 },
	{ "maintain",            claim_and_release, maintain,    0, 0, 0 },
};

static void a_frame_is_sent(void **state)
{
	(void)state;
	wrong = wrong_sent;
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		struct look before, after;
		uint64_t n = 0;

		set_up(&common[i]);
		before = look();
		common[i].body();
		after = look();
		arena_end(&arena);
		for (unsigned f = 0; f < FRAMES; f++)
			if (before.state[f] != after.state[f] || before.slot[f] != after.slot[f])
				n += step_with(&common[i], send, FIRST + f);
		report(&common[i], n);
	}
}

/* The same comes into each of these calls. */
static void step_all(const struct meanwhile *cases, size_t count, void (*comes)(void), const char *(*law)(void))
{
	wrong = law;
	for (size_t i = 0; i < count; i++)
		report(&cases[i], step_with(&cases[i], comes, 0));
}

static void an_owner_ends(void **state)
{
	static const struct meanwhile cases[] = {
		{ "claim",              nothing,           claim,     0, 0, 0 },
		{ "claim what is kept", claim_and_release, claim,     0, 0, 1 },
		{ "release",            claim,             release,   0, 0, 0 },
		{ "release and keep",   claim,             release,   0, 0, 2 },
		{ "transfer",           claim,             transfer,  0, 0, 0 },
		{ "lend",               claim,             lend,      0, 0, 0 },
		{ "take back",          claim_and_lend,    take_back, 0, 0, 0 },
		{ "map",                claim,             map,       0, 0, 0 },
		{ "unmap",              claim_and_map,     unmap,     0, 0, 0 },
		{ "maintain",           claim_and_release, maintain,  0, 0, 0 },
		{ "offline",            claim,             send_claimed, 0, 0, 0 },
		{ "offline, kept",      claim,             send_claimed, 0, 0, 1 },
	};

	(void)state;
	step_all(cases, sizeof(cases) / sizeof(cases[0]), end_user, wrong_ended);
}

static void a_mover_ends(void **state)
{
	static const struct meanwhile cases[] = {
		{ "alloc movable", nothing,       alloc_movable, 0, 0, 0 },
		{ "free movable",  alloc_movable, free_one,      0, 0, 0 },
	};

	(void)state;
	step_all(cases, sizeof(cases) / sizeof(cases[0]), end_mover, wrong_mover);
}

static void maintenance_comes(void **state)
{
	static const struct meanwhile offline = { "offline", claim, send_claimed, 0, 0, 0 };

	(void)state;
	step_all(common, sizeof(common) / sizeof(common[0]), maintain_there, wrong_maintained);
	step_all(&offline, 1, maintain_there, wrong_maintained);
}

static void all_of_it_isolated(void **state)
{
	isolated = true;
	a_frame_is_sent(state);
	an_owner_ends(state);
	maintenance_comes(state);
	isolated = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_sent),
		cmocka_unit_test(an_owner_ends),
		cmocka_unit_test(a_mover_ends),
		cmocka_unit_test(maintenance_comes),
		cmocka_unit_test(all_of_it_isolated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
