/*
 * trouble.c - one function for each trouble, and what must hold when it is over.
 *
 * Idea    Everything is counted, nothing is timed. What is waited for in vain, for a minute without a packet, breaks
 *         the law that says it comes.
 */
#include "thread.h"
#include "trouble.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/timer.h"

#define IDLE     100u  /* interrupts with nothing to do         */
#define KEPT     20u   /* answers that find no link             */
#define FLOOD    2000u /* packets                               */
#define SLOW_US  1000u /* that each takes, so that there are too many on any machine, from any peer */
#define STEPS    400u  /* of another thread, while they come in */
#define STEP     1000u /* turns of a loop                       */
#define PATIENCE 60u   /* seconds for an interrupt to come      */

/* Waits for whatever holds(); false: nothing has come in for too long. */
static bool comes(struct station *s, bool (*holds)(const struct station *s))
{
	station_listen(s);
	while (!holds(s) && !s->card.gone) {
		if (station_silent(s))
			return false;
		station_wait(s);
	}
	return !s->card.gone;
}

/* ---- Interrupts with nothing to do. */

/* false: it does not come. */
static bool interrupt_for_nothing(struct station *s)
{
	uint64_t seen = s->network.work.rings;

	e1000_provoke(&s->card, CAUSE_RECEIVED);
	bell_wait(&s->network.work, seen, cpu_tsc() + PATIENCE * tsc_hertz());
	return s->network.work.rings != seen;
}

static const char *idle_interrupts(struct station *s)
{
	struct tally before = tally_now(s), since;
	uint64_t idle = s->card.idle;

	for (unsigned i = 0; i < 2 * IDLE && s->card.idle - idle < IDLE; i++)
		if (!interrupt_for_nothing(s))
			break;
	since = tally_since(s, &before);
	if (s->card.idle - idle < IDLE)
		return "an interrupt with nothing to do is counted";
	return since.received + since.dropped > 0 ? "an interrupt with nothing to do takes in nothing" : NULL;
}

/* ---- A ring that is full, because the network thread does not get its turn. */

static bool ring_full(const struct station *s)
{
	return e1000_full(&s->card);
}

static const char *ring_overrun(struct station *s)
{
	struct tally before = tally_now(s), since;
	bool full;

	network_close(&s->network);
	kprintf("ring overrun: the network thread rests\n");
	full = comes(s, ring_full);
	since = tally_since(s, &before);
	e1000_provoke(&s->card, CAUSE_OVERRUN);
	network_open(&s->network);
	station_settle(s, FOR_EVER);
	if (!full)
		return "a ring that nobody empties becomes full";
	return since.received + since.dropped > NIC_GUST ? "interrupts take in a gust of packets, and no more" : NULL;
}

/* ---- No link. */

static bool enough_kept(const struct station *s)
{
	return echo_queued(&s->echo) >= KEPT;
}

/* And the line that says so was printed. */
static bool link_down(const struct station *s)
{
	return !s->card.link && s->link_said == s->card.link_changes;
}

static bool link_up(const struct station *s)
{
	return s->card.link && s->link_said == s->card.link_changes;
}

static bool nothing_queued(const struct station *s)
{
	return network_settled(&s->network);
}

static const char *lose_link(struct station *s)
{
	uint64_t unsent = s->echo.unsent;

	if (!comes(s, link_down))
		return "the driver sees that the link goes down";
	s->echo.holding = false;
	bell_ring(&s->network.work);
	if (!comes(s, nothing_queued) || s->echo.unsent - unsent != KEPT)
		return "an answer for which there is no link is counted, and its frame released";
	kprintf("link: not sent %u\n", KEPT);
	return comes(s, link_up) ? NULL : "the driver sees that the link comes up";
}

static const char *link(struct station *s)
{
	const char *broken = "packets are kept";

	s->echo.holding = true;
	kprintf("link: keeps %u packets\n", KEPT);
	if (comes(s, enough_kept)) {
		kprintf("link: kept\n");
		broken = lose_link(s);
	}
	s->echo.holding = false;
	return broken;
}

/* ---- A flood, and a thread on the same CPU. */

static struct other {
	const struct station *station;
	struct thread        *thread;
	struct bell           bell;
	atomic_bool           wanted, leaving;
	uint64_t              begin, steps; /* made between the first packet and the last */
} other;

static uint64_t come_in(const struct station *s)
{
	struct tally t = tally_now(s);

	return t.received + t.dropped;
}

static void step(void)
{
	for (volatile unsigned i = 0; i < STEP; i++)
		;
}

static void make_steps(void)
{
	uint64_t packets = 0;

	for (other.steps = 0; packets < FLOOD && !other.leaving; other.steps += packets > 0) {
		step();
		packets = come_in(other.station) - other.begin;
	}
	other.wanted = false;
}

static void body(void *context)
{
	(void)context;
	while (!other.leaving) {
		uint64_t seen = other.bell.rings;

		if (other.wanted)
			make_steps();
		bell_wait(&other.bell, seen, FOR_EVER);
	}
}

static bool flood_over(const struct station *s)
{
	(void)s;
	return !other.wanted;
}

static bool filled_slowly(void *card, uint32_t slot, uint32_t *bytes)
{
	if (!e1000_operations.filled(card, slot, bytes))
		return false;
	for (uint64_t begin = cpu_tsc(); cpu_tsc() - begin < cycles_of(SLOW_US);)
		cpu_relax();
	return true;
}

static const char *livelock(struct station *s)
{
	struct nic_operations slow = e1000_operations;
	uint64_t polled = s->nic.counters.polled, dropped = nic_dropped(&s->nic);
	bool over;

	slow.filled = filled_slowly;
	s->nic.operations = &slow;
	other.begin = come_in(s);
	other.wanted = true;
	bell_ring(&other.bell);
	kprintf("livelock: wants %u packets\n", FLOOD);
	over = comes(s, flood_over);
	s->nic.operations = &e1000_operations;
	kprintf("livelock: %lu packets, of them %lu not in interrupts; another thread made %lu steps meanwhile\n",
	        come_in(s) - other.begin, s->nic.counters.polled - polled, other.steps);
	if (!over)
		return "the flood comes in";
	if (nic_dropped(&s->nic) != dropped)
		return "what is too much is left to the card";
	return other.steps < STEPS ? "a thread on the card's CPU gets on, however fast packets come" : NULL;
}

/* ---- */

bool trouble_start(struct station *s)
{
	other = (struct other){ .station = s };
	other.thread = thread_start("other", cpu_index(), body, NULL);
	return other.thread != NULL;
}

void trouble_stop(void)
{
	other.leaving = true;
	bell_ring(&other.bell);
	thread_join(other.thread);
}

static const struct {
	uint8_t     order;
	const char *name;
	const char *(*make)(struct station *station);
} troubles[] = {
	{ 'I', "idle interrupts", idle_interrupts },
	{ 'O', "ring overrun",    ring_overrun    },
	{ 'K', "link",            link            },
	{ 'L', "livelock",        livelock        },
};

const char *trouble_make(struct station *s, uint8_t order)
{
	for (unsigned i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		if (troubles[i].order != order)
			continue;
		const char *broken = troubles[i].make(s);
		if (broken == NULL && station_unexpected(s))
			broken = "no call on a frame is refused that cannot be";
		kprintf("test %s: %s\n", troubles[i].name, broken == NULL ? "passed" : broken);
		return broken;
	}
	return NULL;
}
