/*
 * receiver.h - who the packets are for: checks each, then releases its frame.
 *
 * Idea    The interrupt queues packets, the main loop takes them out.
 * Writes  receiver_receive(): the queue's tail; the main loop: everything else.
 */
#ifndef NET_RECEIVER_H
#define NET_RECEIVER_H

#include "packets.h"

struct receiver {
	struct labyrinth      *lab;
	labyrinth_owner_t      owner;
	struct packets         queue;
	bool                   holding;    /* keeps the frames instead of releasing them    */
	struct labyrinth_claim held[RECEIVER_LIMIT];
	uint32_t               holds;      /* frames in held[]                              */
	uint64_t               next;       /* sequence number expected                      */
	uint64_t               intact;     /* packets with a right checksum, in order       */
	uint64_t               gaps;       /* sequence numbers that never came              */
	uint64_t               corrupt;    /* packets with a wrong length or checksum       */
	uint64_t               disordered; /* packets from before `next`                    */
	struct unexpected      unexpected; /* the main loop's                               */
	struct unexpected      overrun;    /* the interrupt's                               */
};

/* Registers the owner "receiver". lab is set by the caller, all else is zero. */
enum labyrinth_status receiver_open(struct receiver *receiver) LABYRINTH_MUST_USE;

/* Nothing is queued any more: releases what is held, retires the owner. */
enum labyrinth_status receiver_close(struct receiver *receiver);

/* For struct nic_receiver. */
void receiver_receive(void *context, const struct nic_packet *packet);

/* Handles one packet; false if there was none. */
bool receiver_poll(struct receiver *receiver);

/* Releases the frames held; afterwards nic_deliver() has something to do. */
void receiver_let_go(struct receiver *receiver);

/* Everything before `sequence` was sent and is not queued: what has not come is a gap. */
void receiver_expect(struct receiver *receiver, uint64_t sequence);

static inline bool receiver_idle(const struct receiver *receiver)
{
	return packets_count(&receiver->queue) == 0;
}

#endif
