/*
 * phase.c - sets the scene, lets packets run, reads the counters.
 */
#include <labyrinth/inspect.h>

#include "audit.h"
#include "law.h"
#include "maintenance.h"
#include "view/print.h"

static struct labyrinth_owner_stats stats_of(const struct rig *rig, labyrinth_owner_t owner)
{
	struct labyrinth_owner_stats stats;

	if (labyrinth_owner_stats(rig->lab, owner, &stats) != LABYRINTH_OK)
		return (struct labyrinth_owner_stats){ .misused = 1 }; /* the owner should be there */
	return stats;
}

static struct counts counts_now(const struct rig *rig)
{
	struct labyrinth_owner_stats nic = stats_of(rig, rig->nic.owner);
	struct labyrinth_owner_stats receiver = stats_of(rig, rig->receiver.owner);
	struct labyrinth_owner_stats greedy = stats_of(rig, rig->greedy.owner);

	return (struct counts){
		.sent     = rig->sim.sender.sequence,
		.received = rig->receiver.intact,
		.gaps     = rig->receiver.gaps,
		.spoilt   = rig->receiver.corrupt + rig->receiver.disordered,
		.dropped  = nic_dropped(&rig->nic),
		.missed   = rig->nic.operations->missed(rig->nic.card),
		.recycled = nic.from_recycled,
		.zone     = nic.from_zone,
		.vault    = nic.from_vault,
		.refused  = nic.over_limit + nic.no_memory,
		.misused  = nic.misused + receiver.misused + greedy.misused,
	};
}

static struct counts counts_since(const struct rig *rig, const struct counts *before)
{
	struct counts now = counts_now(rig);

	return (struct counts){
		.sent     = now.sent - before->sent,
		.received = now.received - before->received,
		.gaps     = now.gaps - before->gaps,
		.spoilt   = now.spoilt - before->spoilt,
		.dropped  = now.dropped - before->dropped,
		.missed   = now.missed - before->missed,
		.recycled = now.recycled - before->recycled,
		.zone     = now.zone - before->zone,
		.vault    = now.vault - before->vault,
		.refused  = now.refused - before->refused,
		.misused  = now.misused - before->misused,
	};
}

static void hog_comes(struct rig *rig, struct outcome *outcome)
{
	struct hog_catch *catch = &outcome->hog;
	enum labyrinth_status status = hog_come(&rig->hog, catch);

	if (status != LABYRINTH_OK) {
		unexpected_note(&rig->hog.unexpected, "the hog registers", status);
		return;
	}
	outcome->hog_came = true;
	uint64_t memory = rig->hog.frames - catch->taken;
	kprintf("  the hog takes %lu frames (%lu MiB), reserve %lu of %lu, vault %lu of %lu\n",
	        memory, memory >> (20 - LABYRINTH_PAGE_SHIFT), catch->taken, catch->reserve, catch->vault - catch->kept,
	        catch->vault);
}

static void hog_goes(struct rig *rig)
{
	enum labyrinth_status status = hog_go(&rig->hog);

	if (status != LABYRINTH_OK)
		unexpected_note(&rig->hog.unexpected, "the hog is retired", status);
	maintenance_settle();
}

/* Receiver and driver reach their limits, the rest is dropped; then the receiver lets go, and packets flow again. */
static bool flood(struct rig *rig, struct outcome *outcome)
{
	uint64_t packets = rig->options->packets, dropped = nic_dropped(&rig->nic);

	rig->receiver.holding = true;
	bool finished = rig_run(rig, PACKETS_ABSORBED + packets / 2, 0);
	outcome->flood.dropped = nic_dropped(&rig->nic) - dropped;
	outcome->flood.nic = stats_of(rig, rig->nic.owner).held;
	outcome->flood.receiver = stats_of(rig, rig->receiver.owner).held;
	kprintf("  receiver held %u of %u frames, nic %u of %u: %lu packets dropped\n", outcome->flood.receiver,
	        RECEIVER_LIMIT, outcome->flood.nic, NIC_LIMIT, outcome->flood.dropped);

	rig->receiver.holding = false;
	receiver_let_go(&rig->receiver);
	rig_settle(rig);
	return rig_run(rig, packets - packets / 2, rig->options->window) && finished;
}

static void run(struct rig *rig, struct outcome *outcome)
{
	const struct phase *phase = outcome->phase;
	const struct demo_options *options = rig->options;

	rig->nic.cost = (struct histogram){ .count = 0 };
	if (phase->greedy)
		greedy_start(&rig->greedy);
	outcome->finished = phase->flood ? flood(rig, outcome) : rig_run(rig, options->packets, options->window);
	if (phase->greedy)
		greedy_stop(&rig->greedy);
	rig_settle(rig);
}

void phase_print_heading(void)
{
	kprintf("                                      ticks an interrupt     replacements from\n");
	kprintf("  %-11s%8s%9s%7s%9s%10s%9s%7s%7s\n", "phase", "sent", "received", "lost", "median", "worst",
	        "recycled", "zone", "vault");
}

static void print_row(const struct outcome *outcome)
{
	const struct counts *c = &outcome->counts;
	const struct nic *nic = &outcome->rig->nic;

	kprintf("  %-11s%8lu%9lu%7lu%9lu%10lu%9lu%7lu%7lu\n", outcome->phase->name, c->sent, c->received,
	        c->sent - c->received, histogram_median(&nic->cost), nic->cost.worst, c->recycled, c->zone, c->vault);
}

static void print_greedy(const struct greedy *greedy)
{
	kprintf("  greedy held %u frames (%u-%u); refused: OVER_LIMIT %lu, NO_MEMORY %lu\n",
	        greedy->most, GREEDY_GUARANTEE, GREEDY_LIMIT, greedy->refused_over_limit, greedy->refused_no_memory);
}

const char *phase_run(const struct phase *phase, struct rig *rig)
{
	struct outcome outcome = { .phase = phase, .rig = rig };
	struct counts before = counts_now(rig);

	maintenance_settle();
	if (phase->hog && !rig->hog.here)
		hog_comes(rig, &outcome);
	if (!phase->hog)
		hog_goes(rig);
	run(rig, &outcome);
	outcome.counts = counts_since(rig, &before);
	if (phase->greedy)
		print_greedy(&rig->greedy);
	print_row(&outcome);
	maintenance_settle();

	const char *broken = law_broken(&outcome);
	return broken ? broken : audit_laws(rig->lab);
}
