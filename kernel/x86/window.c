/*
 * window.c - root tables and windows of the CPUs.
 *
 * Writes  The tables of each CPU's windows; the slots' entries, each CPU its own.
 * Manual  Intel SDM vol. 3 section 4.10.4.3 (an entry that becomes present needs no invalidation).
 */
#include <stdatomic.h>

#include "x86/cpu.h"
#include "x86/page_entry.h"
#include "x86/percpu.h"
#include "x86/window.h"

#define WINDOW_BYTES (UINT64_C(2) << 20) /* a CPU's part of the region: what one table maps */

static struct {
	phys_addr_t       root;
	_Atomic uint64_t *entries; /* of the table that maps the slots */
} windows[CPUS_MOST];

/* Every second page, the first one not. */
static uint64_t page_of(unsigned slot)
{
	return 2 * slot + 1;
}

void *window_address(uint32_t cpu, unsigned slot)
{
	return (void *)(WINDOW_BASE + cpu * WINDOW_BYTES + page_of(slot) * LABYRINTH_PAGE_SIZE);
}

/* The three tables below the root; what is taken when one is missing stays taken: the CPU stays asleep, once. */
static bool make_window(uint32_t index)
{
	phys_addr_t table = windows[index].root, below;

	for (unsigned level = LEVELS; level > 1; level--) {
		if (!table_take(&below))
			return false;
		*entry_in(table, level, (uintptr_t)window_address(index, 0)) = below.a | TABLE;
		table = below;
	}
	windows[index].entries = table_entries(table);
	return true;
}

/* The boot CPU's root; the entry of the window is replaced next. The others are there to stay, new ones are shared. */
static bool copy_root(phys_addr_t *root)
{
	phys_addr_t own = { cr3_read() & ADDRESS };

	if (!table_take(root))
		return false;
	for (unsigned i = 0; i < ENTRIES; i++)
		table_entries(*root)[i] = table_entries(own)[i];
	tables_share_root(*root);
	return true;
}

phys_addr_t address_space_for_cpu(uint32_t index)
{
	phys_addr_t root = { cr3_read() & ADDRESS };

	if (windows[index].entries != NULL)
		return windows[index].root;
	if (index > 0 && !copy_root(&root))
		return (phys_addr_t){ 0 };
	windows[index].root = root;
	return make_window(index) ? root : (phys_addr_t){ 0 };
}

void *window_map(unsigned slot, phys_addr_t frame)
{
	uint32_t cpu = cpu_index();

	atomic_store_explicit(&windows[cpu].entries[page_of(slot)], frame.a | PRESENT | WRITE | NX,
	                      memory_order_release);
	return window_address(cpu, slot);
}

void window_unmap(unsigned slot)
{
	uint32_t cpu = cpu_index();

	atomic_store_explicit(&windows[cpu].entries[page_of(slot)], 0, memory_order_release);
	page_forget((uintptr_t)window_address(cpu, slot));
}
