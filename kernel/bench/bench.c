/*
 * bench.c - which measurements, in which state of memory.
 */
#include <stddef.h>

#include <labyrinth/inspect.h>

#include "bench/bench.h"
#include "bench/calls.h"
#include "bench/claims.h"
#include "bench/fill.h"
#include "bench/refill.h"
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

/* Those that depend on how full memory is. */
static const struct full_or_not {
	const char *name;
	const char *(*open)(struct labyrinth *lab);
	const char *(*measure)(void);
	void        (*close)(void);
} benches[] = {
	{ "claims", claims_open, claims_measure, claims_close },
	{ "calls",  calls_open,  calls_measure,  calls_close  },
};

static const char *measure(const struct full_or_not *bench, struct labyrinth *lab, const char *state)
{
	struct fill fill;
	const char *wrong = bench->open(lab);

	if (wrong == NULL)
		wrong = fill_take(&fill, lab, state);
	if (wrong != NULL)
		return wrong;
	print_state(lab, state);
	wrong = bench->measure();
	fill_give(&fill);
	bench->close();
	return wrong;
}

const char *bench_if_asked(struct labyrinth *lab)
{
	const char *what = cmdline_value("bench"), *state = cmdline_value("fill");

	if (what == NULL)
		return NULL;
	kprintf("bench boot: %lu to the allocator's being ready, %lu of them in labyrinth_init()\n", boot.ready,
	        boot.init);
	if (word_is(what, "refill"))
		return refill_measure(lab);
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
		if (word_is(what, benches[i].name))
			return measure(&benches[i], lab, state != NULL ? state : "empty");
	return word_is(what, "boot") ? NULL : "bench= is none of boot, refill, claims, calls";
}
