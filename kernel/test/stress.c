/*
 * stress.c - sets actors to work on all CPUs, lets them pause, checks, and sends them home.
 *
 * Idea    A thread on each CPU is one actor; the CPU's timer and NMIs wake the two others. To pause, all are told, and
 *         each thread answers when it has seen it: whatever interrupt or NMI came before has then been left on that
 *         CPU, and later ones do nothing.
 */
#include <stdatomic.h>

#include <labyrinth/inspect.h>

#include "cmdline.h"
#include "cpus.h"
#include "maintenance.h"
#include "net/audit.h"
#include "test/actor.h"
#include "test/stress.h"
#include "thread.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/nmi.h"
#include "x86/timer.h"

#define MOST_SECONDS     86400u
#define ROUND_US         1000000u
#define PATIENCE_SECONDS 120u
#define STEPS_AT_ONCE    4u
#define LEAST_PAUSE_US   20u   /* between interrupts of a CPU ... */
#define MORE_PAUSE_US    500u  /* ... and at random so much more  */
#define NMI_ONE_IN       64u   /* steps of a thread               */
#define SLEEP_US         200u  /* the most that a request sleeps  */
#define WILD_LIMIT       160u
#define WILD_RECYCLE     4u

static struct site {
	struct actor     actor[LEVELS];
	struct timer     timer;
	struct thread   *thread;
	uint64_t         dice;
	_Atomic uint32_t seen; /* the order that the thread has seen last */
} sites[CPUS_MOST];

/* Orders are numbered; odd ones mean: work. */
static _Atomic uint32_t order;
static _Atomic bool over;

static bool working(void)
{
	return atomic_load(&order) % 2 == 1;
}

static void act(struct site *site, enum level level)
{
	for (unsigned i = 0; i < STEPS_AT_ONCE && working(); i++)
		actor_step(&site->actor[level]);
}

static uint32_t roll(struct site *site, uint32_t sides)
{
	site->dice = site->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(site->dice >> 33) % sides;
}

static void timer_fires(void *context)
{
	struct site *site = context;

	act(site, LEVEL_INTERRUPT);
	if (!atomic_load(&over))
		timer_start(&site->timer, cpu_tsc() + cycles_of(LEAST_PAUSE_US + roll(site, MORE_PAUSE_US)));
}

/* Whoever sends NMIs while this runs is this, or as good as this. */
static bool nmi_comes(void)
{
	if (atomic_load(&order) == 0)
		return false;
	act(&sites[cpu_index()], LEVEL_NMI);
	return true;
}

static void send_nmi(struct actor *from)
{
	uint32_t to = (uint32_t)(from->steps / NMI_ONE_IN % cpus_found());

	if (from->steps % NMI_ONE_IN == 0 && cpu_online(to))
		ipi_nmi(percpu[to].apic_id);
}

static void work(void *context)
{
	struct site *site = context;

	thread_set_patience(SLEEP_US);
	timer_start(&site->timer, cpu_tsc());
	while (!atomic_load(&over)) {
		atomic_store(&site->seen, atomic_load(&order));
		if (!working()) {
			thread_sleep(SLEEP_US);
			continue;
		}
		actor_step(&site->actor[LEVEL_TASK]);
		send_nmi(&site->actor[LEVEL_TASK]);
	}
	timer_stop(&site->timer);
	atomic_store(&site->seen, atomic_load(&order));
}

/* ---- The controller. */

/* Everybody has seen the last order, or does not within two minutes. */
static bool all_have_seen(void)
{
	uint64_t start = cpu_tsc();

	for (uint32_t i = 0; i < cpus_found(); i++)
		while (sites[i].thread != NULL && atomic_load(&sites[i].seen) != atomic_load(&order)) {
			if (cpu_tsc() - start > PATIENCE_SECONDS * tsc_hertz())
				return false;
			thread_sleep(SLEEP_US);
		}
	return true;
}

static const char *give_order(void)
{
	atomic_fetch_add(&order, 1);
	return all_have_seen() ? NULL : "every thread comes to its next step";
}

static const char *check(struct labyrinth *lab)
{
	uint64_t number;
	const char *wrong = holdings_wrong(&number);

	if (wrong != NULL) {
		kprintf("  stress: found %lx\n", number);
		return wrong;
	}
	maintenance_settle();
	return audit_laws(lab);
}

static const char *one_round(struct labyrinth *lab)
{
	const char *broken = give_order();

	if (broken == NULL) {
		thread_sleep(ROUND_US);
		broken = give_order();
	}
	return broken != NULL ? broken : check(lab);
}

/* Every actor has done something. */
static bool all_have_acted(void)
{
	for (uint32_t i = 0; i < cpus_found(); i++)
		for (unsigned level = 0; level < LEVELS; level++)
			if (sites[i].thread != NULL && sites[i].actor[level].steps == 0)
				return false;
	return true;
}

static const char *rounds(struct labyrinth *lab, uint64_t seconds)
{
	uint64_t start = cpu_tsc(), passed;
	const char *broken;

	do {
		broken = one_round(lab);
		passed = (cpu_tsc() - start) / tsc_hertz();
	} while (broken == NULL && (passed < seconds || (!all_have_acted() && passed < seconds + PATIENCE_SECONDS)));
	if (broken == NULL && !all_have_acted())
		return "every CPU acts in its thread, in interrupts and in NMIs";
	return broken;
}

static const char *start(void)
{
	for (uint32_t i = 0; i < cpus_found(); i++) {
		sites[i] = (struct site){ .timer = { .fire = timer_fires, .context = &sites[i] }, .dice = i };
		for (unsigned level = 0; level < LEVELS; level++)
			sites[i].actor[level] = actor_new(i, (enum level)level);
		if (cpu_online(i))
			sites[i].thread = thread_start("stress", i, work, &sites[i]);
		if (cpu_online(i) && sites[i].thread == NULL)
			return "there is memory for a thread on every CPU";
	}
	return NULL;
}

static const char *end(void)
{
	bool ended = true;

	atomic_store(&over, true);
	for (uint32_t i = 0; i < cpus_found(); i++) {
		if (sites[i].thread != NULL)
			ended = thread_join(sites[i].thread) && ended;
		for (unsigned level = 0; level < LEVELS; level++)
			actor_let_go(&sites[i].actor[level]);
	}
	holdings_empty_boxes();
	return ended ? NULL : "no thread touches what is not its own";
}

static void report(uint64_t seconds)
{
	uint64_t steps[LEVELS] = { 0 }, refused = 0;

	for (uint32_t i = 0; i < cpus_found(); i++)
		for (unsigned level = 0; level < LEVELS; level++) {
			steps[level] += sites[i].actor[level].steps;
			refused += sites[i].actor[level].refused;
		}
	kprintf("stress: %lu s on %u CPUs: %lu steps in threads, %lu in interrupts, %lu in NMIs; %lu refused; "
	        "%u pauses\n", seconds, cpus_online(), steps[LEVEL_TASK], steps[LEVEL_INTERRUPT], steps[LEVEL_NMI],
	        refused, atomic_load(&order) / 2);
}

static const char *register_owners(struct labyrinth *lab, struct stress_owners *owners)
{
	uint32_t all = cpus_found() * LEVELS * SURE;
	struct labyrinth_budget sure = { "sure", all, all, 0 }, wild = { "wild", 0, WILD_LIMIT, WILD_RECYCLE };
	enum labyrinth_status status = labyrinth_owner_register(lab, &sure, &owners->sure);

	for (unsigned i = 0; i < WILD && status == LABYRINTH_OK; i++)
		status = labyrinth_owner_register(lab, &wild, &owners->wild[i]);
	return status == LABYRINTH_OK ? NULL : "the owners of the stress test can be registered";
}

static const char *retire_owners(struct labyrinth *lab, const struct stress_owners *owners)
{
	bool retired = labyrinth_owner_retire(lab, owners->sure) == LABYRINTH_OK;

	for (unsigned i = 0; i < WILD; i++)
		retired = labyrinth_owner_retire(lab, owners->wild[i]) == LABYRINTH_OK && retired;
	return retired ? NULL : "the owners of the stress test can be retired";
}

static const char *stress(struct labyrinth *lab, uint64_t seconds)
{
	struct stress_owners owners;
	struct labyrinth_stats before;
	const char *broken;

	broken = start(); /* their stacks are kept: counted as gone before and after */
	if (broken != NULL)
		return broken;
	maintenance_settle();
	labyrinth_stats(lab, &before);
	broken = register_owners(lab, &owners);
	if (broken != NULL)
		return broken;
	actors_init(lab, &owners);
	nmi_register(nmi_comes);
	broken = rounds(lab, seconds);
	report(seconds);
	if (broken != NULL)
		return broken; /* as it is: what the panic's dump, or a debugger, would show */
	broken = end();
	if (broken == NULL)
		broken = retire_owners(lab, &owners);
	if (broken == NULL)
		broken = check(lab);
	return broken != NULL ? broken : audit_frames(lab, &before);
}

const char *stress_if_asked(struct labyrinth *lab)
{
	uint64_t seconds;

	if (!cmdline_number("stress", 1, MOST_SECONDS, 0, &seconds) || seconds == 0)
		return NULL;
	return stress(lab, seconds);
}
