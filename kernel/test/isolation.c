/*
 * isolation.c - claims frames, and reaches for them in every way but the right one; then in the right one.
 *
 * Needs   Interrupts on; nobody else claims.
 */
#include <labyrinth/inspect.h>
#include <labyrinth/maintain.h>
#include <labyrinth/owner.h>
#include <labyrinth/page.h>

#include "isolate.h"
#include "test/isolation.h"
#include "test/laws.h"
#include "test/secret.h"
#include "thread.h"
#include "x86/cpu.h"
#include "x86/direct.h"
#include "x86/paging.h"
#include "x86/percpu.h"
#include "x86/probe.h"
#include "x86/window.h"

#define CLAIMS 16u

static struct labyrinth *lab;
static labyrinth_owner_t left, right;
static volatile bool went_on;

static bool claim_for(labyrinth_owner_t owner, struct labyrinth_claim *claim)
{
	*claim = (struct labyrinth_claim){ .lab = lab, .owner = owner };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
	return claim->page != NULL;
}

static bool release(struct labyrinth_claim *claim)
{
	return labyrinth_claim_release(claim) == LABYRINTH_OK;
}

/* All that there is to refill, shred and give back. */
static void maintain(void)
{
	struct labyrinth_stats stats;

	labyrinth_stats(lab, &stats);
	labyrinth_maintain(lab, stats.usable);
}

static bool fill_claim(struct labyrinth_claim *claim)
{
	volatile uint64_t *words = labyrinth_claim_map(claim);

	if (words == NULL)
		return false;
	secret_write(words);
	return labyrinth_claim_unmap(claim) == LABYRINTH_OK;
}

static bool claim_holds(struct labyrinth_claim *claim, unsigned expected)
{
	const volatile uint64_t *words = labyrinth_claim_map(claim);
	unsigned same = words != NULL ? secret_found(words) : SECRET_WORDS + 1;

	return words != NULL && labyrinth_claim_unmap(claim) == LABYRINTH_OK && same == expected;
}

/* As nobody but a test may: by its physical address. */
static unsigned found_at(phys_addr_t frame)
{
	unsigned same;

	preempt_off();
	same = secret_found(window_map(WINDOW_TEST, frame));
	window_unmap(WINDOW_TEST);
	preempt_on();
	return same;
}

/* A stray pointer to a claimed frame, read through and written through. */
static bool out_of_reach(const struct labyrinth_claim *claim)
{
	volatile uint8_t *stray = phys_virt(labyrinth_page_phys(lab, claim->page));
	uint8_t byte;

	return !probe_read(stray, &byte) && !probe_write(stray + LABYRINTH_PAGE_SIZE - 1, 0);
}

/* The report of a fault tells what this one was, whose frame, by which claim, where. */
static bool explained(const struct labyrinth_claim *claim)
{
	struct probe_fault fault = probe_last();
	struct isolate_touch touch;

	return isolate_explain(fault.virt, fault.rip, &touch) &&
	       touch.frame.n == labyrinth_page_pfn(lab, claim->page).n && touch.owner.slot == claim->owner.slot &&
	       touch.owner.generation == claim->owner.generation && touch.generation == claim->generation &&
	       touch.cpu == cpu_index() && touch.rip == fault.rip;
}

static bool strays_fault(void)
{
	struct labyrinth_claim claim;

	if (!claim_for(left, &claim))
		return false;
	preempt_off();
	bool right_so = out_of_reach(&claim) && explained(&claim);
	preempt_on();
	return release(&claim) && right_so;
}

/* Without a way out: what the rest of the kernel is spared. */
static void write_and_go_on(void *context)
{
	volatile uint8_t *const *stray = context;

	**stray = 0;
	went_on = true;
}

static bool offenders_are_stopped(void)
{
	struct labyrinth_claim claim;
	volatile uint8_t *stray;

	if (!claim_for(left, &claim))
		return false;
	stray = phys_virt(labyrinth_page_phys(lab, claim.page));
	struct thread *offender = thread_start("offender", ANY_CPU, write_and_go_on, &stray);
	bool right_so = offender != NULL && !thread_join(offender) && !went_on;

	return release(&claim) && right_so;
}

/* Every call that must not be possible says so, and the claim is as it was. */
static bool refuses(struct labyrinth_claim *claim, enum labyrinth_status why)
{
	struct labyrinth_claim copy = *claim;

	return labyrinth_claim_release(&copy) == why && labyrinth_claim_transfer(&copy, right) == why &&
	       labyrinth_claim_map(&copy) == NULL && copy.status == why && copy.page == claim->page &&
	       copy.generation == claim->generation;
}

static bool window_is_the_way(void)
{
	struct labyrinth_claim claim;
	volatile uint64_t *words;
	uint8_t byte;

	if (!claim_for(left, &claim) || (words = labyrinth_claim_map(&claim)) == NULL)
		return false;
	secret_write(words);
	bool right_so = refuses(&claim, LABYRINTH_FRAME_MAPPED) &&
	                labyrinth_claim_lend(&claim) == LABYRINTH_FRAME_MAPPED && secret_found(words) == SECRET_WORDS;
	right_so = labyrinth_claim_unmap(&claim) == LABYRINTH_OK && right_so;
	right_so = right_so && !probe_read(words, &byte) && !probe_write(words, 0) && out_of_reach(&claim) &&
	           claim_holds(&claim, SECRET_WORDS);
	return release(&claim) && right_so;
}

/* The device gets the physical address, and needs no more. */
static bool lent_is_the_devices(void)
{
	struct labyrinth_claim claim;

	if (!claim_for(left, &claim) || labyrinth_claim_lend(&claim) != LABYRINTH_OK)
		return false;
	bool right_so = refuses(&claim, LABYRINTH_FRAME_LENT);

	preempt_off();
	secret_write(window_map(WINDOW_TEST, labyrinth_page_phys(lab, claim.page)));
	window_unmap(WINDOW_TEST);
	preempt_on();
	right_so = labyrinth_claim_take_back(&claim) == LABYRINTH_OK && right_so && claim_holds(&claim, SECRET_WORDS);
	return release(&claim) && right_so;
}

static bool transfer_keeps(void)
{
	struct labyrinth_claim claim;

	return claim_for(left, &claim) && fill_claim(&claim) &&
	       labyrinth_claim_transfer(&claim, right) == LABYRINTH_OK && out_of_reach(&claim) &&
	       claim_holds(&claim, SECRET_WORDS) && release(&claim);
}

/* The vault gives first what it got last. Does the other owner get this frame, and find nothing in it? */
static bool claimed_again(struct page *page, bool *clean)
{
	struct labyrinth_claim claim[CLAIMS];
	unsigned held = 0;
	bool got = false;

	while (held < CLAIMS && !got && claim_for(right, &claim[held]))
		got = claim[held++].page == page;
	*clean = !got || claim_holds(&claim[held - 1], 0);
	while (held > 0)
		*clean = release(&claim[--held]) && *clean;
	return got;
}

/* Maintenance gives the frame back to the vault or, if that is full by then, to everybody. */
static bool nothing_is_left(void)
{
	struct labyrinth_claim claim;
	bool clean = true;

	if (!claim_for(left, &claim) || !fill_claim(&claim))
		return false;
	struct page *page = claim.page;
	phys_addr_t frame = labyrinth_page_phys(lab, page);
	bool was_there = found_at(frame) == SECRET_WORDS;

	if (!release(&claim))
		return false;
	maintain();
	if (!claimed_again(page, &clean) && direct_hidden(frame))
		return false;
	return was_there && clean && found_at(frame) == 0;
}

static const struct law laws[] = {
	{ "a stray read and a stray write of a claimed frame fault, and name it", strays_fault        },
	{ "a thread that writes to another's frame is stopped, and nobody else",  offenders_are_stopped },
	{ "a mapped frame is its owner's, through its window and no other way",   window_is_the_way   },
	{ "a lent frame is the device's, and is not mapped, released or moved",   lent_is_the_devices },
	{ "what was transferred is the receiver's, with what is in it",           transfer_keeps      },
	{ "the next owner finds nothing of what was in a frame",                  nothing_is_left     },
};

static bool owners_come(void)
{
	static const struct labyrinth_budget for_left = { "test-left", 1, CLAIMS, 0 };
	static const struct labyrinth_budget for_right = { "test-right", 1, CLAIMS, 0 };

	return labyrinth_owner_register(lab, &for_left, &left) == LABYRINTH_OK &&
	       labyrinth_owner_register(lab, &for_right, &right) == LABYRINTH_OK;
}

static bool owners_go(void)
{
	bool gone = labyrinth_owner_retire(lab, left) == LABYRINTH_OK;

	gone = labyrinth_owner_retire(lab, right) == LABYRINTH_OK && gone;
	maintain();
	return gone;
}

const char *test_isolation(struct labyrinth *in)
{
	const char *broken;

	lab = in;
	if (!owners_come())
		return "the owners of the test can be registered";
	broken = FIRST_BROKEN(laws);
	if (!owners_go() && broken == NULL)
		broken = "the owners of the test can be retired";
	return broken;
}
