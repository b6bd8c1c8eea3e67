/*
 * echo.h - the network stack as an owner of frames: what arrives is answered in its own frame, and leaves in it.
 *
 * Idea    The interrupt queues packets; the network thread takes them out, answers, and lends the frame to the card,
 *         which gives it back when it is sent.
 * Writes  echo_receive(): the queue's tail; the thread: everything else, but for holding and mark.
 */
#ifndef NET_ECHO_H
#define NET_ECHO_H

#include "answer.h"
#include "packets.h"

struct echo {
	struct labyrinth      *lab;
	labyrinth_owner_t      owner;
	const struct nic      *nic;
	struct answerer        who;
	struct packets         queue;
	struct labyrinth_claim sending[NIC_SLOTS];     /* lent to the card, oldest first                */
	uint32_t               lent, returned;         /* count up for ever                             */
	atomic_bool            holding;                /* keeps packets in the queue instead of answering */
	_Atomic uint8_t        mark;                   /* first byte of the last packet to port 9       */
	uint64_t               answered;               /* packets sent                                  */
	uint64_t               unsent;                 /* answers for which there was no link           */
	struct unexpected      unexpected;             /* the thread's                                  */
	struct unexpected      overrun;                /* the interrupt's                               */
};

/* Registers the owner "echo". lab, nic and who are set by the caller, all else is zero. */
enum labyrinth_status echo_open(struct echo *echo) LABYRINTH_MUST_USE;

/* Nothing is lent to the card, which has stopped: releases what is queued, retires the owner. */
enum labyrinth_status echo_close(struct echo *echo);

/* For struct nic_receiver. */
void echo_receive(void *context, const struct nic_packet *packet);

/* Takes back what the card has sent, and answers one packet. false: there was nothing to do. Task. */
bool echo_poll(struct echo *echo);

static inline uint32_t echo_queued(const struct echo *echo)
{
	return packets_count(&echo->queue);
}

static inline uint32_t echo_sending(const struct echo *echo)
{
	return echo->lent - echo->returned;
}

#endif
