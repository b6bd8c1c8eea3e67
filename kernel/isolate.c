/*
 * isolate.c - direct.h and window.h of x86/ as the allocator wants them, with tables from the allocator.
 *
 * Idea    Tables come from a pool. When it runs low, hiding first asks the allocator for a page block of 512 more,
 *         which becomes read-only in the direct map. If there is none, hiding is refused: the last few tables are for
 *         stacks and devices.
 * Writes  The pool.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/inspect.h>
#include <labyrinth/page.h>

#include "isolate.h"
#include "panic.h"
#include "thread.h"
#include "view/print.h"
#include "x86/direct.h"
#include "x86/lock.h"
#include "x86/table_pool.h"
#include "x86/window.h"

#define BLOCK_ORDER  9u
#define TABLES       (UINT64_C(1) << BLOCK_ORDER)
#define TABLES_LOW   12u /* hiding may take two, getting more another two, on a few CPUs at once */
#define TABLES_LEAST 4u  /* with fewer, nothing is tried that may take some                      */

static struct labyrinth *isolated;
static struct lock growing;

/* Read-only where all memory is, and writable among the tables. */
static bool make_tables(phys_addr_t first)
{
	struct tables live = tables_live((phys_addr_t){ 0 }, 0);

	if (table_pool_frames() < TABLES_LEAST || !direct_seal(first))
		return false;
	tables_map(&live, &(struct mapping){ TABLES_BASE + first.a, first, TABLES * LABYRINTH_PAGE_SIZE, MAP_DATA });
	table_pool_add(first, TABLES);
	return true;
}

static void get_tables(struct labyrinth *lab)
{
	labyrinth_gfp_t gfp = LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA32 | LABYRINTH_GFP_NOWARN; /* TABLES_REACH */
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, gfp, BLOCK_ORDER);

	if (grant.page == NULL)
		return;
	lock_take(&growing);
	bool made = make_tables(labyrinth_page_phys(lab, grant.page));
	lock_give(&growing);
	if (!made && labyrinth_free_pages(lab, grant.page, BLOCK_ORDER) != LABYRINTH_OK)
		panic("a page block that was to hold page tables cannot be freed");
}

static bool hide(phys_addr_t first, unsigned order, void *context)
{
	if (table_pool_frames() < TABLES_LOW)
		get_tables(context);
	return table_pool_frames() >= TABLES_LOW && direct_hide(first, order);
}

static void flush(void *context)
{
	(void)context;
	direct_flush();
}

static void show(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	direct_show(first, order);
}

static void *map(unsigned slot, phys_addr_t frame, void *context)
{
	(void)context;
	return window_map(slot, frame);
}

static void unmap(unsigned slot, void *context)
{
	(void)context;
	window_unmap(slot);
}

static bool hidden(phys_addr_t frame, void *context)
{
	(void)context;
	return direct_hidden(frame);
}

void isolate_start(struct labyrinth *lab)
{
	struct labyrinth_isolation port = { hide, flush, show, map, unmap, hidden, WINDOW_CLAIM_SLOTS, lab };
	uint64_t flushes = direct_flushes();
	enum labyrinth_status status = labyrinth_isolate(lab, &port);
	struct labyrinth_stats stats;

	if (status != LABYRINTH_OK)
		refuse("exclusive frames cannot be isolated: %s (%s)", labyrinth_status_text(status),
		       labyrinth_status_name(status));
	isolated = lab;
	labyrinth_stats(lab, &stats);
	kprintf("isolation: %lu frames of the vault out of the direct map, %lu shootdown; %u windows a CPU\n",
	        stats.vault, direct_flushes() - flushes, WINDOW_CLAIM_SLOTS);
}

/* ---- Who touched what. */

struct search {
	pfn_t                  frame;
	struct labyrinth_block found;
};

static bool look(const struct labyrinth_block *block, void *context)
{
	struct search *search = context;

	if (search->frame.n - block->first.n >= UINT64_C(1) << block->order)
		return true;
	search->found = *block;
	return false;
}

static void print_touch(const struct isolate_touch *touch, const struct labyrinth_block *block)
{
	struct labyrinth_owner_stats owner;

	kprintf("  frame %lx is hidden: it is %s", touch->frame.n, labyrinth_block_state_name(block->state));
	if (labyrinth_owner_stats(isolated, touch->owner, &owner) == LABYRINTH_OK)
		kprintf(", owner \"%s\", claim %u of this frame", owner.name, touch->generation);
	kprintf("; touched by CPU %u at rip %016lx, thread \"%s\"\n", touch->cpu, touch->rip,
	        thread_name(thread_current()));
}

bool isolate_explain(uint64_t virt, uint64_t rip, struct isolate_touch *touch)
{
	phys_addr_t at = { virt - DIRECT_BASE };
	struct search search = { .frame = labyrinth_pfn_floor(at) };

	if (isolated == NULL || at.a >> DIRECT_BITS != 0 || !direct_hidden(at) ||
	    labyrinth_for_each_block(isolated, look, &search))
		return false;
	*touch = (struct isolate_touch){ search.frame, search.found.owner, search.found.generation, cpu_index(), rip };
	print_touch(touch, &search.found);
	return true;
}
