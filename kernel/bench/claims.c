/*
 * claims.c - the interrupt's work, and the task's beside it.
 *
 * Writes  One struct of its own. The interrupt writes to it while `left` is not 0 and `ready` is set, else the task.
 */
#include <stdatomic.h>
#include <stddef.h>

#include <labyrinth/labyrinth.h>

#include "bench/claims.h"
#include "bench/sample.h"
#include "cmdline.h"
#include "view/print.h"
#include "x86/cpu.h"
#include "x86/timer.h"

#define PERIOD_US 500u /* from one interrupt to the next   */
#define ROUND     32u  /* calls of a kind in one interrupt */
#define WARM      4u   /* interrupts that are not counted  */

#define MOST_CALLS (UINT64_C(1) << 32)

enum kind {
	ALLOC_AT_HAND, FREE_AT_HAND, ALLOC_ZONE, FREE_ZONE, CLAIM_RECYCLED, RELEASE_RECYCLED, CLAIM_VAULT,
	RELEASE_DIRTY, LEND, TAKE_BACK, TRANSFER, MAP, UNMAP, KINDS
};

static const char *const names[KINDS] = {
	[ALLOC_AT_HAND]    = "alloc, atomic, at hand",
	[FREE_AT_HAND]     = "free, to what is at hand",
	[ALLOC_ZONE]       = "alloc, atomic, from a zone",
	[FREE_ZONE]        = "free, after that",
	[CLAIM_RECYCLED]   = "claim, recycled",
	[RELEASE_RECYCLED] = "release, recycled",
	[CLAIM_VAULT]      = "claim, vault",
	[RELEASE_DIRTY]    = "release, to be shredded",
	[LEND]             = "lend",
	[TAKE_BACK]        = "take back",
	[TRANSFER]         = "transfer",
	[MAP]              = "map a window",
	[UNMAP]            = "unmap it",
};

static struct {
	struct labyrinth      *lab;
	struct sample          sample[KINDS];
	labyrinth_owner_t      keeps, shreds, other; /* recycles; does not; somebody to hand frames to */
	struct labyrinth_claim claim[ROUND];
	struct page           *page[ROUND];
	void                 (*work)(void);
	uint64_t               warm, empty; /* interrupts still to warm up; what timing nothing takes */
	_Atomic uint64_t       left, refused;
	atomic_bool            ready;
	struct timer           timer;
} bench;

static void note(enum kind kind, uint64_t took, bool granted)
{
	if (!granted)
		bench.refused++;
	else if (bench.warm == 0)
		sample_add(&bench.sample[kind], took - bench.empty);
}

/* Times one expression, true when it was granted. */
#define TIMED(kind, expression) \
	do { \
		uint64_t start_ = cpu_tsc(); \
		bool granted_ = (expression); \
		note(kind, cpu_tsc() - start_, granted_); \
	} while (0)

static bool allocates(unsigned i, labyrinth_gfp_t gfp)
{
	bench.page[i] = labyrinth_alloc_pages(bench.lab, gfp, 0).page;
	return bench.page[i] != NULL;
}

static bool frees(unsigned i)
{
	return bench.page[i] == NULL || labyrinth_free_pages(bench.lab, bench.page[i], 0) == LABYRINTH_OK;
}

static bool claims(unsigned i)
{
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&bench.claim[i]);
	return bench.claim[i].page != NULL;
}

/* A frame of a named zone is not looked for among those at hand. */
static void share(labyrinth_gfp_t gfp, enum kind alloc, enum kind free)
{
	for (unsigned i = 0; i < ROUND; i++)
		TIMED(alloc, allocates(i, gfp));
	for (unsigned i = 0; i < ROUND; i++)
		TIMED(free, frees(i));
}

static void share_at_hand(void)
{
	share(LABYRINTH_GFP_ATOMIC, ALLOC_AT_HAND, FREE_AT_HAND);
}

static void share_of_zone(void)
{
	share(LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_DMA32, ALLOC_ZONE, FREE_ZONE);
}

static void claim_all(labyrinth_owner_t owner, enum kind kind)
{
	for (unsigned i = 0; i < ROUND; i++) {
		bench.claim[i] = (struct labyrinth_claim){ .lab = bench.lab, .owner = owner };
		TIMED(kind, claims(i));
	}
}

static void claim_of_vault(void)
{
	claim_all(bench.shreds, CLAIM_VAULT);
	for (unsigned i = 0; i < ROUND; i++)
		TIMED(RELEASE_DIRTY, labyrinth_claim_release(&bench.claim[i]) == LABYRINTH_OK);
}

static void claim_recycled(void)
{
	claim_all(bench.keeps, CLAIM_RECYCLED);
	for (unsigned i = 0; i < ROUND; i++) {
		struct labyrinth_claim *claim = &bench.claim[i];

		TIMED(MAP, labyrinth_claim_map(claim) != NULL);
		TIMED(UNMAP, labyrinth_claim_unmap(claim) == LABYRINTH_OK);
		TIMED(LEND, labyrinth_claim_lend(claim) == LABYRINTH_OK);
		TIMED(TAKE_BACK, labyrinth_claim_take_back(claim) == LABYRINTH_OK);
		TIMED(TRANSFER, labyrinth_claim_transfer(claim, bench.other) == LABYRINTH_OK);
		TIMED(TRANSFER, labyrinth_claim_transfer(claim, bench.keeps) == LABYRINTH_OK);
	}
	for (unsigned i = 0; i < ROUND; i++)
		TIMED(RELEASE_RECYCLED, labyrinth_claim_release(&bench.claim[i]) == LABYRINTH_OK);
}

static void interrupt(void *context)
{
	(void)context;
	timer_start(&bench.timer, cpu_tsc() + cycles_of(PERIOD_US));
	if (bench.left == 0 || !bench.ready)
		return;
	bench.work();
	bench.ready = false;
	if (bench.warm > 0)
		bench.warm--;
	else
		bench.left--;
}

static void maintain(void)
{
	while (labyrinth_maintain(bench.lab, 2 * ROUND) == 2 * ROUND)
		;
}

static void rest(void)
{
}

/* `beside` runs between two interrupts. Maintenance empties what is at hand, so that is measured without. */
static void repeat(void (*work)(void), void (*beside)(void), uint64_t calls)
{
	bench.work = work;
	bench.warm = WARM;
	bench.left = (calls + ROUND - 1) / ROUND;
	while (bench.left > 0) {
		beside();
		bench.ready = true;
		cpu_halt();
	}
}

static uint64_t time_nothing(void)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < ROUND; i++) {
		uint64_t start = cpu_tsc(), took = cpu_tsc() - start;

		if (took < least)
			least = took;
	}
	return least;
}

static bool enrol(const char *name, uint32_t recycle, labyrinth_owner_t *owner)
{
	struct labyrinth_budget budget = { name, ROUND, 2 * ROUND, recycle };

	return labyrinth_owner_register(bench.lab, &budget, owner) == LABYRINTH_OK;
}

const char *claims_open(struct labyrinth *lab)
{
	bench.lab = lab;
	for (unsigned kind = 0; kind < KINDS; kind++)
		if (!sample_open(&bench.sample[kind], lab))
			return "there is no memory for counts";
	if (!enrol("bench keeps", ROUND, &bench.keeps) || !enrol("bench shreds", 0, &bench.shreds) ||
	    !enrol("bench other", 0, &bench.other))
		return "an owner is refused";
	return NULL;
}

void claims_close(void)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		sample_close(&bench.sample[kind], bench.lab);
	(void)labyrinth_owner_retire(bench.lab, bench.keeps);
	(void)labyrinth_owner_retire(bench.lab, bench.shreds);
	(void)labyrinth_owner_retire(bench.lab, bench.other);
}

static void print(void)
{
	kprintf("bench claims: %-28s %9s %7s %7s %7s %7s\n", "in a timer interrupt", "calls", "least", "median",
	        "99.9 %", "most");
	for (unsigned kind = 0; kind < KINDS; kind++) {
		const struct sample *s = &bench.sample[kind];

		kprintf("bench claims: %-28s %9lu %7lu %7lu %7lu %7lu\n", names[kind], s->count, s->least,
		        sample_quantile(s, 500), sample_quantile(s, 999), s->worst);
	}
}

const char *claims_measure(void)
{
	uint64_t calls, shreddings;

	cmdline_number("calls", ROUND, MOST_CALLS, 1000000, &calls);
	cmdline_number("vault", ROUND, MOST_CALLS, calls, &shreddings);
	bench.empty = time_nothing();
	maintain(); /* whoever has to be told that memory was short, while it was being filled, is told now */
	bench.timer.fire = interrupt;
	timer_start(&bench.timer, cpu_tsc() + cycles_of(PERIOD_US));
	repeat(share_at_hand, rest, calls);
	repeat(share_of_zone, rest, calls);
	repeat(claim_recycled, maintain, calls);
	repeat(claim_of_vault, maintain, shreddings);
	timer_stop(&bench.timer);
	print();
	return bench.refused == 0 ? NULL : "bench: a call was refused";
}
