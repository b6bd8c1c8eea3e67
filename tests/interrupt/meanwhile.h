/*
 * meanwhile.h - a small machine, the calls that are interrupted there, and those of another CPU that interrupt.
 *
 * Needs   cmocka and arena.h before it.
 */
#ifndef TESTS_MEANWHILE_H
#define TESTS_MEANWHILE_H

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
	labyrinth_mover_t      mover;
	struct labyrinth_claim claim;
	bool                   mapped, lent;
	struct page           *page, *exact, *block, *bulk[COUNT];
	uint32_t               in_bulk;
	pfn_t                  bad;
	enum labyrinth_status  asked, given, ended;
	bool                   hidden[FRAMES], confused; /* what the isolation port knows, and thinks of its calls */
} s;

static void send(void)
{
	host_context = LABYRINTH_TASK;
	host_cpu = 1;
	s.asked = labyrinth_offline(arena.lab, s.bad);
	host_cpu = 0;
}

/* The same as a call that is interrupted, of the frame that is claimed. */
static void send_claimed(void)
{
	s.bad = labyrinth_page_pfn(arena.lab, s.claim.page);
	s.asked = labyrinth_offline(arena.lab, s.bad);
}

static void end_user(void)
{
	host_context = LABYRINTH_TASK;
	host_cpu = 1;
	s.ended = labyrinth_owner_retire(arena.lab, s.user);
	host_cpu = 0;
}

static void end_mover(void)
{
	host_context = LABYRINTH_TASK;
	s.ended = labyrinth_mover_unregister(arena.lab, s.mover);
}

static void maintain_there(void)
{
	host_context = LABYRINTH_TASK;
	host_cpu = 1;
	labyrinth_maintain(arena.lab, 100);
	host_cpu = 0;
}

/* What went wrong first. */
static void gave(enum labyrinth_status status)
{
	if (s.given == LABYRINTH_OK)
		s.given = status;
}

/* ---- Calls that are interrupted. */

static void alloc(void)         { s.page = labyrinth_alloc_pages(arena.lab, KERNEL, 0).page; }
static void alloc_block(void)   { s.block = labyrinth_alloc_pages(arena.lab, KERNEL, 3).page; }
static void alloc_exact(void)   { s.exact = labyrinth_alloc_pages_exact(arena.lab, KERNEL, COUNT).page; }
static void alloc_bulk(void)    { s.in_bulk = labyrinth_alloc_bulk(arena.lab, KERNEL, COUNT, s.bulk).count; }
static void alloc_movable(void) { s.page = labyrinth_alloc_movable(arena.lab, KERNEL, s.mover).page; }

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

/* ---- An isolation port, which has tables for everything. */

static bool turn(phys_addr_t first, unsigned order, bool hidden)
{
	bool *at = &s.hidden[labyrinth_pfn_floor(first).n - FIRST];

	s.confused |= order != 0 || *at == hidden;
	*at = hidden;
	return true;
}

static bool hide(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	return turn(first, order, true);
}

static void show(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	turn(first, order, false);
}

static void flush(void *context)
{
	(void)context;
}

static void *show_in_window(unsigned slot, phys_addr_t frame, void *context)
{
	(void)slot, (void)context;
	s.confused |= !s.hidden[labyrinth_pfn_floor(frame).n - FIRST];
	return labyrinth_port_virt(frame);
}

static void empty_window(unsigned slot, void *context)
{
	(void)slot, (void)context;
}

static bool is_hidden(phys_addr_t frame, void *context)
{
	(void)context;
	return s.hidden[labyrinth_pfn_floor(frame).n - FIRST];
}

static const struct labyrinth_isolation port = {
	.hide = hide, .flush = flush, .show = show, .map = show_in_window, .unmap = empty_window, .hidden = is_hidden,
	.slots = 8,
};

static bool isolated; /* the machines of this test */

/* A call that is interrupted, and what comes before it. */
struct meanwhile {
	const char *name;
	void      (*first)(void), (*body)(void);
	uint32_t    magazine, quarantine, recycle;
};

static bool stays(void *context, struct page *from, struct page *to)
{
	(void)context, (void)from, (void)to;
	return false;
}

static void set_up(const struct meanwhile *m)
{
	const struct labyrinth_mover mover = { "mover", stays, NULL };
	struct labyrinth_config config = config_with(2, 2, 6, 2, m->magazine);

	config.shelf = 0;
	if (m->quarantine > 0)
		config.debug = (struct labyrinth_debug_config){ .aids = LABYRINTH_DEBUG_QUARANTINE,
		                                                .quarantine = m->quarantine };
	arena = arena_new(machine, config);
	memset(&s, 0, sizeof(s));
	s.claim.lab = arena.lab;
	s.asked = LABYRINTH_STATUS_COUNT; /* nobody */
	if (isolated)
		assert_int_equal(labyrinth_isolate(arena.lab, &port), LABYRINTH_OK);
	s.user = owner_new(m->recycle);
	s.other = owner_new(0);
	assert_int_equal(labyrinth_mover_register(arena.lab, &mover, &s.mover), LABYRINTH_OK);
	m->first();
	assert_int_equal(s.given, LABYRINTH_OK);
}

#endif
