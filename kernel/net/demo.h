/*
 * demo.h - the demonstration: packets arrive while others take the memory, and nothing is lost that was guaranteed.
 *
 * Needs   The local APIC timer, nobody else using it. Context: task, interrupts on.
 */
#ifndef NET_DEMO_H
#define NET_DEMO_H

#include <labyrinth/types.h>

/* The vault must hold at least this many frames: the sum of the owners' guarantees (budgets.h) and a few over. */
#define DEMO_VAULT_FRAMES 96

/* From the kernel command line: nic=sim|none rate= burst= size= window= packets= seconds= */
struct demo_options {
	bool     sim;     /* receive from the simulated card; false: no demonstration                   */
	uint32_t rate;    /* packets a second offered                                                   */
	uint32_t burst;   /* packets at most per interrupt                                              */
	uint32_t size;    /* bytes a packet, header included                                            */
	uint32_t window;  /* packets sent and not acknowledged, at most; 0: the sender waits for nobody */
	uint64_t packets; /* a phase                                                                    */
};

/* A word that is malformed or out of bounds is reported in one line; its default stands. */
struct demo_options demo_options(void);

/* NULL, or the law that was broken, as a sentence. Everything taken is given back either way. */
const char *demo_run(struct labyrinth *lab, const struct demo_options *options);

#endif
