/*
 * call_helpers.c - movers and shrinkers, willing or not, and the work that calls them.
 *
 * Idea    In the midst of a callback anything may happen that a task may do: the frame that is to be moved is freed,
 *         another one taken, the helper unregistered, maintenance called.
 */
#include "fuzz/fuzz.h"
#include "port/host.h"

static bool in_task(enum labyrinth_status status)
{
	must(host_context == LABYRINTH_TASK || status == LABYRINTH_IN_INTERRUPT, "a call for tasks goes on elsewhere",
	     status);
	return host_context == LABYRINTH_TASK;
}

/* ---- Movers. */

static struct block *block_of(const struct page *page, unsigned mover)
{
	for (struct block *b = fuzz.block; b < fuzz.block + fuzz.blocks; b++)
		if (b->page == page && b->moves && b->mover == mover)
			return b;
	return NULL;
}

static bool relocate(void *context, struct page *from, struct page *to)
{
	unsigned mover = (unsigned)((labyrinth_mover_t *)context - fuzz.mover);
	uint64_t pfn = shadow_pfn(to);
	struct block *b;

	must(fuzz.mover_on[mover] && host_context == LABYRINTH_TASK && host_irq_on, "a mover is called that is none",
	     mover);
	moments_call_back(4);
	b = block_of(from, mover);
	if (b == NULL || one_in(4))
		return false;
	must(shadow_reads(b->pfn, 1, b->mark), "a frame was written to before it is moved", b->pfn);
	shadow_grant(pfn, 1, 0);
	shadow_copy(b->pfn, pfn);
	shadow_drop(b->pfn, 1);
	b->page = to;
	b->pfn = pfn;
	b->group = ++fuzz.groups;
	moments_call_back(4);
	return true;
}

static bool has_frames(unsigned mover)
{
	for (const struct block *b = fuzz.block; b < fuzz.block + fuzz.blocks; b++)
		if (b->moves && b->mover == mover)
			return true;
	return false;
}

static void end_mover(unsigned i)
{
	bool has = has_frames(i);
	enum labyrinth_status status = labyrinth_mover_unregister(fuzz.lab, fuzz.mover[i]);

	if (!in_task(status))
		return;
	must(status == LABYRINTH_BUSY || (status == LABYRINTH_OK && !has), "the end of a mover is misjudged", status);
	must(status == LABYRINTH_OK || has || fuzz.depth > 1, "a mover without frames cannot end", status);
	fuzz.mover_on[i] = status != LABYRINTH_OK;
}

static void begin_mover(unsigned i)
{
	bool nameless = host_context == LABYRINTH_TASK && one_in(16);
	struct labyrinth_mover mover = { nameless ? NULL : "a mover", relocate, &fuzz.mover[i] };
	enum labyrinth_status status = labyrinth_mover_register(fuzz.lab, &mover, &fuzz.mover[i]);

	if (!in_task(status))
		return;
	must(status == (nameless ? LABYRINTH_NULL_POINTER : LABYRINTH_OK), "a mover is refused", status);
	fuzz.mover_on[i] = status == LABYRINTH_OK;
}

/* Whoever comes in between lets it alone: its handle is there before the book says so. */
static void change_mover(unsigned i)
{
	if (fuzz.mover_changes[i])
		return;
	fuzz.mover_changes[i] = true;
	if (fuzz.mover_on[i])
		end_mover(i);
	else
		begin_mover(i);
	fuzz.mover_changes[i] = false;
}

void call_mover(void)
{
	change_mover((unsigned)below(HELPERS));
}

/* Movable frames by the hundred, most of which go again: something to compact. */
void call_scatter(void)
{
	unsigned i = (unsigned)below(HELPERS), stay = 2 + (unsigned)below(16), before = fuzz.blocks;
	labyrinth_gfp_t gfp = LABYRINTH_GFP_NOWAIT | (one_in(8) ? LABYRINTH_GFP_SHRED : 0);

	if (!fuzz.mover_on[i])
		change_mover(i);
	for (uint64_t n = below(1024); n > 0; n--)
		movable_take(gfp, i);
	for (unsigned at = fuzz.blocks; at-- > before;)
		if (at < fuzz.blocks && fuzz.block[at].moves && at % stay != 0)
			block_free(at);
}

/* ---- Shrinkers. */

static uint64_t scan(uint64_t wanted, unsigned priority, void *context)
{
	uint64_t freed = 0, most = below(8);

	must(context != NULL && wanted > 0 && priority < LABYRINTH_RECLAIM_ROUNDS && host_context == LABYRINTH_TASK,
	     "a shrinker is asked in the wrong way", priority);
	moments_call_back(4);
	while (freed < most && fuzz.blocks > 0) {
		unsigned i = (unsigned)below(fuzz.blocks);

		freed += UINT64_C(1) << fuzz.block[i].order;
		block_free(i);
	}
	return one_in(16) ? below(UINT64_C(1) << 32) : freed; /* it may be wrong */
}

static void end_shrinker(unsigned i)
{
	enum labyrinth_status status;

	status = labyrinth_shrinker_unregister(fuzz.lab, fuzz.shrinker[i]);
	if (!in_task(status))
		return;
	must(status == LABYRINTH_OK || (status == LABYRINTH_BUSY && fuzz.depth > 1), "a shrinker cannot end", status);
	fuzz.shrinker_on[i] = status != LABYRINTH_OK;
}

void call_shrinker(void)
{
	unsigned i = (unsigned)below(HELPERS);
	struct labyrinth_shrinker shrinker = { "a shrinker", scan, &fuzz.shrinker[i] };
	struct labyrinth_shrinker_stats stats;
	enum labyrinth_status status;

	if (fuzz.shrinker_on[i]) {
		status = labyrinth_shrinker_stats(fuzz.lab, fuzz.shrinker[i], &stats);
		must(!in_task(status) || status == LABYRINTH_OK, "a shrinker has no statistics", status);
		end_shrinker(i);
		return;
	}
	status = labyrinth_shrinker_register(fuzz.lab, &shrinker, &fuzz.shrinker[i]);
	if (!in_task(status))
		return;
	must(status == LABYRINTH_OK || (status == LABYRINTH_TOO_MANY_SHRINKERS && fuzz.config.shrinkers < HELPERS),
	     "a shrinker is refused", status);
	fuzz.shrinker_on[i] = status == LABYRINTH_OK;
}

/* ---- The work. */

void call_compact(void)
{
	unsigned order = (unsigned)below(21);
	uint64_t budget = below(700), disturbed = fuzz.disturbed;
	struct labyrinth_compaction done = labyrinth_compact(fuzz.lab, order, budget);

	must((done.status == LABYRINTH_BAD_ORDER) == (order > LABYRINTH_MAX_ORDER), "a compaction for no order", order);
	if (order > LABYRINTH_MAX_ORDER || !in_task(done.status))
		return;
	must(done.status != LABYRINTH_BUSY || fuzz.depth > 1 || disturbed != fuzz.disturbed, "a compaction is busy", 0);
	must(done.moved + done.refused <= budget, "a compaction goes beyond its budget", done.moved + done.refused);
	must(done.status != LABYRINTH_OK || (shadow_there(done.built.n)
	     && done.built.n % (UINT64_C(1) << order) == 0), "what a compaction has built is none", done.built.n);
}

void call_maintain(void)
{
	uint64_t budget = one_in(8) ? below(4096) : below(64), done = labyrinth_maintain(fuzz.lab, budget);

	must(done == 0 || host_context == LABYRINTH_TASK, "maintenance goes on elsewhere", done);
	(void)labyrinth_maintenance_wanted(fuzz.lab);
}
