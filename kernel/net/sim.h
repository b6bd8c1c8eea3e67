/*
 * sim.h - the driver of the simulated card: nic.h's operations on sim_device.h's registers.
 *
 * Writes  The descriptor ring, in a frame that it allocates; the device's tail register.
 */
#ifndef NET_SIM_H
#define NET_SIM_H

#include "nic.h"
#include "sender.h"
#include "sim_device.h"

struct sim {
	struct sim_device      device;
	struct sender          sender; /* at the other end of the wire   */
	struct nic            *nic;    /* whose card this is             */
	struct page           *page;   /* the ring's frame               */
	struct sim_descriptor *ring;   /* the same, as the driver sees it */
};

extern const struct nic_operations sim_operations;

/* An empty ring. `nic` is set by the caller; the rest is zero but for the sender. Then nic_open(). Task. */
enum labyrinth_status sim_open(struct sim *sim) LABYRINTH_MUST_USE;

/* After nic_close(), or after sim_open() alone. Task. */
enum labyrinth_status sim_close(struct sim *sim);

#endif
