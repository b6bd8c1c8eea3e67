/*
 * run.c - what happens next, and then.
 *
 * Idea    Five things happen, each at a time that is known when the one before it has happened: the earliest is next.
 *         Every one draws from dice of its own, so that none sees what a budget changes for another.
 */
#include "sim/run.h"

#include <math.h>

#include "sim/machine.h"
#include "unit/dice.h"

#define NEVER UINT64_MAX
#define EAT   (100 * MICROSECOND) /* the hog comes that often */

enum event { ARRIVAL, INTERRUPT, DRAIN, MAINTENANCE, HOG, EVENTS };

struct sim {
	const struct scenario *s;
	struct machine machine;
	struct path    path;
	struct dice    dice[EVENTS];
	struct dice    pauses;
	uint64_t       now, end;      /* ps; no packet is sent from `end` on */
	uint64_t       at[EVENTS];
	uint64_t       pause, resume; /* the receiver's next pause, or the one it is in */
	unsigned       paused;        /* times                                          */
	uint32_t       burst;         /* packets left of this one                       */
	double         demand;        /* ps: when Poisson's next packet would be sent if the wire were free */
};

/* From half of `most` up to it. */
static uint64_t draw(struct dice *dice, uint64_t most)
{
	return most - dice_below(dice, most / 2 + 1);
}

/* ---- The sender. */

static uint64_t next_poisson(struct sim *sim)
{
	double mean = (double)sim->s->wire * 100 / LOAD_PERCENT;
	double uniform = ((double)(dice_roll(&sim->dice[ARRIVAL]) >> 11) + 0.5) * 0x1p-53;
	uint64_t free = sim->now + sim->s->wire;

	sim->demand -= mean * log(uniform);
	return sim->demand > (double)free ? (uint64_t)sim->demand : free;
}

/* The starts of two bursts are never closer than the load in the long run allows. */
static uint64_t next_of_burst(struct sim *sim)
{
	uint64_t length = sim->s->burst * sim->s->wire, period = length * 100 / LOAD_PERCENT;

	if (--sim->burst > 0)
		return sim->now + sim->s->wire;
	sim->burst = sim->s->burst;
	return sim->now + sim->s->wire + period - length + dice_below(&sim->dice[ARRIVAL], period / 8);
}

static void arrival(struct sim *sim)
{
	path_arrive(&sim->path);
	if (sim->at[INTERRUPT] == NEVER)
		sim->at[INTERRUPT] = sim->now + draw(&sim->dice[INTERRUPT], sim->s->moderation);
	sim->at[ARRIVAL] = sim->s->arrivals == ARRIVALS_BURSTS ? next_of_burst(sim) : next_poisson(sim);
	if (sim->at[ARRIVAL] >= sim->end)
		sim->at[ARRIVAL] = NEVER;
}

/* ---- The receiver. */

/* Of four pauses one is as long as they get, the first among them. */
static void plan_pause(struct sim *sim, uint64_t after)
{
	uint64_t most = sim->s->receiver->pause;

	sim->pause = after + sim->s->receiver->between + dice_below(&sim->pauses, sim->s->receiver->between / 8);
	sim->resume = sim->pause + (sim->paused++ % 4 == 0 ? most : 1 + dice_below(&sim->pauses, most));
}

static void start_draining(struct sim *sim)
{
	uint64_t start = sim->now, cost = draw(&sim->dice[DRAIN], sim->s->drain);

	while (sim->resume <= start)
		plan_pause(sim, sim->resume);
	if (start >= sim->pause)
		start = sim->resume;
	else if (start + cost > sim->pause)
		start += sim->resume - sim->pause;
	sim->at[DRAIN] = start + cost;
}

static void drain(struct sim *sim)
{
	path_drain(&sim->path);
	if (sim->s->receiver->maintenance == 0)
		path_release(&sim->path, 1);
	sim->at[DRAIN] = NEVER;
	if (path_waiting(&sim->path))
		start_draining(sim);
}

static void interrupt(struct sim *sim)
{
	sim->at[INTERRUPT] = NEVER;
	path_interrupt(&sim->path);
	if (sim->at[DRAIN] == NEVER && path_waiting(&sim->path))
		start_draining(sim);
}

/* ---- The rest of the system. */

static uint64_t maintenance_interval(const struct scenario *s)
{
	return s->receiver->maintenance != 0 ? s->receiver->maintenance : MILLISECOND;
}

static void maintenance(struct sim *sim)
{
	if (sim->s->receiver->maintenance != 0)
		path_release(&sim->path, sim->s->budget);
	labyrinth_maintain(sim->machine.lab, sim->s->budget);
	sim->at[MAINTENANCE] = sim->now + draw(&sim->dice[MAINTENANCE], maintenance_interval(sim->s));
}

static void hog(struct sim *sim)
{
	machine_eat(&sim->machine);
	sim->at[HOG] = sim->now + draw(&sim->dice[HOG], EAT);
}

static bool over(const struct sim *sim)
{
	return sim->at[ARRIVAL] == NEVER && sim->at[INTERRUPT] == NEVER && sim->at[DRAIN] == NEVER;
}

static void step(struct sim *sim)
{
	static void (*const happens[EVENTS])(struct sim *) = { arrival, interrupt, drain, maintenance, hog };
	enum event next = 0;

	for (enum event e = 1; e < EVENTS; e++)
		if (sim->at[e] < sim->at[next])
			next = e;
	sim->now = sim->at[next];
	happens[next](sim);
}

/* ---- From the first packet to the last. */

static uint64_t length(const struct scenario *s, struct span span)
{
	uint64_t cycles = span.pauses * (s->receiver->between * 9 / 8 + s->receiver->pause);
	uint64_t needed = span.packets * s->wire * 100 / LOAD_PERCENT;

	return cycles > needed ? cycles : needed;
}

/* The hog comes when all is well, before the first pause. */
static void begin(struct sim *sim, struct span span, uint64_t seed)
{
	struct dice dice = { seed };

	for (enum event e = 0; e < EVENTS; e++) {
		sim->dice[e].state = dice_roll(&dice);
		sim->at[e] = NEVER;
	}
	sim->pauses.state = dice_roll(&dice);
	sim->end = length(sim->s, span);
	sim->burst = sim->s->burst;
	sim->at[ARRIVAL] = 0;
	sim->at[MAINTENANCE] = maintenance_interval(sim->s);
	sim->at[HOG] = sim->s->receiver->between / 2;
	plan_pause(sim, 0);
}

struct outcome run(const struct scenario *s, struct budget budget, uint32_t vault, struct span span, uint64_t seed)
{
	struct sim sim = { .s = s };
	struct outcome outcome;

	machine_new(&sim.machine, vault);
	path_open(&sim.path, sim.machine.lab, budget);
	begin(&sim, span, seed);
	while (!over(&sim))
		step(&sim);
	outcome = (struct outcome){ sim.path.sent, sim.path.lost, sim.path.overrun, path_needed(&sim.path) };
	path_close(&sim.path);
	machine_end(&sim.machine);
	return outcome;
}
