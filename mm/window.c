/*
 * window.c - slots taken and filled, emptied and left.
 */
#include "window.h"

#include <labyrinth/port.h>

void labyrinth_isolation_init(struct isolation *iso, struct window *at, uint32_t cpus)
{
	*iso = (struct isolation){ .at = at, .cpus = cpus, .slots = LABYRINTH_MAX_WINDOWS };
	for (uint32_t i = 0; i < cpus; i++)
		atomic_store_explicit(&at[i].open, 0, memory_order_relaxed);
}

bool labyrinth_window_here(const struct isolation *iso)
{
	bool here = !iso->on || labyrinth_port_pin() < iso->cpus;

	if (iso->on)
		labyrinth_port_unpin();
	return here;
}

bool labyrinth_window_take(struct isolation *iso, unsigned cpu, uint32_t most, unsigned *slot)
{
	uint32_t open = window_open(iso, cpu);
	unsigned next;

	do {
		next = window_next(open);
		if (next >= most)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&iso->at[cpu].open, &open, open | UINT32_C(1) << next,
	                                                memory_order_acq_rel, memory_order_relaxed));
	*slot = next;
	return true;
}

void *labyrinth_window_fill(const struct isolation *iso, unsigned slot, phys_addr_t frame)
{
	return iso->on ? iso->call.map(slot, frame, iso->call.context) : labyrinth_port_virt(frame);
}

void labyrinth_window_empty(const struct isolation *iso, unsigned slot)
{
	if (iso->on)
		iso->call.unmap(slot, iso->call.context);
}

void *labyrinth_window_open(struct isolation *iso, phys_addr_t frame, unsigned *slot)
{
	unsigned cpu = labyrinth_port_pin();

	if (cpu >= iso->cpus || !labyrinth_window_take(iso, cpu, iso->slots, slot))
		labyrinth_port_panic("a CPU has no window slot left to shred a frame in", cpu);
	return labyrinth_window_fill(iso, *slot, frame);
}

void labyrinth_window_close(struct isolation *iso, unsigned slot)
{
	labyrinth_window_empty(iso, slot);
	window_leave(iso, labyrinth_port_pin(), slot);
	labyrinth_port_unpin();
	labyrinth_port_unpin();
}
