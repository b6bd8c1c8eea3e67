/*
 * sim_device.h - a network card made of code: registers, a ring of receive descriptors, DMA.
 *
 * Idea    It knows physical addresses only, like hardware: it finds the ring and the frames through them, and writes to
 *         a frame exactly while its descriptor says that the device owns it, through a window slot of its own: DMA asks
 *         no permission of the page tables. No line of the driver is in here.
 * Writes  The frames posted to it, their descriptors, its registers but the tail.
 */
#ifndef NET_SIM_DEVICE_H
#define NET_SIM_DEVICE_H

#include <stdatomic.h>

#include <labyrinth/types.h>

enum sim_descriptor_status {
	SIM_POSTED = 0, /* the device's: it may write to the frame          */
	SIM_DONE   = 1, /* the driver's: `bytes` of the frame were written */
};

/* 16 bytes, at a multiple of 16. */
struct sim_descriptor {
	phys_addr_t      frame;
	uint32_t         bytes;
	_Atomic uint32_t status; /* enum sim_descriptor_status; changing it hands the other fields over */
};

/* The registers. Head and tail count up for ever, so that a full ring differs from an empty one. */
struct sim_device {
	phys_addr_t      ring;        /* of descriptors; written by the driver before the first tail                */
	uint32_t         descriptors; /* in the ring: a power of two                                                */
	_Atomic uint32_t tail;        /* descriptors posted so far; the driver writes it, and so rings the doorbell */
	uint32_t         head;        /* descriptors filled so far                                                  */
	uint64_t         missed;      /* packets that found no posted descriptor                                    */
	bool             cause;       /* something was filled: an interrupt is asked for; reading it clears it      */
};

/* A packet comes in from the wire: into the next posted frame, or lost and counted as missed. */
void sim_device_receive(struct sim_device *device, uint64_t sequence, uint32_t bytes);

/* Reads the cause register. */
bool sim_device_cause(struct sim_device *device);

#endif
