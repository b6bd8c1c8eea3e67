/*
 * window.h - pages that only one CPU has: through them an exclusive frame is reached.
 *
 * Idea    Each CPU has a root table of its own. They agree in all entries but one, that of WINDOW_BASE; there, each has
 *         tables of its own, and in them slots at addresses of its own. So no other CPU can reach what a slot shows,
 *         not even speculatively, and an address that is handed to another CPU is a page fault there, not somebody
 *         else's frame. Between two slots is a page that is never mapped.
 */
#ifndef X86_WINDOW_H
#define X86_WINDOW_H

#include <labyrinth/types.h>

/* A CPU's slots; who uses the ones behind those for claims: devices made of code (interrupts only), tests (tasks). */
#define WINDOW_CLAIM_SLOTS 16u
enum window_slot {
	WINDOW_DEVICE = WINDOW_CLAIM_SLOTS,
	WINDOW_TEST,
	WINDOW_SLOTS
};

/*
 * A root table for the CPU of this index, below 4 GiB; the boot CPU's is the one that is live. Of index 0 first. Takes
 * four tables. {0}: no tables are left. Task, one CPU at a time; the same index again is the same root.
 */
phys_addr_t address_space_for_cpu(uint32_t index);

/* The slot, empty before, shows the frame: one store. Its address. Pinned to this CPU; any context, slot by slot. */
void *window_map(unsigned slot, phys_addr_t frame);

/* The slot is empty: one store, one INVLPG. Likewise. */
void window_unmap(unsigned slot);

/* Where the slot of a CPU is, mapped or not. */
void *window_address(uint32_t cpu, unsigned slot);

#endif
