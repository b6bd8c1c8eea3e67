/*
 * test_meanwhile.c - another CPU sends a frame offline that a call has to do with, or ends the owner whose call it is,
 * after every instruction.
 *
 * Idea    The interrupt stands for the other CPU. The call does what it would have done, or is refused because its
 *         owner is gone; all laws hold afterwards, and when everything is given back nobody has anything: the frame is
 *         offline, the owner's slot and its guarantee are free.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/step.h"
#include "port/host.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define COUNT  5u /* frames of an exact number, and of a bulk */

#define FIRST  0x2000u
#define FRAMES 64u

static const uint64_t machine[][2] = { { FIRST, FIRST + FRAMES }, { 0, 0 } };

static struct arena arena;

/* What body and interrupt write, besides the metadata. */
static struct {
	labyrinth_owner_t      user, other;
	struct labyrinth_claim claim;
	bool                   mapped, lent;
	struct page           *page, *exact, *block, *bulk[COUNT];
	uint32_t               in_bulk;
	pfn_t                  bad;
	enum labyrinth_status  asked, given, ended;
} s;

static void send(void)
{
	host_context = LABYRINTH_TASK;
	host_cpu = 1;
	s.asked = labyrinth_offline(arena.lab, s.bad);
	host_cpu = 0;
}

static void end_user(void)
{
	host_context = LABYRINTH_TASK;
	host_cpu = 1;
	s.ended = labyrinth_owner_retire(arena.lab, s.user);
	host_cpu = 0;
}

/* What went wrong first. */
static void gave(enum labyrinth_status status)
{
	if (s.given == LABYRINTH_OK)
		s.given = status;
}

/* ---- Calls that are interrupted. */

static void alloc(void)      { s.page = labyrinth_alloc_pages(arena.lab, KERNEL, 0).page; }
static void alloc_block(void) { s.block = labyrinth_alloc_pages(arena.lab, KERNEL, 3).page; }
static void alloc_exact(void) { s.exact = labyrinth_alloc_pages_exact(arena.lab, KERNEL, COUNT).page; }
static void alloc_bulk(void) { s.in_bulk = labyrinth_alloc_bulk(arena.lab, KERNEL, COUNT, s.bulk).count; }

static void alloc_range(void)
{
	const struct labyrinth_contiguous want = { COUNT, { UINT64_MAX }, 1, 0 };

	s.exact = labyrinth_alloc_contiguous(arena.lab, KERNEL, &want).page;
}

static void free_one(void)
{
	gave(labyrinth_free_pages(arena.lab, s.page, 0));
	s.page = NULL;
}

static void free_block(void)
{
	gave(labyrinth_free_pages(arena.lab, s.block, 3));
	s.block = NULL;
}

static void free_exact(void)
{
	gave(labyrinth_free_pages_exact(arena.lab, s.exact, COUNT));
	s.exact = NULL;
}

static void free_bulk(void)
{
	gave(labyrinth_free_bulk(arena.lab, s.bulk, s.in_bulk).status);
	s.in_bulk = 0;
}

static void claim(void)
{
	s.claim.owner = s.user;
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&s.claim);
	gave(s.claim.status);
}

static void lend(void)
{
	s.lent = labyrinth_claim_lend(&s.claim) == LABYRINTH_OK;
}

static void take_back(void)
{
	if (s.lent)
		gave(labyrinth_claim_take_back(&s.claim));
	s.lent = false;
}

static void map(void)
{
	s.mapped = labyrinth_claim_map(&s.claim) != NULL;
}

static void unmap(void)
{
	if (s.mapped)
		gave(labyrinth_claim_unmap(&s.claim));
	s.mapped = false;
}

static void release(void)  { gave(labyrinth_claim_release(&s.claim)); }
static void transfer(void) { gave(labyrinth_claim_transfer(&s.claim, s.other)); }
static void maintain(void) { labyrinth_maintain(arena.lab, 100); }

static void retire(void)
{
	gave(labyrinth_owner_retire(arena.lab, s.user));
	s.claim.page = NULL;
}

/* ---- Before. */

static void nothing(void)
{
}

static void claim_and_release(void)
{
	claim();
	release();
}

static void claim_and_lend(void)
{
	claim();
	lend();
}

static void claim_and_map(void)
{
	claim();
	map();
}

static labyrinth_owner_t owner_new(uint32_t recycle)
{
	const struct labyrinth_budget budget = { "user", 2, 2, recycle };
	labyrinth_owner_t owner;

	assert_int_equal(labyrinth_owner_register(arena.lab, &budget, &owner), LABYRINTH_OK);
	return owner;
}

/* A call that is interrupted, and what comes before it. */
struct meanwhile {
	const char *name;
	void      (*first)(void), (*body)(void);
	uint32_t    magazine, quarantine, recycle;
};

static void set_up(const struct meanwhile *m)
{
	struct labyrinth_config config = config_with(2, 2, 6, 2, m->magazine);

	config.shelf = 0;
	if (m->quarantine > 0)
		config.debug = (struct labyrinth_debug_config){ .aids = LABYRINTH_DEBUG_QUARANTINE,
		                                                .quarantine = m->quarantine };
	arena = arena_new(machine, config);
	memset(&s, 0, sizeof(s));
	s.claim.lab = arena.lab;
	s.user = owner_new(m->recycle);
	s.other = owner_new(0);
	m->first();
	assert_int_equal(s.given, LABYRINTH_OK);
}

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

static const char *anything_left(uint64_t offline)
{
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
	return anything_left(1);
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
	return anything_left(0);
}

static const char *(*wrong)(void);

static bool judge(uint64_t at)
{
	const char *fault = wrong();

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

static void a_frame_is_sent(void **state)
{
	static const struct meanwhile cases[] = {
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

	(void)state;
	wrong = wrong_sent;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct look before, after;
		uint64_t n = 0;

		set_up(&cases[i]);
		before = look();
		cases[i].body();
		after = look();
		arena_end(&arena);
		for (unsigned f = 0; f < FRAMES; f++)
			if (before.state[f] != after.state[f] || before.slot[f] != after.slot[f])
				n += step_with(&cases[i], send, FIRST + f);
		report(&cases[i], n);
	}
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
	};

	(void)state;
	wrong = wrong_ended;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		report(&cases[i], step_with(&cases[i], end_user, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_sent),
		cmocka_unit_test(an_owner_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
