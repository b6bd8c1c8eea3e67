/*
 * vault.c - claims more frames than the vault can keep, writes to them, lets them go, and looks for what was written.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/inspect.h>
#include <labyrinth/maintain.h>
#include <labyrinth/owner.h>
#include <labyrinth/page.h>

#include "test/laws.h"
#include "test/secret.h"
#include "test/vault.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/direct.h"
#include "x86/paging.h"
#include "x86/percpu.h"
#include "x86/probe.h"
#include "x86/window.h"

#define LIST_ORDER 6u                                                        /* of the block for what is remembered */
#define MOST       ((LABYRINTH_PAGE_SIZE << LIST_ORDER) / sizeof(phys_addr_t)) /* frames remembered                  */
#define BEYOND     1024u /* more than the vault's target and what it keeps besides: a page block, 512 */
#define ROUNDS     1000u
#define PATIENCE_SECONDS 120u

static struct labyrinth *lab;
static labyrinth_owner_t owner;
static phys_addr_t *claimed;
static unsigned count;

static struct labyrinth_stats stats_now(void)
{
	struct labyrinth_stats stats;

	labyrinth_stats(lab, &stats);
	return stats;
}

/* All that there is to refill, shred and give back. */
static void maintain(void)
{
	labyrinth_maintain(lab, stats_now().usable);
}

static bool claim_one(struct labyrinth_claim *claim)
{
	volatile uint64_t *words;

	*claim = (struct labyrinth_claim){ .lab = lab, .owner = owner };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
	if (claim->page == NULL || (words = labyrinth_claim_map(claim)) == NULL)
		return false;
	secret_write(words);
	return labyrinth_claim_unmap(claim) == LABYRINTH_OK;
}

/* The least that map and unmap take, of many. */
static uint64_t window_ticks(struct labyrinth_claim *claim)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t began = cpu_tsc();
		if (labyrinth_claim_map(claim) == NULL || labyrinth_claim_unmap(claim) != LABYRINTH_OK)
			return UINT64_MAX;
		uint64_t took = cpu_tsc() - began;
		least = took < least ? took : least;
	}
	return least;
}

static bool windows_are_quick(void)
{
	struct labyrinth_claim claim;

	if (!claim_one(&claim))
		return false;
	claimed[count++] = labyrinth_page_phys(lab, claim.page);
	uint64_t ticks = window_ticks(&claim);
	kprintf("  a window opened and closed: %lu ticks at least\n", ticks);
	return ticks != UINT64_MAX;
}

/*
 * More than goes back into the vault, as often as it has to be refilled for that, here or by the maintenance thread.
 * The claims themselves are forgotten: retiring the owner gives all back.
 */
static bool takes_all(void)
{
	uint64_t enough = stats_now().vault_target + BEYOND, flushes = direct_flushes(), began = cpu_tsc();
	struct labyrinth_claim claim;

	while (count < enough && count < MOST && cpu_tsc() - began < PATIENCE_SECONDS * tsc_hertz()) {
		if (claim_one(&claim))
			claimed[count++] = labyrinth_page_phys(lab, claim.page);
		else if (claim.status == LABYRINTH_NO_MEMORY)
			maintain();
		else
			return false;
	}
	kprintf("  the vault emptied and refilled: %u frames claimed, %lu shootdowns\n", count,
	        direct_flushes() - flushes);
	return count == enough;
}

static bool all_out_of_reach(void)
{
	uint8_t byte;

	for (unsigned i = 0; i < count; i++)
		if (!direct_hidden(claimed[i]) || probe_read(phys_virt(claimed[i]), &byte))
			return false;
	return true;
}

/* By its physical address: it may go out of reach again at any time, should the vault want it. */
static unsigned found_at(phys_addr_t frame)
{
	unsigned found;

	preempt_off();
	found = secret_found(window_map(WINDOW_TEST, frame));
	window_unmap(WINDOW_TEST);
	preempt_on();
	return found;
}

/* Those that are back in the direct map can be read, and tell nothing; and some are. */
static bool some_come_back(void)
{
	unsigned back = 0;
	uint8_t byte;

	if (labyrinth_owner_retire(lab, owner) != LABYRINTH_OK)
		return false;
	maintain();
	for (unsigned i = 0; i < count; i++) {
		if (direct_hidden(claimed[i]))
			continue;
		bool read = probe_read(phys_virt(claimed[i]), &byte);
		if ((!read && !direct_hidden(claimed[i])) || found_at(claimed[i]) != 0)
			return false;
		back += read;
	}
	kprintf("  of %u frames let go, %u can be read again\n", count, back);
	return back > 0;
}

static const struct law laws[] = {
	{ "windows can be opened and closed again and again",                    windows_are_quick },
	{ "the vault can be emptied, and maintenance refills it",                takes_all         },
	{ "every frame that was claimed is out of reach",                        all_out_of_reach  },
	{ "frames that come back can be read again, and hold nothing of theirs", some_come_back    },
};

const char *test_vault(struct labyrinth *in)
{
	static const struct labyrinth_budget budget = { "test-vault", 0, LABYRINTH_MAX_BUDGET, 0 };
	struct labyrinth_grant list = labyrinth_alloc_pages(in, LABYRINTH_GFP_KERNEL, LIST_ORDER);
	const char *broken;

	lab = in;
	count = 0;
	if (list.page == NULL || labyrinth_owner_register(lab, &budget, &owner) != LABYRINTH_OK)
		return "there is an owner for the test, and room for its list";
	claimed = labyrinth_page_address(lab, list.page);
	broken = FIRST_BROKEN(laws);
	if (labyrinth_free_pages(lab, list.page, LIST_ORDER) != LABYRINTH_OK && broken == NULL)
		broken = "the list of the test can be freed";
	return broken;
}
