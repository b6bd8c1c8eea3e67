/*
 * shootdown.h - addresses whose translations all CPUs have to forget, gathered and then forgotten in one go.
 */
#ifndef X86_SHOOTDOWN_H
#define X86_SHOOTDOWN_H

#include <stdbool.h>
#include <stdint.h>

#define SHOOTDOWN_MOST 32u /* addresses; beyond, and for page blocks, each CPU forgets everything */

/* Zero is empty. */
struct shootdown {
	unsigned count;
	bool     all;
	uint64_t virt[SHOOTDOWN_MOST];
};

/* Adds an address; `all`: pages of several sizes may be known there. */
void shootdown_add(struct shootdown *shootdown, uint64_t virt, bool all);

/* Was an address of these bytes added? true as well when there were too many for that to be known. */
bool shootdown_may_have(const struct shootdown *shootdown, uint64_t virt, uint64_t bytes);

/* When it returns, all CPUs have forgotten. Task, interrupts on. */
void shootdown_run(struct shootdown *shootdown);

#endif
