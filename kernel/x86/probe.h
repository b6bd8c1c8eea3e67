/*
 * probe.h - touches an address that may not be there, and lives to tell.
 *
 * Idea    The two instructions that touch are listed with the place to go on at; the page fault handler looks there:
 *         probe_goes_on(). A jump to a page that cannot be executed faults at the page, so for that each CPU notes
 *         where it is about to jump. Nothing else in the kernel survives a page fault.
 */
#ifndef X86_PROBE_H
#define X86_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include <labyrinth/types.h>

/* Reads or writes one byte; false: that was a page fault, and nothing happened. Any context. */
bool probe_read(const volatile void *at, uint8_t *byte);
bool probe_write(volatile void *at, uint8_t byte);

/* What probe_run() can run: it says that it ran, and returns. */
extern const uint8_t probe_code[4];

/* Runs a copy of probe_code; false: fetching it was a page fault. Pinned; any context. */
bool probe_run(const void *copy) LABYRINTH_MUST_USE;

/* The last probe of this CPU that was a page fault: the address, and the instruction. Pinned. */
struct probe_fault {
	uint64_t virt, rip;
};
struct probe_fault probe_last(void);

/*
 * For the page fault handler: where to go on when the instruction at `rip` faults, at this address; 0: it was no probe.
 * Any context.
 */
uint64_t probe_goes_on(uint64_t rip, uint64_t virt);

#endif
