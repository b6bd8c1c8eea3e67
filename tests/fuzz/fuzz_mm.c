/*
 * fuzz_mm.c - for libFuzzer: bytes become a machine, a configuration, and calls on every CPU in every context.
 *
 * Idea    Bring-up first (memory.c), then a call after the other, each of which may be interrupted, or call back into
 *         more calls (moments.c). The laws after so many of them. In the end everything is given back, and nothing is
 *         missing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "port/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz fuzz;

static bool telling; /* every call is printed: for the input that failed */

enum { TASK = 1, INTERRUPT = 2, NMI = 4, ALL = 7, ALONE = 8 };

#define CALL(name, where) { call_##name, #name, where }

static const struct call {
	void      (*make)(void);
	const char *name;
	unsigned    where; /* contexts; ALONE: with no other call under way */
} calls[] = {
	CALL(alloc, ALL), CALL(alloc, ALL), CALL(alloc, ALL), CALL(alloc, ALL), CALL(alloc, TASK),
	CALL(free, TASK | INTERRUPT), CALL(free, TASK | INTERRUPT), CALL(free, TASK | INTERRUPT),
	CALL(exact, TASK | INTERRUPT), CALL(range, TASK), CALL(bulk, ALL), CALL(movable, ALL),
	CALL(movable, TASK), CALL(free_bulk, TASK | INTERRUPT), CALL(free_wild, TASK | ALONE),
	CALL(claim, ALL), CALL(claim, ALL), CALL(claim, ALL), CALL(release, ALL), CALL(release, ALL),
	CALL(transfer, ALL), CALL(lend, ALL), CALL(take_back, ALL), CALL(map, ALL), CALL(unmap, ALL),
	CALL(register, TASK), CALL(register, TASK), CALL(retire, TASK), CALL(pace, TASK),
	CALL(watch, TASK), CALL(tick, ALL), CALL(mover, TASK), CALL(shrinker, TASK), CALL(scatter, TASK | ALONE),
	CALL(compact, TASK), CALL(compact, TASK), CALL(maintain, TASK), CALL(maintain, TASK), CALL(online, TASK),
	CALL(offline, TASK), CALL(inject, TASK), CALL(look, ALL), CALL(isolate, TASK | ALONE),
	CALL(astray, TASK | ALONE),
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static bool fits(const struct call *c, bool anywhere)
{
	if ((c->where & ALONE) && (fuzz.depth > 1 || host_context != LABYRINTH_TASK))
		return false;
	return anywhere || (c->where & (fuzz.trying ? (unsigned)NMI : 1u << host_context)) != 0;
}

void call_any(void)
{
	uint64_t at = below(256);
	bool anywhere = fuzz.depth == 1 && at >= 5 * CALLS; /* what must be refused there */

	for (at = anywhere ? below(CALLS) : at % CALLS; !fits(&calls[at], anywhere); at = (at + 1) % CALLS)
		;
	if (telling)
		fprintf(stderr, "%*s%s (context %d, CPU %u)\n", (int)(2 * fuzz.depth), "", calls[at].name,
		        (int)host_context, host_cpu);
	calls[at].make();
}

/* ---- The end: everything is given back. */

static unsigned innermost(void)
{
	for (unsigned i = 0; i < fuzz.claims; i++) {
		const struct held *h = &fuzz.claim[i];
		const struct windows *w = &fuzz.window[h->cpu];

		if (h->state != MAPPED || w->unsure || w->pfn[w->count - 1] == h->pfn)
			return i;
	}
	must(false, "no window is the innermost", fuzz.claims);
	return 0;
}

static void end_helpers(void)
{
	must(labyrinth_inject(fuzz.lab, NULL) == LABYRINTH_OK, "an injection does not end", 0);
	for (unsigned i = 0; i < OWNERS; i++)
		must(!fuzz.owner[i].alive || labyrinth_owner_retire(fuzz.lab, fuzz.owner[i].name) == LABYRINTH_OK,
		     "an owner without claims cannot end", i);
	for (unsigned i = 0; i < HELPERS; i++) {
		must(!fuzz.mover_on[i] || labyrinth_mover_unregister(fuzz.lab, fuzz.mover[i]) == LABYRINTH_OK,
		     "a mover without frames cannot end", i);
		must(!fuzz.shrinker_on[i] || labyrinth_shrinker_unregister(fuzz.lab, fuzz.shrinker[i]) == LABYRINTH_OK,
		     "a shrinker cannot end", i);
	}
}

static uint64_t bad_frames(void)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < fuzz.frames; i++)
		n += fuzz.frame[i].bad;
	return n;
}

static void settle(void)
{
	struct labyrinth_stats s;

	moments_stop();
	fuzz.depth = 1;
	while (fuzz.blocks > 0)
		block_free(fuzz.blocks - 1);
	for (unsigned tries = 0; fuzz.claims > 0; tries++) {
		must(tries < 4096, "windows do not close", fuzz.claims);
		claim_end(fuzz.window[0].unsure ? tries % fuzz.claims : innermost());
	}
	end_helpers();
	for (unsigned i = 0; i < 100000 && labyrinth_maintain(fuzz.lab, 64) > 0; i++)
		;
	shadow_audit();
	shadow_compare();
	labyrinth_stats(fuzz.lab, &s);
	must(s.shared + s.owned + s.lent + s.mapped + s.recycled + s.fenced == 0, "frames are missing", s.shared);
	must(s.pending + s.offline == bad_frames(), "frames that were to go are forgotten", s.pending);
	must(s.guaranteed == 0, "a guarantee is left without an owner", s.guaranteed);
}

/* ---- One input. */

static void run(void)
{
	uint8_t first = input_byte(&fuzz.in);
	unsigned stride = 1 + (first & 7), sides = 1 + fuzz.cpus * 8;

	if (first & 8)
		hidden_isolate();
	if (first & 16)
		moments_start();
	for (unsigned n = 0; input_left(&fuzz.in); n++) {
		unsigned how = (unsigned)below(sides), context = how % 8 < 5 ? LABYRINTH_TASK : how % 8 < 7
		                                                 ? LABYRINTH_INTERRUPT : LABYRINTH_NMI;

		moments_nest((enum labyrinth_context)context, how / 8 % fuzz.cpus);
		fuzz.quiet++;
		if (n % stride == 0)
			shadow_audit();
		if (n % (8 * stride) == 0)
			shadow_compare();
		fuzz.quiet--;
	}
	settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz = (struct fuzz){ .in = { data, data + size, false } };
	telling = getenv("LABYRINTH_TELL") != NULL;
	host_context = LABYRINTH_TASK;
	host_cpu = 0;
	host_irq_on = true;
	host_interrupt = NULL;
	moments_never();
	if (memory_bring_up())
		run();
	host_interrupt = NULL;
	hidden_end();
	memory_end();
	return 0;
}
