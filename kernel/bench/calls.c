/*
 * calls.c - pairs of calls, one that takes and one that gives back, in rounds that empty and fill what is at hand.
 *
 * Writes  One struct of its own. Task only.
 */
#include <stddef.h>

#include <labyrinth/labyrinth.h>

#include "bench/calls.h"
#include "view/print.h"
#include "x86/step.h"

#define ROUND 100u /* calls in a row: more than a magazine's refill */
#define BULK  32u

static struct {
	struct labyrinth      *lab;
	labyrinth_owner_t      owner, other, passing;
	struct labyrinth_claim claim[ROUND];
	struct page           *page[ROUND];
	struct page           *bulk[BULK];
	uint32_t               got;
	unsigned               i;       /* the round's call */
	unsigned               refused;
} calls;

static void good(enum labyrinth_status status)
{
	calls.refused += status != LABYRINTH_OK;
}

static void alloc(labyrinth_gfp_t gfp, unsigned order)
{
	calls.page[calls.i] = labyrinth_alloc_pages(calls.lab, gfp, order).page;
}

/* What was refused, because memory is full, is not given back. */
static void give(unsigned order)
{
	if (calls.page[calls.i] != NULL)
		good(labyrinth_free_pages(calls.lab, calls.page[calls.i], order));
}

static void alloc_0(void)      { alloc(LABYRINTH_GFP_KERNEL, 0); }
static void alloc_atomic(void) { alloc(LABYRINTH_GFP_ATOMIC, 0); }
static void alloc_zero(void)   { alloc(LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_ZERO, 0); }
static void alloc_3(void)      { alloc(LABYRINTH_GFP_NOWAIT, 3); }
static void alloc_9(void)      { alloc(LABYRINTH_GFP_NOWAIT, 9); }
static void free_0(void)       { give(0); }
static void free_3(void)       { give(3); }
static void free_9(void)       { give(9); }

static void alloc_bulk(void)
{
	calls.got = labyrinth_alloc_bulk(calls.lab, LABYRINTH_GFP_NOWAIT, BULK, calls.bulk).count;
}

static void free_bulk(void)
{
	good(labyrinth_free_bulk(calls.lab, calls.bulk, calls.got).status);
}

static void alloc_exact(void)
{
	calls.page[calls.i] = labyrinth_alloc_pages_exact(calls.lab, LABYRINTH_GFP_NOWAIT, 5).page;
}

static void free_exact(void)
{
	if (calls.page[calls.i] != NULL)
		good(labyrinth_free_pages_exact(calls.lab, calls.page[calls.i], 5));
}

static void alloc_contiguous(void)
{
	struct labyrinth_contiguous want = { 3, { UINT64_MAX }, 1, 0 };

	calls.page[calls.i] = labyrinth_alloc_contiguous(calls.lab, LABYRINTH_GFP_NOWAIT, &want).page;
}

static void free_contiguous(void)
{
	if (calls.page[calls.i] != NULL)
		good(labyrinth_free_contiguous(calls.lab, calls.page[calls.i], 3));
}

static void claim(void)
{
	struct labyrinth_claim *c = &calls.claim[calls.i];

	*c = (struct labyrinth_claim){ .lab = calls.lab, .owner = calls.owner };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(c);
	good(c->status);
}

static void map(void)
{
	struct labyrinth_claim *c = &calls.claim[calls.i];

	calls.refused += labyrinth_claim_map(c) == NULL;
	good(labyrinth_claim_unmap(c));
}

static void lend(void)          { good(labyrinth_claim_lend(&calls.claim[calls.i])); }
static void take_back(void)     { good(labyrinth_claim_take_back(&calls.claim[calls.i])); }
static void transfer(void)      { good(labyrinth_claim_transfer(&calls.claim[calls.i], calls.other)); }
static void transfer_back(void) { good(labyrinth_claim_transfer(&calls.claim[calls.i], calls.owner)); }
static void release(void)       { good(labyrinth_claim_release(&calls.claim[calls.i])); }
static void maintain(void)      { (void)labyrinth_maintain(calls.lab, 1); }
static void tick(void)          { labyrinth_tick(calls.lab); }

static void enrol(void)
{
	static const struct labyrinth_budget budget = { "bench passing", 1, 2, 0 };

	good(labyrinth_owner_register(calls.lab, &budget, &calls.passing));
}

static void retire(void)        { good(labyrinth_owner_retire(calls.lab, calls.passing)); }
static void pace(void)          { good(labyrinth_owner_pace(calls.lab, calls.other, 0, 0)); }

static void statistics(void)
{
	struct labyrinth_stats stats;

	labyrinth_stats(calls.lab, &stats);
}

static void owner_statistics(void)
{
	struct labyrinth_owner_stats stats;

	good(labyrinth_owner_stats(calls.lab, calls.owner, &stats));
}

static const struct {
	const char *name;
	void      (*call)(void);
	unsigned    times; /* in a row; 0: a round */
} list[] = {
	{ "alloc, one frame",         alloc_0,          0 },
	{ "free, one frame",          free_0,           0 },
	{ "alloc, atomic",            alloc_atomic,     0 },
	{ "free, one frame",          free_0,           0 },
	{ "alloc, zeroed",            alloc_zero,       2 },
	{ "free, one frame",          free_0,           2 },
	{ "alloc, order 3",           alloc_3,          0 },
	{ "free, order 3",            free_3,           0 },
	{ "alloc, order 9",           alloc_9,          8 },
	{ "free, order 9",            free_9,           8 },
	{ "alloc 32 in bulk",         alloc_bulk,       1 },
	{ "free 32 in bulk",          free_bulk,        1 },
	{ "alloc, exactly 5",         alloc_exact,      0 },
	{ "free, exactly 5",          free_exact,       0 },
	{ "alloc, 3 in a row",        alloc_contiguous, 2 },
	{ "free, 3 in a row",         free_contiguous,  2 },
	{ "claim",                    claim,            0 },
	{ "map a window, unmap it",   map,              0 },
	{ "lend",                     lend,             0 },
	{ "take back",                take_back,        0 },
	{ "transfer",                 transfer,         0 },
	{ "transfer",                 transfer_back,    0 },
	{ "release",                  release,          0 },
	{ "maintain, one frame",      maintain,         4 },
	{ "tick",                     tick,             1 },
	{ "register an owner",        enrol,            1 },
	{ "retire an owner",          retire,           1 },
	{ "an owner's pace",          pace,             1 },
	{ "statistics",               statistics,       1 },
	{ "an owner's statistics",    owner_statistics, 1 },
};

static void run(void *context)
{
	(*(void (*const *)(void))context)();
}

/* The most of a round. */
static void measure(size_t entry)
{
	struct steps most = { 0, 0 };
	unsigned times = list[entry].times != 0 ? list[entry].times : ROUND;

	for (calls.i = 0; calls.i < times; calls.i++) {
		struct steps one = step_through(run, (void *)(uintptr_t)&list[entry].call);

		most.count = one.count > most.count ? one.count : most.count;
		most.off = one.off > most.off ? one.off : most.off;
	}
	kprintf("bench calls: %-24s %4u %9lu %9lu\n", list[entry].name, times, most.count, most.off);
}

const char *calls_open(struct labyrinth *lab)
{
	static const struct labyrinth_budget budget = { "bench", ROUND, 2 * ROUND, 0 };
	static const struct labyrinth_budget small = { "bench other", ROUND / 2, 2 * ROUND, 0 };

	calls.lab = lab;
	if (labyrinth_owner_register(lab, &budget, &calls.owner) != LABYRINTH_OK ||
	    labyrinth_owner_register(lab, &small, &calls.other) != LABYRINTH_OK)
		return "an owner is refused";
	return NULL;
}

const char *calls_measure(void)
{
	kprintf("bench calls: %-24s %4s %9s %9s\n", "stepped through", "calls", "most", "irqs off");
	for (size_t entry = 0; entry < sizeof(list) / sizeof(list[0]); entry++)
		measure(entry);
	return calls.refused == 0 ? NULL : "bench: a call was refused";
}

void calls_close(void)
{
	(void)labyrinth_owner_retire(calls.lab, calls.owner);
	(void)labyrinth_owner_retire(calls.lab, calls.other);
}
