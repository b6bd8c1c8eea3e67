/*
 * call_memory.c - memory that comes, frames that go, refusals on purpose, and looks at all there is.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "port/host.h"

#define SITES 8u

/* ---- Memory that comes, and frames that go. */

static enum labyrinth_status may_come(uint64_t begin, uint64_t end)
{
	bool declared = false;

	if (begin >= end)
		return LABYRINTH_BAD_RANGES;
	for (uint64_t n = begin; n < end; n++)
		if (shadow_there(n))
			return LABYRINTH_ALREADY_ONLINE;
	for (unsigned i = 0; i < fuzz.areas; i++)
		declared |= fuzz.area[i].later && begin >= fuzz.area[i].begin && end <= fuzz.area[i].end;
	return declared ? LABYRINTH_OK : LABYRINTH_NOT_DECLARED;
}

static void appear(uint64_t begin, uint64_t end, bool there)
{
	for (uint64_t n = begin; n < end; n++)
		shadow_find(n)->there = there;
}

void call_online(void)
{
	const struct area *a = &fuzz.area[below(fuzz.areas)];
	uint64_t begin = a->begin, end = a->end;
	enum labyrinth_status want, status;

	if (one_in(2))
		begin += below(a->end - a->begin);
	if (one_in(2))
		end = begin + below(600);
	if (end - begin > 1 << 20)
		return;
	want = may_come(begin, end);
	if (want == LABYRINTH_OK && host_context == LABYRINTH_TASK)
		appear(begin, end, true);
	status = labyrinth_online(fuzz.lab, (struct labyrinth_range){ { begin }, { end } });
	if (host_context != LABYRINTH_TASK) {
		must(status == LABYRINTH_IN_INTERRUPT, "memory comes elsewhere than in a task", status);
		return;
	}
	must(status == want || (status == LABYRINTH_BUSY && fuzz.depth > 1), "memory that comes is misjudged",
	     status * 256 + want);
	if (want == LABYRINTH_OK && status != LABYRINTH_OK)
		appear(begin, end, false);
}

void call_offline(void)
{
	const struct area *a = &fuzz.area[below(fuzz.areas)];
	uint64_t pfn = a->begin + below(a->end - a->begin + 1);
	struct frame *f = shadow_find(pfn);
	bool there = shadow_there(pfn), held = there && f->held;
	uint64_t disturbed = fuzz.disturbed;
	enum labyrinth_status status;

	if (fuzz.depth > 1)
		return; /* whoever is interrupted may have it already */
	status = labyrinth_offline(fuzz.lab, (pfn_t){ pfn });
	if (host_context != LABYRINTH_TASK) {
		must(status == LABYRINTH_IN_INTERRUPT, "a frame goes elsewhere than in a task", status);
		return;
	}
	must((status == LABYRINTH_FOREIGN_PAGE) == !there, "a frame goes that is not there", pfn);
	if (!there)
		return;
	must(status != LABYRINTH_ALREADY_OFFLINE || f->bad, "a frame has gone that nobody sent", pfn);
	must(status != LABYRINTH_OK || !held || disturbed != fuzz.disturbed, "a frame goes that somebody holds", pfn);
	must(status != LABYRINTH_TOO_MANY_PENDING || !f->bad, "a frame that is to go is forgotten", pfn);
	f->bad |= status == LABYRINTH_OK || status == LABYRINTH_PENDING;
}

/* ---- Refusals on purpose. */

void call_inject(void)
{
	struct labyrinth_injection rule = { .first = below(8), .every = below(8) };
	bool ends = one_in(2);
	enum labyrinth_status status;

	if (one_in(4))
		rule.owner = fuzz.owner[below(OWNERS)].name;
	if (one_in(4))
		rule.gfp = (labyrinth_gfp_t)below(2048);
	rule.break_guarantees = one_in(4);
	fuzz.injecting |= !ends;
	fuzz.breaking |= !ends && rule.break_guarantees;
	status = labyrinth_inject(fuzz.lab, ends ? NULL : &rule);
	if (host_context != LABYRINTH_TASK) {
		must(status == LABYRINTH_IN_INTERRUPT, "an injection elsewhere than in a task", status);
		return;
	}
	must(status == (!ends && rule.gfp >= 1024 ? LABYRINTH_BAD_FLAGS : LABYRINTH_OK), "an injection is misjudged",
	     status);
	if (ends && fuzz.depth == 1)
		fuzz.injecting = fuzz.breaking = false;
}

/* ---- Looks. */

static void print(const char *line, void *context)
{
	unsigned *lines = context;

	must(strlen(line) <= 76 && strchr(line, '\n') == NULL, "a line of the dump is too long", strlen(line));
	++*lines;
}

static bool see(const struct labyrinth_block *block, void *context)
{
	must(context == &fuzz && labyrinth_block_state_name(block->state)[0] != '?', "a block in no state",
	     block->state);
	return !one_in(256);
}

static void look_at_owners(void)
{
	labyrinth_owner_t at = LABYRINTH_NOBODY;
	struct labyrinth_owner_stats s;
	unsigned n = 0;

	while (labyrinth_owner_next(fuzz.lab, &at)) {
		must(labyrinth_owner_stats(fuzz.lab, at, &s) == LABYRINTH_OK || fuzz.depth > 1,
		     "an owner without numbers", at.slot);
		n++;
	}
	must(n <= fuzz.config.owners, "more owners than slots", n);
}

static void look_at_aids(void)
{
	struct labyrinth_debug_site site[SITES];
	struct labyrinth_debug_leaks leaks;
	struct labyrinth_debug_trace trace;
	bool traces = fuzz.config.debug.aids & LABYRINTH_DEBUG_TRACE;
	struct page *page = shadow_page(fuzz.area[0].begin);

	must(labyrinth_debug_leaks(fuzz.lab, (uint32_t)below(256), site, (uint32_t)below(SITES + 1), &leaks)
	     == (traces ? LABYRINTH_OK : LABYRINTH_NOT_ENABLED), "leaks are not shown", traces);
	must(labyrinth_debug_last(fuzz.lab, page, &trace) == (traces ? LABYRINTH_OK : LABYRINTH_NOT_ENABLED),
	     "a trace is not shown", traces);
	must(labyrinth_debug_reports(fuzz.lab) == 0, "a write is reported that nobody made", 0);
	(void)labyrinth_debug_now(fuzz.lab);
}

void call_look(void)
{
	struct labyrinth_stats stats;
	struct labyrinth_injection_stats injected;
	struct labyrinth_mover_stats moves;
	unsigned lines = 0, i = (unsigned)below(HELPERS);

	switch (below(6)) {
	case 0:
		labyrinth_stats(fuzz.lab, &stats);
		break;
	case 1:
		labyrinth_dump(fuzz.lab, print, &lines);
		must(lines > 0, "the dump says nothing", lines);
		break;
	case 2:
		(void)labyrinth_for_each_block(fuzz.lab, see, &fuzz);
		break;
	case 3:
		look_at_owners();
		break;
	case 4:
		labyrinth_injection_stats(fuzz.lab, &injected);
		must((labyrinth_mover_stats(fuzz.lab, fuzz.mover[i], &moves) == LABYRINTH_OK) == fuzz.mover_on[i]
		     || fuzz.depth > 1, "a mover has no numbers, or one that is none has", i);
		break;
	default:
		look_at_aids();
	}
}

/* ---- Once, while nothing comes between. */

void call_isolate(void)
{
	fuzz.quiet++;
	hidden_isolate();
	fuzz.quiet--;
}

/* On a CPU that the configuration does not count. */
void call_astray(void)
{
	struct labyrinth_grant grant;

	struct labyrinth_claim claim;

	if (fuzz.config.magazine == 0 || fuzz.isolated)
		return;
	fuzz.quiet++;
	host_cpu = fuzz.config.cpus;
	claim = fuzz.claims > 0 ? fuzz.claim[0].claim : (struct labyrinth_claim){ .lab = fuzz.lab };
	must(labyrinth_claim_map(&claim) == NULL && claim.status != LABYRINTH_OK, "a CPU that is none has a window",
	     claim.status);
	grant = labyrinth_alloc_pages(fuzz.lab, LABYRINTH_GFP_NOWAIT, 0);
	must(grant.status == LABYRINTH_BAD_CPU && grant.page == NULL, "a CPU that is none is served", grant.status);
	if (fuzz.blocks > 0)
		must(labyrinth_free_pages(fuzz.lab, fuzz.block[0].page, fuzz.block[0].order) == LABYRINTH_BAD_CPU,
		     "a CPU that is none frees", host_cpu);
	host_cpu = 0;
	fuzz.quiet--;
}
