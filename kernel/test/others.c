/*
 * others.c - has every CPU try the same address, and counts how many get there.
 */
#include <stdatomic.h>

#include <labyrinth/alloc.h>
#include <labyrinth/owner.h>
#include <labyrinth/page.h>

#include "call.h"
#include "cpus.h"
#include "isolate.h"
#include "test/laws.h"
#include "test/others.h"
#include "x86/direct.h"
#include "x86/paging.h"
#include "x86/probe.h"

static struct labyrinth *lab;
static labyrinth_owner_t owner;

/* What every CPU is to do, and how many could. */
struct attempt {
	volatile uint8_t             *at;
	const struct labyrinth_claim *claim; /* the frame at stake          */
	uint32_t                      home;  /* the CPU that has it mapped  */
	_Atomic uint32_t              done;
};

static void read_and_write(void *context)
{
	struct attempt *attempt = context;
	uint8_t byte;

	if (probe_read(attempt->at, &byte) && probe_write(attempt->at, byte))
		attempt->done++;
}

/* The CPUs that can read and write there. */
static uint32_t reached(volatile void *at)
{
	struct attempt attempt = { .at = at };

	call_all(read_and_write, &attempt);
	return attempt.done;
}

/* All of them know the translation before it ends. */
static bool shootdown_is_for_all(void)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, 0);

	if (grant.page == NULL)
		return false;
	phys_addr_t frame = labyrinth_page_phys(lab, grant.page);
	bool right_so = reached(phys_virt(frame)) == cpus_online() && direct_hide(frame, 0);

	direct_flush();
	right_so = right_so && reached(phys_virt(frame)) == 0;
	direct_show(frame, 0);
	right_so = right_so && reached(phys_virt(frame)) == cpus_online();
	return labyrinth_free_pages(lab, grant.page, 0) == LABYRINTH_OK && right_so;
}

static void fault_and_explain(void *context)
{
	struct attempt *attempt = context;
	struct isolate_touch touch;
	uint8_t byte;

	if (probe_read(attempt->at, &byte) || probe_write(attempt->at, 0))
		return;
	struct probe_fault fault = probe_last();
	if (isolate_explain(fault.virt, fault.rip, &touch) && touch.cpu == cpu_index() &&
	    touch.owner.slot == owner.slot && touch.generation == attempt->claim->generation)
		attempt->done++;
}

static bool strays_fault_everywhere(void)
{
	struct labyrinth_claim claim = { .lab = lab, .owner = owner };
	struct attempt attempt = { .claim = &claim };

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	if (claim.page == NULL)
		return false;
	attempt.at = phys_virt(labyrinth_page_phys(lab, claim.page));
	call_all(fault_and_explain, &attempt);
	return labyrinth_claim_release(&claim) == LABYRINTH_OK && attempt.done == cpus_online();
}

/* The others may not close it; this one does not try. */
static void close_others_window(void *context)
{
	struct attempt *attempt = context;
	struct labyrinth_claim copy = *attempt->claim;

	if (cpu_index() == attempt->home || labyrinth_claim_unmap(&copy) == LABYRINTH_OTHER_CPU)
		attempt->done++;
}

static bool window_is_of_one(void)
{
	struct labyrinth_claim claim = { .lab = lab, .owner = owner };
	volatile uint8_t *window;

	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	if (claim.page == NULL || (window = labyrinth_claim_map(&claim)) == NULL)
		return false;
	struct attempt attempt = { .claim = &claim, .home = cpu_index() };
	bool right_so = reached(window) == 1;
	call_all(close_others_window, &attempt);
	right_so = right_so && attempt.done == cpus_online();
	right_so = labyrinth_claim_unmap(&claim) == LABYRINTH_OK && reached(window) == 0 && right_so;
	return labyrinth_claim_release(&claim) == LABYRINTH_OK && right_so;
}

static const struct law laws[] = {
	{ "what is hidden and flushed is gone for every CPU, and comes back for every CPU", shootdown_is_for_all    },
	{ "a stray access to a claimed frame faults on every CPU, and is explained there",  strays_fault_everywhere },
	{ "a window is one CPU's: the others cannot reach through it, nor close it",        window_is_of_one        },
};

const char *test_others(struct labyrinth *in)
{
	static const struct labyrinth_budget budget = { "test-others", 1, 1, 0 };
	const char *broken;

	lab = in;
	if (labyrinth_owner_register(lab, &budget, &owner) != LABYRINTH_OK)
		return "the owner of the test can be registered";
	broken = FIRST_BROKEN(laws);
	if (labyrinth_owner_retire(lab, owner) != LABYRINTH_OK && broken == NULL)
		broken = "the owner of the test can be retired";
	return broken;
}
