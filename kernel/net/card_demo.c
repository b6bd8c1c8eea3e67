/*
 * card_demo.c - opens the card and what is behind it, goes through the phases or answers whoever asks, closes again.
 */
#include <labyrinth/inspect.h>

#include "audit.h"
#include "card_demo.h"
#include "card_phases.h"
#include "maintenance.h"
#include "station.h"
#include "trouble.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define LAST_SECONDS 5u /* for what is still under way when the time is over */

static struct station station;

/* From the peer, by its mark: H, take all memory; Z, end; or trouble. false: the end. */
static bool obey(struct station *s, bool trouble, const char **broken)
{
	uint8_t order = atomic_exchange(&s->echo.mark, 0);

	if (order == 'H')
		station_hog(s, true);
	if (trouble)
		*broken = trouble_make(s, order);
	return order != 'Z' && *broken == NULL;
}

/* Until the time is over; 0: for ever. Or, if it is asked to obey, until the peer says so. */
static const char *serve(struct station *s, const struct demo_options *options)
{
	uint64_t begin = cpu_tsc(), seconds = options->seconds;
	const char *broken = NULL;
	bool go_on = true;

	if (options->vanish)
		pci_disable(&s->card.at);
	while (go_on && !s->card.gone && (seconds == 0 || cpu_tsc() - begin < seconds * tsc_hertz())) {
		station_wait(s);
		go_on = !options->orders || obey(s, options->trouble, &broken);
	}
	station_settle(s, cpu_tsc() + LAST_SECONDS * tsc_hertz());
	station_hog(s, false);
	return broken;
}

static void print_plan(const struct station *s, const struct demo_options *options)
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

static void print_card(const struct station *s)
{
	kprintf("  interrupts: %lu with packets, %lu with nothing to do; a median of %lu ticks, at worst %lu\n",
	        s->nic.counters.interrupts, s->card.idle, histogram_median(&s->nic.cost), s->nic.cost.worst);
	kprintf("  the network thread took in %lu packets that interrupts had left\n", s->nic.counters.polled);
	if (s->card.gone)
		kprintf("  the card is gone: it does not answer any more\n");
}

static const char *run_opened(struct station *s, const struct demo_options *options)
{
	const char *broken;
	struct tally all;

	if (options->phases)
		return card_phases(s, options->packets);
	print_how_to(options);
	broken = serve(s, options);
	e1000_count(&s->card);
	all = tally_now(s);
	tally_print(&all);
	return broken;
}

static const char *run_with_card(struct station *s, const struct demo_options *options)
{
	const char *broken, *unclosed;

	print_plan(s, options);
	broken = station_open(s, options);
	if (broken != NULL)
		return broken;
	broken = run_opened(s, options);
	unclosed = station_close(s);
	print_card(s);
	return unclosed != NULL ? unclosed : broken;
}

static const char *find_card_and_run(struct station *s, const struct demo_options *options)
{
	struct labyrinth_stats before;
	const char *broken, *unlike, *unlawful;

	labyrinth_stats(s->lab, &before);
	if (!e1000_open(&s->card, options->nic)) {
		if (options->optional)
			return NULL;
		kprintf("receive path: none (there is no %s)\n", options->nic);
		return "the card that nic= names is there, and can be used";
	}
	broken = run_with_card(s, options);
	e1000_close(&s->card);
	maintenance_settle();
	unlike = audit_frames(s->lab, &before);
	unlawful = audit_laws(s->lab);
	if (broken == NULL)
		broken = unlike;
	return broken != NULL ? broken : unlawful;
}

/* The threads' stacks are there before frames are counted, and stay. */
const char *card_run(struct labyrinth *lab, const struct demo_options *options)
{
	struct station *s = &station;
	const char *broken;

	*s = (struct station){ .lab = lab };
	s->card.lab = lab;
	s->card.nic = &s->nic;
	s->card.bell = &s->network.work;
	s->network.card = &s->card;
	s->network.nic = &s->nic;
	s->network.echo = &s->echo;
	if (!network_start(&s->network) || (options->trouble && !trouble_start(s)))
		return "there is memory for the threads";
	broken = find_card_and_run(s, options);
	if (options->trouble)
		trouble_stop();
	network_stop(&s->network);
	return broken;
}
