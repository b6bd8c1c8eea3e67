/*
 * mmu.h - an isolation port with real page tables: those of the process.
 *
 * Idea    Some physical memory becomes a file in memory that is mapped twice. Where labyrinth_port_virt() shows it, it
 *         is the direct map, and what is hidden there is protected: whoever touches it gets a SIGSEGV. The windows are
 *         a region for each CPU, in which a slot shows a page of the file or nothing. As a CPU may remember what was
 *         mapped, what is hidden stays in reach until the next flush; a flush looks whether any of it is exclusive
 *         already. Every call is checked against interface and state; whoever breaks it dies.
 */
#ifndef TESTS_MMU_H
#define TESTS_MMU_H

#include <labyrinth/labyrinth.h>

#define MMU_CPUS  4u
#define MMU_SLOTS 6u

struct mmu {
	struct labyrinth *lab; /* NULL, or whose frames are looked at when they are flushed       */
	void (*flushing)(void); /* NULL, or called at the begin of a flush: they linger, and others are at work */
	uint64_t tables;       /* calls of hide that will not be refused                          */
	uint64_t whole, single; /* calls of hide, by order                                        */
	uint64_t flushes, shown, maps, unmaps; /* calls, but `shown` in frames                    */
};

extern struct mmu mmu;

/* The hooks; nothing is hidden as yet in frames first .. first + frames - 1, which hold zeros. And the end of it. */
struct labyrinth_isolation mmu_start(uint64_t first, uint64_t frames);
void mmu_end(void);

/* Frames that are hidden. */
uint64_t mmu_hidden(void);

/* Where a device sees a physical address: it is hidden from nobody there. */
uint8_t *mmu_device(phys_addr_t phys);

/* Does reading a byte at this address fault? And writing? */
bool mmu_read_faults(const void *at);
bool mmu_write_faults(void *at);

#endif
