/*
 * maintenance.c - kicked, works until nothing is left, rests; and a tick from a timer.
 *
 * Idea    Work comes in small pieces, so that the thread can be interrupted for another one between them and its slice
 *         ends where it may. Frames at hand are a CPU's own: where work is left that one CPU cannot do, the thread
 *         goes round all of them.
 */
#include <stdatomic.h>

#include <labyrinth/inspect.h>
#include <labyrinth/maintain.h>
#include <labyrinth/owner.h>

#include "cpus.h"
#include "maintenance.h"
#include "panic.h"
#include "thread.h"
#include "wait.h"
#include "x86/cpu.h"
#include "x86/timer.h"

#define PIECE   16u    /* frames                */
#define TICK_US 10000u /* for the owners' paces */

static uint64_t pieces; /* that all memory has */
static struct wait_queue work, rest;
static _Atomic uint64_t kicks, heeded;   /* calls of maintenance_kick()   */
static _Atomic uint64_t asked, answered; /* calls of maintenance_settle() */
static struct timer ticks;

static bool wanted(void *context)
{
	(void)context;
	return atomic_load(&kicks) != atomic_load(&heeded) || atomic_load(&asked) != atomic_load(&answered);
}

/* A bounded number of moves: no allocator, however broken, keeps this busy for ever. */
static void maintain_here(struct labyrinth *lab)
{
	for (uint64_t left = pieces; left > 0; left--)
		if (labyrinth_maintain(lab, PIECE) < PIECE)
			return;
}

static void maintain(struct labyrinth *lab)
{
	maintain_here(lab);
	for (uint32_t cpu = 0; cpu < cpus_found() && labyrinth_maintenance_wanted(lab); cpu++) {
		if (!cpu_online(cpu))
			continue;
		thread_move(cpu);
		maintain_here(lab);
	}
	thread_move(ANY_CPU);
}

static _Noreturn void body(void *context)
{
	struct labyrinth *lab = context;

	for (;;) {
		wait_until(&work, wanted, NULL, FOR_EVER);
		uint64_t calls = atomic_load(&asked);

		do {
			atomic_store(&heeded, atomic_load(&kicks));
			maintain(lab);
		} while (atomic_load(&kicks) != atomic_load(&heeded));
		atomic_store(&answered, calls);
		wake_all(&rest);
	}
}

static void tick(void *lab)
{
	labyrinth_tick(lab);
	timer_start(&ticks, cpu_tsc() + cycles_of(TICK_US));
}

void maintenance_start(struct labyrinth *lab)
{
	struct labyrinth_stats stats;

	labyrinth_stats(lab, &stats);
	pieces = stats.usable / PIECE + 1;
	if (labyrinth_maintenance_wanted(lab))
		maintenance_kick(); /* a zone is low from the beginning */
	if (thread_start("maintenance", ANY_CPU, body, lab) == NULL)
		refuse("no memory for the maintenance thread");
	ticks = (struct timer){ .fire = tick, .context = lab };
	timer_start(&ticks, cpu_tsc() + cycles_of(TICK_US));
}

void maintenance_kick(void)
{
	atomic_fetch_add(&kicks, 1);
}

uint64_t maintenance_kicks(void)
{
	return atomic_load(&kicks);
}

void maintenance_wake(void)
{
	wake_all(&work);
}

static bool done(void *call)
{
	return atomic_load(&answered) >= *(const uint64_t *)call;
}

void maintenance_settle(void)
{
	uint64_t call = atomic_fetch_add(&asked, 1) + 1;

	wake_all(&work);
	wait_until(&rest, done, &call, FOR_EVER);
}
