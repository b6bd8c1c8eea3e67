/*
 * card_phases.c - sets the scene, lets the peer's packets come, and says what has become of them.
 */
#include "audit.h"
#include "card_phases.h"
#include "line.h"
#include "maintenance.h"
#include "view/print.h"

#define GREEDY_HERTZ 200u

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

/* Until as many packets have come or been dropped as the peer sends. When it is told, its mark has room to come in. */
static void hold(struct station *s, const struct tally *before, uint64_t packets)
{
	uint32_t echo, nic;

	s->echo.holding = true;
	while (!station_silent(s) && !s->card.gone) {
		struct tally t = tally_since(s, before);

		if (t.received + t.dropped + nic_backlog(&s->nic) >= packets)
			break;
		station_wait(s);
	}
	echo = echo_queued(&s->echo);
	nic = NIC_SLOTS + nic_backlog(&s->nic);
	s->echo.holding = false;
	bell_ring(&s->network.work);
	station_settle(s, FOR_EVER);
	kprintf("  held %u frames of %u, nic %u of %u\n", echo, RECEIVER_LIMIT, nic, NIC_LIMIT);
}

static const char *law_broken(const struct station *s, const struct phase *phase, const struct tally *t)
{
	if (station_unexpected(s))
		return "no call on a frame is refused that cannot be";
	if (s->echo.mark != (uint8_t)phase->letter)
		return "the peer ends the phase";
	if (!network_settled(&s->network))
		return "every packet received is answered or released";
	if (!phase->holding && t->dropped > 0)
		return "outside of phase D no packet is lost";
	if (phase->holding && t->dropped == 0)
		return "in phase D the budgets are exceeded";
	maintenance_settle();
	return audit_laws(s->lab);
}

static void greedy_comes(struct station *s)
{
	greedy_start(&s->greedy);
	line_start(GREEDY_HERTZ);
}

static void greedy_goes(struct station *s)
{
	line_stop();
	greedy_stop(&s->greedy);
	kprintf("  greedy held %u frames (%u-%u)\n", s->greedy.most, GREEDY_GUARANTEE, GREEDY_LIMIT);
}

static const char *run(struct station *s, const struct phase *phase, uint64_t packets)
{
	struct tally before = tally_now(s), t;

	station_hog(s, phase->hog);
	if (phase->greedy)
		greedy_comes(s);
	station_listen(s);
	kprintf("phase %c: %s\n", phase->letter, phase->name);
	if (phase->holding)
		hold(s, &before, packets);
	while ((s->echo.mark != (uint8_t)phase->letter || !network_settled(&s->network)) && !station_silent(s)
	       && !s->card.gone)
		station_wait(s);
	if (phase->greedy)
		greedy_goes(s);
	e1000_count(&s->card);
	t = tally_since(s, &before);
	tally_print(&t);
	station_print_unexpected(s);
	kprintf("end of phase %c\n", phase->letter);
	return s->card.gone ? "the card is there" : law_broken(s, phase, &t);
}

const char *card_phases(struct station *s, uint64_t packets)
{
	const char *broken = NULL;

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && broken == NULL; i++)
		broken = run(s, &phases[i], packets);
	station_hog(s, false);
	return broken;
}
