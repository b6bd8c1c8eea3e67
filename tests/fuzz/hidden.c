/*
 * hidden.c - an isolation port without page tables: what is hidden is poisoned for AddressSanitizer.
 *
 * Idea    Code of the allocator that touches a hidden frame without a window ends the process there and then. Every
 *         call of the port is checked against its contract. The debug aid GUARD hides in the same way.
 */
#include <sanitizer/asan_interface.h>

#include "fuzz/fuzz.h"
#include "port/host.h"

enum reach { SHOWN, LINGERS, HIDDEN, SEEN, GUARDED };

static uint64_t slot[CPUS][LABYRINTH_MAX_WINDOWS]; /* frame number + 1; 0: empty */
static uint64_t lingerer[20480];
static unsigned lingerers; /* some of them may be shown again */

static void *bytes_of(uint64_t pfn)
{
	return host_bytes(labyrinth_pfn_phys((pfn_t){ pfn }));
}

static void reach(uint64_t pfn, enum reach to)
{
	shadow_find(pfn)->reach = (uint8_t)to;
	if (to == HIDDEN || to == GUARDED)
		__asan_poison_memory_region(bytes_of(pfn), LABYRINTH_PAGE_SIZE);
	else if (to != LINGERS)
		__asan_unpoison_memory_region(bytes_of(pfn), LABYRINTH_PAGE_SIZE);
}

static enum reach reach_of(uint64_t pfn)
{
	must(shadow_there(pfn), "a frame is hidden or shown that is not there", pfn);
	return (enum reach)shadow_find(pfn)->reach;
}

bool hidden_from_all(uint64_t pfn)
{
	return shadow_find(pfn)->reach != SHOWN;
}

/* ---- GUARD, and what it is for. */

void hidden_guard(phys_addr_t first, unsigned order, void *context)
{
	uint64_t pfn = labyrinth_pfn_floor(first).n;

	(void)context;
	for (uint64_t n = pfn; n < pfn + (UINT64_C(1) << order); n++)
		if (reach_of(n) != GUARDED) {
			must(!shadow_find(n)->held, "a frame is hidden that somebody holds", n);
			reach(n, GUARDED);
		}
}

void hidden_unguard(phys_addr_t first, unsigned order, void *context)
{
	uint64_t pfn = labyrinth_pfn_floor(first).n;

	(void)context;
	for (uint64_t n = pfn; n < pfn + (UINT64_C(1) << order); n++)
		if (reach_of(n) != SHOWN)
			reach(n, SHOWN);
}

/* Nobody here writes to what is not his. */
void hidden_report(const struct labyrinth_debug_report *report, void *context)
{
	(void)context;
	must(false, labyrinth_debug_kind_text(report->kind), report->pfn.n);
}

/* ---- The isolation port. */

static void in_task(void)
{
	must(host_context == LABYRINTH_TASK && host_irq_on, "a hook for tasks is called elsewhere", host_context);
}

static bool hide(phys_addr_t first, unsigned order, void *context)
{
	uint64_t pfn = labyrinth_pfn_floor(first).n, end = pfn + (UINT64_C(1) << order);

	(void)context;
	in_task();
	must(order == 0 || order == 9, "this order is not hidden", order);
	must(pfn % (UINT64_C(1) << order) == 0, "a block is hidden that does not lie right", pfn);
	if (one_in(16))
		return false;
	for (; pfn < end; pfn++) {
		must(reach_of(pfn) == SHOWN, "what is hidden is hidden again", pfn);
		must(!shadow_find(pfn)->held, "a frame is hidden that somebody holds", pfn);
		reach(pfn, LINGERS);
		must(lingerers < sizeof(lingerer) / sizeof(lingerer[0]), "too much is hidden before a flush", pfn);
		lingerer[lingerers++] = pfn;
	}
	return true;
}

static void flush(void *context)
{
	(void)context;
	in_task();
	while (lingerers > 0) {
		uint64_t pfn = lingerer[--lingerers];

		if (reach_of(pfn) != LINGERS)
			continue;
		must(!shadow_find(pfn)->held, "a frame is granted before all CPUs have forgotten it", pfn);
		reach(pfn, HIDDEN);
	}
}

static void show(phys_addr_t first, unsigned order, void *context)
{
	uint64_t pfn = labyrinth_pfn_floor(first).n, end = pfn + (UINT64_C(1) << order);

	(void)context;
	for (; pfn < end; pfn++) {
		enum reach was = reach_of(pfn);

		must(was == HIDDEN || was == LINGERS, "what is shown, or in a window, is shown", pfn);
		reach(pfn, SHOWN);
	}
}

static void *map(unsigned at, phys_addr_t frame, void *context)
{
	uint64_t pfn = labyrinth_pfn_floor(frame).n;

	(void)context;
	must(host_cpu < fuzz.cpus && at < LABYRINTH_MAX_WINDOWS && slot[host_cpu][at] == 0, "a slot is not empty", at);
	must(reach_of(pfn) == HIDDEN, "a frame in a window was not hidden, or is in another one", pfn);
	reach(pfn, SEEN);
	slot[host_cpu][at] = pfn + 1;
	return bytes_of(pfn);
}

static void unmap(unsigned at, void *context)
{
	(void)context;
	must(slot[host_cpu][at] != 0, "an empty slot is emptied", at);
	reach(slot[host_cpu][at] - 1, HIDDEN);
	slot[host_cpu][at] = 0;
}

static bool hidden(phys_addr_t frame, void *context)
{
	enum reach r = reach_of(labyrinth_pfn_floor(frame).n);

	(void)context;
	return r == HIDDEN || r == SEEN;
}

void hidden_isolate(void)
{
	struct labyrinth_isolation with = {
		.hide = hide, .flush = flush, .show = show, .map = map, .unmap = unmap, .hidden = hidden,
		.slots = 4 + (unsigned)below(LABYRINTH_MAX_WINDOWS - 3),
	};
	enum labyrinth_status status;

	if (one_in(2))
		with.slots = 4;
	if (one_in(16))
		with.slots = (unsigned)below(64);
	if (one_in(16))
		with.show = NULL;
	status = labyrinth_isolate(fuzz.lab, &with);
	must(status != LABYRINTH_OK || (!fuzz.isolated && with.show != NULL && with.slots > LABYRINTH_KEPT_WINDOWS
	                                && with.slots <= LABYRINTH_MAX_WINDOWS && host_context == LABYRINTH_TASK),
	     "what should not be isolated is", status);
	fuzz.isolated |= status == LABYRINTH_OK;
	if (status != LABYRINTH_OK && !fuzz.isolated)
		for (uint64_t i = 0; i < fuzz.frames; i++)
			must(fuzz.frame[i].reach == SHOWN || fuzz.frame[i].reach == GUARDED,
			     "what was not isolated is hidden", i);
}

/* The next input finds all as it was. */
void hidden_end(void)
{
	for (unsigned a = 0; a < fuzz.areas; a++)
		for (uint64_t n = fuzz.area[a].begin; n < fuzz.area[a].end; n++)
			if (shadow_find(n)->reach != SHOWN)
				reach(n, SHOWN);
	for (unsigned c = 0; c < CPUS; c++)
		for (unsigned s = 0; s < LABYRINTH_MAX_WINDOWS; s++)
			slot[c][s] = 0;
	lingerers = 0;
}
