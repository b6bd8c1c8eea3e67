/*
 * station.c - opens the parts in order, closes them in reverse, and watches between.
 */
#include "maintenance.h"
#include "station.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define TICK_HERTZ 200u
#define PATIENCE   60u /* seconds without a packet, in which a phase should have ended */

static void prepare(struct station *s, const struct demo_options *options)
{
	s->echo = (struct echo){ .lab = s->lab, .nic = &s->nic, .who = { .address = options->address } };
	for (unsigned i = 0; i < MAC_BYTES; i++)
		s->echo.who.mac[i] = s->card.mac[i];
	s->greedy.lab = s->lab;
	s->hog.lab = s->lab;
	s->nic.lab = s->lab;
	s->nic.operations = &e1000_operations;
	s->nic.card = &s->card;
}

const char *station_open(struct station *s, const struct demo_options *options)
{
	prepare(s, options);
	if (echo_open(&s->echo) != LABYRINTH_OK || greedy_open(&s->greedy) != LABYRINTH_OK)
		return "the owners can be registered";
	s->nic.receiver = (struct nic_receiver){ s->echo.owner, echo_receive, &s->echo };
	if (nic_open(&s->nic) != LABYRINTH_OK)
		return "the nic gets its ring of frames";
	network_open(&s->network);
	s->nic.operations->start(s->nic.card);
	return NULL;
}

const char *station_close(struct station *s)
{
	s->nic.operations->stop(s->nic.card);
	network_close(&s->network);
	if (nic_close(&s->nic) != LABYRINTH_OK || greedy_close(&s->greedy) != LABYRINTH_OK
	    || echo_close(&s->echo) != LABYRINTH_OK)
		return "the owners can be retired";
	return NULL;
}

static void say_link(struct station *s)
{
	uint64_t changes = s->card.link_changes;

	if (changes == s->link_said)
		return;
	s->link_said = changes;
	kprintf("%s: link %s\n", e1000_name(&s->card), s->card.link ? "up" : "down");
}

void station_wait(struct station *s)
{
	uint64_t seen = s->network.rest.rings;

	if (s->hog.here)
		hog_eat(&s->hog);
	e1000_look(&s->card);
	say_link(s);
	bell_wait(&s->network.rest, seen, cpu_tsc() + tsc_hertz() / TICK_HERTZ);
}

void station_settle(struct station *s, uint64_t deadline)
{
	station_listen(s);
	while (!network_settled(&s->network) && s->card.link && !s->card.gone && !station_silent(s) &&
	       cpu_tsc() < deadline)
		station_wait(s);
}

void station_listen(struct station *s)
{
	s->since = cpu_tsc();
}

bool station_silent(struct station *s)
{
	uint64_t progress = s->nic.counters.received + nic_dropped(&s->nic) + s->echo.returned;

	if (progress != s->progress) {
		s->progress = progress;
		s->since = cpu_tsc();
	}
	return cpu_tsc() - s->since > PATIENCE * tsc_hertz();
}

void station_hog(struct station *s, bool wanted)
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

bool station_unexpected(const struct station *s)
{
	return s->nic.unexpected.count || s->echo.unexpected.count || s->echo.overrun.count
	       || s->greedy.unexpected.count || s->hog.unexpected.count;
}

static void print_unexpected(const struct unexpected *unexpected)
{
	if (unexpected->count)
		kprintf("  unexpected, %lu times: %s: %s\n", unexpected->count, unexpected->what,
		        labyrinth_status_name(unexpected->status));
}

void station_print_unexpected(const struct station *s)
{
	print_unexpected(&s->nic.unexpected);
	print_unexpected(&s->echo.unexpected);
	print_unexpected(&s->echo.overrun);
	print_unexpected(&s->greedy.unexpected);
	print_unexpected(&s->hog.unexpected);
}

/* The thread and the interrupt write these on this CPU. */
struct tally tally_now(const struct station *s)
{
	uintptr_t flags = irq_save();
	struct tally t = {
		.received = s->nic.counters.received, .dropped = nic_dropped(&s->nic),
		.answered = s->echo.answered, .unsent = s->echo.unsent,
	};

	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		t.seen[i] = s->echo.who.count[i];
	for (unsigned i = 0; i < E1000_COUNTS; i++)
		t.card[i] = s->card.count[i];
	irq_restore(flags);
	return t;
}

struct tally tally_since(const struct station *s, const struct tally *before)
{
	struct tally t = tally_now(s);

	t.received -= before->received;
	t.dropped -= before->dropped;
	t.answered -= before->answered;
	t.unsent -= before->unsent;
	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		t.seen[i] -= before->seen[i];
	for (unsigned i = 0; i < E1000_COUNTS; i++)
		t.card[i] -= before->card[i];
	return t;
}

void tally_print(const struct tally *t)
{
	kprintf("  card: good %lu received, %lu sent; all %lu, %lu; missed %lu, no frame %lu, CRC %lu, errors %lu, "
	        "too long %lu\n", t->card[COUNT_GOOD_RECEIVED], t->card[COUNT_GOOD_SENT], t->card[COUNT_RECEIVED],
	        t->card[COUNT_SENT], t->card[COUNT_MISSED], t->card[COUNT_NO_FRAME], t->card[COUNT_WRONG_CRC],
	        t->card[COUNT_ERRORS], t->card[COUNT_TOO_LONG]);
	kprintf("  received %lu, dropped %lu, answered %lu\n", t->received, t->dropped, t->answered);
	if (t->unsent > 0)
		kprintf("  not sent for want of a link: %lu\n", t->unsent);
	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		if (t->seen[i] > 0)
			kprintf("    %lu %s\n", t->seen[i], answer_outcome_text((enum answer_outcome)i));
}
