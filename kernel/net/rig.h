/*
 * rig.h - everybody who takes part in the demonstration, and packets running between them.
 *
 * Writes  struct rig. Context: task, interrupts on.
 */
#ifndef NET_RIG_H
#define NET_RIG_H

#include "greedy.h"
#include "hog.h"
#include "nic.h"
#include "receiver.h"
#include "sim.h"

struct rig {
	struct labyrinth          *lab;
	const struct demo_options *options;
	struct sim                 sim;
	struct nic                 nic;
	struct receiver            receiver;
	struct greedy              greedy;
	struct hog                 hog;
	unsigned                   opened;   /* parts that are open, see rig.c                            */
	uint64_t                   progress; /* packets sent and received when something last happened ... */
	uint64_t                   since;    /* ... and cpu_tsc() then                                    */
};

/* Registers the owners and fills the ring. NULL, or what was refused; then nothing is left open. */
const char *rig_open(struct rig *rig, struct labyrinth *lab, const struct demo_options *options);

/* The card has stopped: gives everything back, retires the owners. NULL, or what was refused. */
const char *rig_close(struct rig *rig);

/*
 * Sends packets and receives them until all have been dealt with; the card is stopped before and after.
 * false: nothing has happened for a minute.
 */
bool rig_run(struct rig *rig, uint64_t packets, uint32_t window);

/* The card has stopped: the receiver takes what waits for it; then a packet that has not come will not come. */
void rig_settle(struct rig *rig);

#endif
