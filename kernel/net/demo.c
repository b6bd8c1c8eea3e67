/*
 * demo.c - the phases in order, and the audit after them.
 */
#include "audit.h"
#include "card_demo.h"
#include "maintenance.h"
#include "phase.h"
#include "view/print.h"

static const struct phase phases[] = {
	/* name            hog    greedy flood */
	{ "calm",          false, false, false },
	{ "hog",           true,  false, false },
	{ "hog,greedy",    true,  true,  false },
	{ "greedy",        false, true,  false },
	{ "over budget",   false, false, true  },
};

static void print_plan(const struct demo_options *options)
{
	kprintf("receive path: simulated card, %u packets/s by %u, %u bytes, ", options->rate,
	        options->burst, options->size);
	if (options->window)
		kprintf("window %u\n", options->window);
	else
		kprintf("no window\n");
	kprintf("  frames (guarantee-limit): nic %u-%u, receiver %u-%u, greedy %u-%u\n", NIC_GUARANTEE, NIC_LIMIT,
	        RECEIVER_GUARANTEE, RECEIVER_LIMIT, GREEDY_GUARANTEE, GREEDY_LIMIT);
}

static const char *run_phases(struct rig *rig)
{
	const char *broken = NULL;

	phase_print_heading();
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && !broken; i++)
		broken = phase_run(&phases[i], rig);
	if (rig->sim.sender.held_back)
		kprintf("  the window held the sender back at %lu ticks\n", rig->sim.sender.held_back);
	return broken;
}

const char *demo_run(struct labyrinth *lab, const struct demo_options *options)
{
	static struct rig rig;
	struct labyrinth_stats before;

	if (options->nic == NULL) {
		kprintf("receive path: none (nic=none)\n");
		return NULL;
	}
	if (options->nic != nic_simulated)
		return card_run(lab, options);
	labyrinth_stats(lab, &before);
	print_plan(options);

	const char *broken = rig_open(&rig, lab, options);
	if (broken)
		return broken;
	broken = run_phases(&rig);
	const char *unclosed = rig_close(&rig);
	maintenance_settle();

	const char *unlike = audit_frames(lab, &before), *unlawful = audit_laws(lab);
	if (!broken)
		broken = unclosed ? unclosed : unlike;
	return broken ? broken : unlawful;
}

const char *demo_answer(struct labyrinth *lab, const struct demo_options *options)
{
	struct demo_options wanted = *options;

	if (options->answer == NULL)
		return NULL;
	wanted.nic = options->answer;
	wanted.phases = false;
	wanted.optional = true;
	return card_run(lab, &wanted);
}
