/*
 * probe.h - touches an address that may not be there, and lives to tell.
 *
 * Idea    The two instructions that touch are listed with the place to go on at; the page fault handler looks there:
 *         probe_goes_on(). Nothing else in the kernel survives a page fault.
 */
#ifndef X86_PROBE_H
#define X86_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Reads or writes one byte; false: that was a page fault, and nothing happened. Any context. */
bool probe_read(const volatile void *at, uint8_t *byte);
bool probe_write(volatile void *at, uint8_t byte);

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
