/*
 * test_map.c - windows opened and closed, and frames hidden, interrupted after every instruction by handlers and NMIs
 * that claim, map, write, unmap and release.
 *
 * Idea    As test_interrupt.c, over an isolation port whose tables are arrays, put back with the rest of the scene. A
 *         slot is found empty when it is filled; afterwards the laws hold, the port's tables included, and every window
 *         shows the frame of its claim.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/pairs.h"
#include "port/host.h"

#define FIRST  0x1100u
#define FRAMES 32u
#define SLOTS  6u

enum reach { SHOWN, LINGERS, HIDDEN };

static struct scene {
	uint8_t  reach[FRAMES];
	uint64_t slot[SLOTS];           /* physical address; 0 for none        */
	const char *misuse;             /* of the port: the first one          */
	labyrinth_owner_t nic, stack;
	struct labyrinth_claim held[3]; /* the nic's; [1] is mapped, [2] lent  */
	struct labyrinth_claim body;
	void *address, *inner_address;  /* of held[0] in the body; whatever the interrupt has mapped */
	enum labyrinth_status outcome, inner_outcome;
	bool body_claims, inner_claims; /* has asked for a frame that it is guaranteed */
	bool denied;
} s;

static struct arena arena;

/* ---- The port. */

static void misuse(const char *what)
{
	if (s.misuse == NULL)
		s.misuse = what;
}

static uint8_t *reach_of(phys_addr_t frame)
{
	return &s.reach[labyrinth_pfn_floor(frame).n - FIRST];
}

static bool hide(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	if (*reach_of(first) != SHOWN || order != 0)
		misuse("a frame is hidden twice");
	*reach_of(first) = LINGERS;
	return true;
}

static void flush(void *context)
{
	(void)context;
	for (unsigned i = 0; i < FRAMES; i++)
		if (s.reach[i] == LINGERS)
			s.reach[i] = HIDDEN;
}

static void show(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	if (*reach_of(first) == SHOWN || order != 0)
		misuse("a frame is shown twice");
	*reach_of(first) = SHOWN;
}

static void *map(unsigned slot, phys_addr_t frame, void *context)
{
	(void)context;
	if (slot >= SLOTS || s.slot[slot] != 0)
		misuse("a slot is filled twice");
	else
		s.slot[slot] = frame.a;
	if (*reach_of(frame) != HIDDEN)
		misuse("a frame in a window is in everybody's reach");
	return host_bytes(frame);
}

static void unmap(unsigned slot, void *context)
{
	(void)context;
	if (slot >= SLOTS || s.slot[slot] == 0)
		misuse("a slot is emptied twice");
	else
		s.slot[slot] = 0;
}

static bool hidden(phys_addr_t frame, void *context)
{
	(void)context;
	return *reach_of(frame) == HIDDEN;
}

/* ---- The arena. */

enum scenario {
	SURPLUS, /* clean frames in the vault for all                               */
	SHORT,   /* the vault is short of some; zones have free ones                */
	DIRTY,   /* what the nic may claim, all of it promised, has to be shredded  */
};

static const char *const scenario_name[] = { "surplus", "a vault that is short", "nothing clean", NULL };

static struct labyrinth_claim claim_for(labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = { .lab = arena.lab, .owner = owner };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	return claim;
}

static labyrinth_owner_t owner_new(const char *name, uint32_t guarantee, uint32_t limit)
{
	struct labyrinth_budget budget = { name, guarantee, limit, 0 };
	labyrinth_owner_t owner;

	assert_int_equal(labyrinth_owner_register(arena.lab, &budget, &owner), LABYRINTH_OK);
	return owner;
}

/* All that the vault has for claims beyond guarantees is out. */
static void use_up(void)
{
	labyrinth_owner_t hoarder = owner_new("hoarder", 0, 30);

	while (claim_for(hoarder).status == LABYRINTH_OK)
		;
}

static void soil(void)
{
	struct labyrinth_stats stats;

	do {
		struct labyrinth_claim two[] = { claim_for(s.nic), claim_for(s.nic) };

		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(labyrinth_claim_release(&two[i]), LABYRINTH_OK);
		labyrinth_stats(arena.lab, &stats);
	} while (stats.vault > 0);
}

static void set_up(unsigned scenario)
{
	static const uint64_t ranges[][2] = { { FIRST, FIRST + FRAMES }, { 0, 0 } };
	const struct labyrinth_isolation port = { hide, flush, show, map, unmap, hidden, SLOTS, NULL };

	arena = arena_new(ranges, config_with(4, 2, 12, 1, 0));
	s = (struct scene){ .outcome = LABYRINTH_OK, .inner_outcome = LABYRINTH_OK };
	assert_int_equal(labyrinth_isolate(arena.lab, &port), LABYRINTH_OK);
	s.nic = owner_new("nic", 5, 9);
	s.stack = owner_new("stack", 1, 6);
	for (unsigned i = 0; i < 3; i++)
		s.held[i] = claim_for(s.nic);
	assert_non_null(labyrinth_claim_map(&s.held[1]));
	assert_int_equal(labyrinth_claim_lend(&s.held[2]), LABYRINTH_OK);
	s.body = (struct labyrinth_claim){ .lab = arena.lab };
	if (scenario != SURPLUS)
		use_up();
	if (scenario == DIRTY)
		soil();
}

/* ---- Calls that are interrupted. */

static void body_map(void)      { s.address = labyrinth_claim_map(&s.held[0]); }
static void body_unmap(void)    { s.outcome = labyrinth_claim_unmap(&s.held[1]); }
static void body_maintain(void) { labyrinth_maintain(arena.lab, 4); }

static void body_claim(void)
{
	s.body_claims = true;
	s.body = claim_for(s.nic);
}

static void body_there_and_back(void)
{
	s.address = labyrinth_claim_map(&s.held[0]);
	s.outcome = s.address != NULL ? labyrinth_claim_unmap(&s.held[0]) : LABYRINTH_NOT_MAPPED;
	s.address = NULL;
}

static const struct pairs_call bodies[] = {
	{ "map", body_map },           { "unmap", body_unmap }, { "map and unmap", body_there_and_back },
	{ "maintain", body_maintain }, { "claim", body_claim },
	{ NULL, NULL },
};

/* ---- Calls that interrupt. */

/* A frame of its own, seen and gone again. */
static void visit(labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = claim_for(owner);

	s.inner_claims = true;
	s.denied = claim.status != LABYRINTH_OK;
	if (s.denied)
		return;
	s.inner_address = labyrinth_claim_map(&claim);
	if (s.inner_address != NULL) {
		memset(s.inner_address, 0x11, 64);
		s.inner_outcome = labyrinth_claim_unmap(&claim);
	}
	if (labyrinth_claim_release(&claim) != LABYRINTH_OK)
		s.inner_outcome = LABYRINTH_STATUS_COUNT;
}

static void inner_visit(void) { visit(s.nic); }
static void inner_other(void) { visit(s.stack); }

/* With a copy of the claim that the body is at work on; what this opens, it closes. */
static void meddle(const struct labyrinth_claim *with)
{
	struct labyrinth_claim copy = *with;

	s.inner_address = labyrinth_claim_map(&copy);
	if (s.inner_address != NULL)
		s.inner_outcome = labyrinth_claim_unmap(&copy);
}

static void inner_same(void)   { meddle(&s.held[0]); }
static void inner_mapped(void) { meddle(&s.held[1]); }

/* Closes the body's window, or what it takes for it. */
static void inner_unmap(void)
{
	struct labyrinth_claim copy = s.held[1];
	enum labyrinth_status ignored = labyrinth_claim_unmap(&copy);

	(void)ignored;
}

static const struct pairs_call inners[] = {
	{ "claim, map, unmap, release", inner_visit }, { "the same for another owner", inner_other },
	{ "map and unmap the frame at hand", inner_same }, { "map the frame that is mapped", inner_mapped },
	{ "unmap the frame that is mapped", inner_unmap },
	{ NULL, NULL },
};

/* ---- What must be true afterwards. */

static const char *wrong(void)
{
	uint64_t at = labyrinth_page_phys(arena.lab, s.held[0].page).a;
	unsigned seen = 0;

	if (s.misuse != NULL)
		return s.misuse;
	if (s.inner_outcome != LABYRINTH_OK)
		return "what a handler has opened it could not close or release";
	if ((s.body_claims && s.body.status != LABYRINTH_OK) || (s.inner_claims && s.denied))
		return "a claim within its guarantee was refused";
	for (unsigned i = 0; i < SLOTS; i++)
		seen += s.slot[i] == at;
	if (seen != (s.address != NULL ? 1u : 0u))
		return "a window does not show the frame of its claim";
	return NULL;
}

static const char *left_over(void)
{
	struct labyrinth_stats stats;

	if (s.address != NULL && labyrinth_claim_unmap(&s.held[0]) != LABYRINTH_OK)
		return "the window cannot be closed";
	labyrinth_stats(arena.lab, &stats);
	if (stats.mapped == 1 && labyrinth_claim_unmap(&s.held[1]) != LABYRINTH_OK)
		return "the first window cannot be closed";
	if (labyrinth_claim_take_back(&s.held[2]) != LABYRINTH_OK
	    || labyrinth_owner_retire(arena.lab, s.nic) != LABYRINTH_OK)
		return "an owner cannot be retired";
	labyrinth_maintain(arena.lab, 100);
	for (unsigned i = 0; i < SLOTS; i++)
		if (s.slot[i] != 0)
			return "a slot is still in use";
	return s.misuse;
}

int main(void)
{
	const struct pairs all = {
		.bodies = bodies, .inners = inners, .scenarios = scenario_name, .set_up = set_up,
		.wrong = wrong, .left_over = left_over, .arena = &arena, .scene = { &s, sizeof(s) },
	};

	return pairs_run(&all);
}
