/*
 * bench.c - which measurements, in which state of memory.
 */
#include <labyrinth/inspect.h>

#include "bench/bench.h"
#include "bench/calls.h"
#include "bench/claims.h"
#include "bench/fill.h"
#include "cmdline.h"
#include "view/print.h"

static struct {
	uint64_t ready, init;
} boot;

void bench_note_boot(uint64_t entered, uint64_t now, uint64_t init)
{
	boot.ready = now - entered;
	boot.init = init;
}

static void print_state(const struct labyrinth *lab, const char *state)
{
	struct labyrinth_stats s;

	labyrinth_stats(lab, &s);
	kprintf("bench state: %s: free %lu, of them in zone", state, s.free);
	for (unsigned zone = 0; zone < LABYRINTH_ZONES; zone++)
		kprintf(" %s %lu", labyrinth_zone_name((enum labyrinth_zone)zone), s.zone[zone].free);
	kprintf("; at hand %lu; reserve %lu of %lu\n", s.cached, s.reserve, s.reserve_target);
}

static const char *measure(struct labyrinth *lab, const char *what, const char *state)
{
	struct fill fill;
	const char *wrong;

	if (word_is(what, "claims"))
		wrong = claims_open(lab);
	else if (word_is(what, "calls"))
		wrong = calls_open(lab);
	else
		return word_is(what, "boot") ? NULL : "bench= is none of boot, claims, calls";
	if (wrong == NULL)
		wrong = fill_take(&fill, lab, state);
	if (wrong != NULL)
		return wrong;
	print_state(lab, state);
	wrong = word_is(what, "claims") ? claims_measure() : calls_measure();
	fill_give(&fill);
	return wrong;
}

const char *bench_if_asked(struct labyrinth *lab)
{
	const char *what = cmdline_value("bench"), *state = cmdline_value("fill");

	if (what == NULL)
		return NULL;
	kprintf("bench boot: %lu to the allocator's being ready, %lu of them in labyrinth_init()\n", boot.ready,
	        boot.init);
	return measure(lab, what, state != NULL ? state : "empty");
}
