/*
 * card_demo.c - opens the parts in order, goes through the phases or answers whoever asks, closes in reverse.
 */
#include <labyrinth/inspect.h>

#include "audit.h"
#include "card_demo.h"
#include "cmdline.h"
#include "e1000.h"
#include "echo.h"
#include "greedy.h"
#include "hog.h"
#include "line.h"
#include "maintenance.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define LINE_HERTZ 200u /* ticks for the greedy driver */
#define PATIENCE   60u  /* seconds without a packet, in which a phase should have ended */

static struct set {
	struct labyrinth *lab;
	struct e1000      card;
	struct nic        nic;
	struct echo       echo;
	struct greedy     greedy;
	struct hog        hog;
	uint64_t          progress, since; /* packets seen, and when the last came */
} set;

static const struct phase {
	char        letter;
	const char *name;
	bool        hog, greedy, holding;
} phases[] = {
	{ 'A', "calm",        false, false, false },
	{ 'B', "hog",         true,  false, false },
	{ 'C', "hog, greedy", true,  true,  false },
	{ 'D', "over budget", false, false, true  },
	{ 'E', "calm again",  false, false, false },
};

struct tally {
	uint64_t received, dropped, answered, seen[ANSWER_OUTCOMES];
};

static struct tally tally_now(const struct set *s)
{
	struct tally t = { s->nic.counters.received, nic_dropped(&s->nic), s->echo.answered, { 0 } };

	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		t.seen[i] = s->echo.who.count[i];
	return t;
}

static struct tally tally_since(const struct set *s, const struct tally *before)
{
	struct tally t = tally_now(s);

	t.received -= before->received;
	t.dropped -= before->dropped;
	t.answered -= before->answered;
	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		t.seen[i] -= before->seen[i];
	return t;
}

static void print_tally(const struct tally *t)
{
	kprintf("  received %lu, dropped %lu, answered %lu\n", t->received, t->dropped, t->answered);
	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		if (t->seen[i] > 0)
			kprintf("    %lu %s\n", t->seen[i], answer_outcome_text((enum answer_outcome)i));
}

#define GUST 16u /* packets answered before anything else gets a turn */

/* One turn of the main loop; sleeps when nothing is left to do, but not for longer than a tick. */
static void turn(struct set *s)
{
	uint64_t seen = s->card.interrupts;
	unsigned packets = 0;
	bool busy;

	while (packets < GUST && echo_poll(&s->echo))
		packets++;
	if (s->hog.here)
		hog_eat(&s->hog);
	busy = e1000_poll(&s->card) || packets > 0;
	nic_deliver(&s->nic);
	if (!busy && echo_sending(&s->echo) == 0)
		e1000_wait(&s->card, seen, cpu_tsc() + tsc_hertz() / LINE_HERTZ);
}

/* Nothing came in for too long. */
static bool silent(struct set *s)
{
	uint64_t progress = s->nic.counters.received + nic_dropped(&s->nic);

	if (progress != s->progress) {
		s->progress = progress;
		s->since = cpu_tsc();
	}
	return cpu_tsc() - s->since > PATIENCE * tsc_hertz();
}

static bool settled(const struct set *s)
{
	return echo_queued(&s->echo) == 0 && echo_sending(&s->echo) == 0 && nic_backlog(&s->nic) == 0;
}

/* Until as many packets have come or been dropped as the peer sends. When it is told, its mark has room to come in. */
static void hold(struct set *s, const struct tally *before, uint64_t packets)
{
	uint32_t echo, nic;

	s->echo.holding = true;
	while (!silent(s) && !s->card.gone) {
		struct tally t = tally_since(s, before);

		if (t.received + t.dropped + nic_backlog(&s->nic) >= packets)
			break;
		turn(s);
	}
	echo = echo_queued(&s->echo);
	nic = NIC_SLOTS + nic_backlog(&s->nic);
	s->echo.holding = false;
	while (!settled(s) && !s->card.gone)
		turn(s);
	kprintf("  held %u frames of %u, nic %u of %u\n", echo, RECEIVER_LIMIT, nic, NIC_LIMIT);
}

static const char *law_broken(const struct set *s, const struct phase *phase, const struct tally *t)
{
	if (s->nic.unexpected.count || s->echo.unexpected.count || s->echo.overrun.count || s->greedy.unexpected.count
	    || s->hog.unexpected.count)
		return "no call on a frame is refused that cannot be";
	if (s->echo.mark != (uint8_t)phase->letter)
		return "the peer ends the phase";
	if (!settled(s))
		return "every packet received is answered or released";
	if (!phase->holding && t->dropped > 0)
		return "outside of phase D no packet is lost";
	if (phase->holding && t->dropped == 0)
		return "in phase D the budgets are exceeded";
	maintenance_settle();
	return audit_laws(s->lab);
}

static void print_unexpected(const struct unexpected *unexpected)
{
	if (unexpected->count)
		kprintf("  unexpected, %lu times: %s: %s\n", unexpected->count, unexpected->what,
		        labyrinth_status_name(unexpected->status));
}

static void print_all_unexpected(const struct set *s)
{
	print_unexpected(&s->nic.unexpected);
	print_unexpected(&s->echo.unexpected);
	print_unexpected(&s->echo.overrun);
	print_unexpected(&s->greedy.unexpected);
	print_unexpected(&s->hog.unexpected);
}

static void hog_changes(struct set *s, bool wanted)
{
	struct hog_catch catch;
	enum labyrinth_status status = LABYRINTH_OK;

	if (wanted && !s->hog.here) {
		maintenance_settle();
		status = hog_come(&s->hog, &catch);
		kprintf("  the hog takes %lu frames\n", s->hog.frames);
	} else if (!wanted) {
		status = hog_go(&s->hog);
		maintenance_settle();
	}
	if (status != LABYRINTH_OK)
		unexpected_note(&s->hog.unexpected, "the hog comes or goes", status);
}

static const char *run_phase(struct set *s, const struct phase *phase, uint64_t packets)
{
	struct tally before = tally_now(s), t;

	hog_changes(s, phase->hog);
	if (phase->greedy)
		greedy_start(&s->greedy);
	line_start(LINE_HERTZ);
	s->since = cpu_tsc();
	kprintf("phase %c: %s\n", phase->letter, phase->name);
	if (phase->holding)
		hold(s, &before, packets);
	while ((s->echo.mark != (uint8_t)phase->letter || !settled(s)) && !silent(s) && !s->card.gone)
		turn(s);
	line_stop();
	if (phase->greedy) {
		greedy_stop(&s->greedy);
		kprintf("  greedy held %u frames (%u-%u)\n", s->greedy.most, GREEDY_GUARANTEE, GREEDY_LIMIT);
	}
	t = tally_since(s, &before);
	print_tally(&t);
	print_all_unexpected(s);
	kprintf("end of phase %c\n", phase->letter);
	return s->card.gone ? "the card is there" : law_broken(s, phase, &t);
}

static const char *run_phases(struct set *s, uint64_t packets)
{
	const char *broken = NULL;

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && broken == NULL; i++)
		broken = run_phase(s, &phases[i], packets);
	hog_changes(s, false);
	return broken;
}

/* From the peer, by its mark: H, take all memory; Z, end. */
static bool obey(struct set *s)
{
	uint8_t order = s->echo.mark;

	s->echo.mark = 0;
	if (order == 'H')
		hog_changes(s, true);
	return order != 'Z';
}

/* Until the time is over; 0: for ever. Or, if it is asked to obey, until the peer says so. */
static void serve(struct set *s, uint64_t seconds)
{
	bool obeys = cmdline_has("orders"), go_on = true;
	uint64_t begin = cpu_tsc();

	line_start(LINE_HERTZ);
	if (cmdline_has("card-gone"))
		pci_disable(&s->card.at);
	while (go_on && !s->card.gone && (seconds == 0 || cpu_tsc() - begin < seconds * tsc_hertz())) {
		turn(s);
		go_on = !obeys || obey(s);
	}
	line_stop();
	while (!settled(s) && !s->card.gone)
		turn(s);
	hog_changes(s, false);
}

static void print_plan(const struct set *s, const struct demo_options *options)
{
	const uint8_t *mac = s->card.mac;
	uint32_t a = options->address;

	kprintf("receive path: %s at %x:%x.%u, %s, link %s, %02x:%02x:%02x:%02x:%02x:%02x, %u.%u.%u.%u\n", options->nic,
	        s->card.at.bus, s->card.at.device, s->card.at.function, s->card.how,
	        s->card.link ? "up" : "down", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], a >> 24, a >> 16 & 255,
	        a >> 8 & 255, a & 255);
	kprintf("  frames (guarantee-limit): nic %u-%u, echo %u-%u, greedy %u-%u\n", NIC_GUARANTEE, NIC_LIMIT,
	        RECEIVER_GUARANTEE, RECEIVER_LIMIT, GREEDY_GUARANTEE, GREEDY_LIMIT);
}

/* What a person may type; Ctrl-C is for who runs QEMU in a terminal. */
static void print_how_to(const struct demo_options *options)
{
	uint32_t a = options->address;

	if (options->host_port)
		kprintf("  try it, in another terminal: echo hi | nc -u -w1 127.0.0.1 %u   (Ctrl-C here ends it)\n",
		        options->host_port);
	else
		kprintf("  try it, from another machine: echo hi | nc -u -w1 %u.%u.%u.%u 7\n", a >> 24, a >> 16 & 255,
		        a >> 8 & 255, a & 255);
}

static void print_card(const struct set *s)
{
	kprintf("  interrupts: %lu with packets, %lu with nothing to do; a median of %lu ticks, at worst %lu\n",
	        s->nic.counters.interrupts, s->card.idle, histogram_median(&s->nic.cost), s->nic.cost.worst);
	if (s->card.missed > 0)
		kprintf("  the card itself had no room for %lu packets\n", s->card.missed);
	if (s->card.gone)
		kprintf("  the card is gone: it does not answer any more\n");
}

static const char *run_opened(struct set *s, const struct demo_options *options)
{
	const char *broken = NULL;

	print_plan(s, options);
	s->nic.operations->start(s->nic.card);
	if (options->phases) {
		broken = run_phases(s, options->packets);
	} else {
		struct tally all = { 0 };

		print_how_to(options);
		serve(s, options->seconds);
		all = tally_since(s, &all);
		print_tally(&all);
	}
	s->nic.operations->stop(s->nic.card);
	print_card(s);
	return broken;
}

static const char *run_with_card(struct set *s, const struct demo_options *options)
{
	const char *broken;

	s->echo = (struct echo){ .lab = s->lab, .nic = &s->nic, .who = { .address = options->address } };
	for (unsigned i = 0; i < MAC_BYTES; i++)
		s->echo.who.mac[i] = s->card.mac[i];
	s->greedy = (struct greedy){ .lab = s->lab };
	s->hog = (struct hog){ .lab = s->lab };
	if (echo_open(&s->echo) != LABYRINTH_OK || greedy_open(&s->greedy) != LABYRINTH_OK)
		return "the owners can be registered";
	s->nic.lab = s->lab;
	s->nic.operations = &e1000_operations;
	s->nic.card = &s->card;
	s->nic.receiver = (struct nic_receiver){ s->echo.owner, echo_receive, &s->echo };
	if (nic_open(&s->nic) != LABYRINTH_OK)
		return "the nic gets its ring of frames";
	broken = run_opened(s, options);
	if (nic_close(&s->nic) != LABYRINTH_OK || greedy_close(&s->greedy) != LABYRINTH_OK
	    || echo_close(&s->echo) != LABYRINTH_OK)
		return "the owners can be retired";
	return broken;
}

const char *card_run(struct labyrinth *lab, const struct demo_options *options)
{
	struct labyrinth_stats before;
	const char *broken, *unlike, *unlawful;

	labyrinth_stats(lab, &before);
	set = (struct set){ .lab = lab };
	set.card.lab = lab;
	set.card.nic = &set.nic;
	if (!e1000_open(&set.card, options->nic)) {
		if (!options->optional)
			kprintf("receive path: none (there is no %s)\n", options->nic);
		return NULL;
	}
	broken = run_with_card(&set, options);
	e1000_close(&set.card);
	maintenance_settle();
	unlike = audit_frames(lab, &before);
	unlawful = audit_laws(lab);
	if (broken == NULL)
		broken = unlike;
	return broken != NULL ? broken : unlawful;
}
