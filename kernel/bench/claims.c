/*
 * claims.c - the task's part: brings about the state that a way needs, and keeps it between two interrupts.
 *
 * Writes  One struct of its own. The interrupt writes to it while `left` is not 0 and `ready` is set, else the task.
 */
#include <stdatomic.h>
#include <stddef.h>

#include <labyrinth/labyrinth.h>

#include "bench/claims.h"
#include "bench/ways.h"
#include "cmdline.h"
#include "maintenance.h"
#include "view/print.h"
#include "x86/cpu.h"
#include "x86/timer.h"

#define PERIOD_US  500u /* from one interrupt to the next  */
#define WARM       4u   /* interrupts that are not counted */
#define SHREDDINGS 32u /* a claim that shreds takes several hundred times as long as others: so many fewer of them */

#define MOST_CALLS (UINT64_C(1) << 32)

static struct {
	struct ways      ways;
	void           (*work)(struct ways *ways);
	uint64_t         cold; /* interrupts still to warm up */
	_Atomic uint64_t left;
	atomic_bool      ready;
	struct timer     timer;
} bench;

static void interrupt(void *context)
{
	(void)context;
	timer_start(&bench.timer, cpu_tsc() + cycles_of(PERIOD_US));
	if (bench.left == 0 || !bench.ready)
		return;
	bench.ways.warm = bench.cold == 0;
	bench.work(&bench.ways);
	bench.ready = false;
	if (bench.cold > 0)
		bench.cold--;
	else
		bench.left--;
}

/* ---- Between two interrupts. */

static void rest(void)
{
}

static void maintain(uint64_t frames)
{
	bench.ways.kicks = maintenance_kicks();
	(void)labyrinth_maintain(bench.ways.lab, frames);
}

/* Everything that there is to do. */
static void settle(void)
{
	bench.ways.kicks = maintenance_kicks();
	while (labyrinth_maintain(bench.ways.lab, 2 * ROUND) == 2 * ROUND)
		;
}

/* As many frames as the interrupt released: it is done when they are, and the vault stays as short as it was. */
static void shred_half(void)
{
	maintain(HALF);
}

/* It comes and leaves everything as it is, but for what it was asked for. */
static void come_and_go(void)
{
	maintain(0);
}

/* ---- What was before. */

/*
 * Ever more frames are missing from the vault: one, so that who changes it has to look how many; or enough to ask. What
 * an owner keeps of its guarantee the vault need not hold.
 */
static void hoard_until_short(void)
{
	struct labyrinth_stats stats;

	settle();
	labyrinth_stats(bench.ways.lab, &stats);
	for (uint64_t frames = stats.vault + stats.recycled; frames >= stats.vault_target; frames--)
		ways_hoard(&bench.ways);
}

static void hoard_until_asked(void)
{
	come_and_go();
	while (!ways_asked(&bench.ways) && bench.ways.wrong == 0)
		ways_hoard(&bench.ways);
}

static void soil(uint64_t frames)
{
	for (uint64_t i = 0; i < frames; i++)
		ways_soil(&bench.ways);
}

static void soil_all(void)
{
	struct labyrinth_stats stats;

	labyrinth_stats(bench.ways.lab, &stats);
	soil(stats.vault);
}

/* ---- Measuring. */

static void repeat(void (*work)(struct ways *ways), void (*beside)(void), uint64_t interrupts, uint64_t cold)
{
	bench.work = work;
	bench.cold = cold;
	bench.left = interrupts;
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

static bool enrol(const char *name, uint32_t guarantee, uint32_t limit, uint32_t recycle, labyrinth_owner_t *owner)
{
	struct labyrinth_budget budget = { name, guarantee, limit, recycle };

	return labyrinth_owner_register(bench.ways.lab, &budget, owner) == LABYRINTH_OK;
}

static bool enrol_all(struct ways *w)
{
	return enrol("bench keeps", ROUND + 1, 2 * ROUND, ROUND + 1, &w->keeps) &&
	       enrol("bench shreds", ROUND, ROUND, 0, &w->shreds) &&
	       enrol("bench beyond", 0, HALF, 0, &w->beyond) &&
	       enrol("bench hoards", 0, LABYRINTH_MAX_BUDGET, 0, &w->hoards) &&
	       enrol("bench other", ROUND, ROUND, 0, &w->other);
}

const char *claims_open(struct labyrinth *lab)
{
	bench.ways.lab = lab;
	for (unsigned way = 0; way < WAYS; way++)
		if (!sample_open(&bench.ways.sample[way], lab))
			return "there is no memory for counts";
	return enrol_all(&bench.ways) ? NULL : "an owner is refused";
}

void claims_close(void)
{
	struct ways *w = &bench.ways;

	for (unsigned way = 0; way < WAYS; way++)
		sample_close(&w->sample[way], w->lab);
	(void)labyrinth_owner_retire(w->lab, w->keeps);
	(void)labyrinth_owner_retire(w->lab, w->shreds);
	(void)labyrinth_owner_retire(w->lab, w->beyond);
	(void)labyrinth_owner_retire(w->lab, w->hoards);
	(void)labyrinth_owner_retire(w->lab, w->other);
}

/* An owner releases for the first time once: no million of these. */
static void repeat_first(void)
{
	struct ways *w = &bench.ways;

	for (unsigned i = 0; i < HALF; i++)
		if (!enrol("bench fresh", 1, 1, 0, &w->fresh[i]))
			w->wrong++;
	repeat(ways_first, come_and_go, HALF, 0);
	for (unsigned i = 0; i < HALF; i++)
		(void)labyrinth_owner_retire(w->lab, w->fresh[i]);
}

static void print(void)
{
	kprintf("bench claims: %-28s %9s %7s %7s %7s %7s\n", "in a timer interrupt", "calls", "least", "median",
	        "99.9 %", "most");
	for (unsigned way = 0; way < WAYS; way++) {
		const struct sample *s = &bench.ways.sample[way];

		kprintf("bench claims: %-28s %9lu %7lu %7lu %7lu %7lu\n", way_names[way], s->count, s->least,
		        sample_quantile(s, 500), sample_quantile(s, 999), s->worst);
	}
}

/* Maintenance empties what is at hand, so that is measured without. */
static void measure_kept(uint64_t interrupts)
{
	settle(); /* whoever has to be told that memory was short, while it was being filled, is told now */
	repeat(ways_share_at_hand, rest, interrupts, WARM);
	repeat(ways_share_of_zone, rest, interrupts, WARM);
	repeat(ways_kept, settle, interrupts, WARM);
	repeat(ways_stack, settle, interrupts, WARM);
}

static void measure_vault(uint64_t interrupts)
{
	soil(HALF);
	repeat(ways_vault, shred_half, interrupts, WARM);
	repeat(ways_beyond, shred_half, interrupts, WARM);
	shred_half();
}

const char *claims_measure(void)
{
	uint64_t calls, shreddings;

	cmdline_number("calls", ROUND, MOST_CALLS, 1000000, &calls);
	cmdline_number("vault", ROUND, MOST_CALLS, calls, &shreddings);
	bench.ways.nothing = time_nothing();
	bench.timer.fire = interrupt;
	timer_start(&bench.timer, cpu_tsc() + cycles_of(PERIOD_US));
	measure_kept((calls + ROUND - 1) / ROUND);
	hoard_until_short();
	measure_vault((shreddings + ROUND - 1) / ROUND);
	hoard_until_asked();
	measure_vault((shreddings + ROUND - 1) / ROUND);
	repeat_first();
	soil_all();
	repeat(ways_shred, come_and_go, shreddings / ROUND / SHREDDINGS + 1, WARM);
	timer_stop(&bench.timer);
	print();
	return bench.ways.wrong == 0 ? NULL : "bench: a call was refused, or should have been";
}
