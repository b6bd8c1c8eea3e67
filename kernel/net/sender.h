/*
 * sender.h - who sends the packets: a rate, a burst, and a window of packets not yet acknowledged.
 *
 * Idea    A token bucket on the cycle counter paces it, and a window, as in TCP, keeps it from outrunning the receiver.
 *         So a loaded host makes a run longer and loses nothing; a window of 0 takes the brake off.
 * Writes  struct sender, in the card's interrupt; what a function says otherwise.
 */
#ifndef NET_SENDER_H
#define NET_SENDER_H

#include <stdatomic.h>
#include <stdint.h>

struct sender {
	uint32_t         rate;      /* packets a second                                             */
	uint32_t         burst;     /* packets at most per tick                                     */
	uint32_t         bytes;     /* a packet                                                     */
	uint32_t         window;    /* packets sent and not acknowledged, at most; 0: any number    */
	uint64_t         sequence;  /* of the next packet                                           */
	uint64_t         remaining; /* packets to send                                              */
	uint64_t         tokens;    /* in 1/tsc_hertz() packets: no division on the way in          */
	uint64_t         filled_at; /* cpu_tsc() when tokens were last added                        */
	uint64_t         held_back; /* ticks at which the window let through less than the rate did */
	_Atomic uint64_t acknowledged; /* every packet before this one is accounted for             */
};

/* Gives it that many packets to send. The card is stopped. */
void sender_offer(struct sender *sender, uint64_t packets, uint32_t window);

/* How many packets may go now; they count as sent. */
uint32_t sender_due(struct sender *sender, uint64_t now);

/* The receiver is done with every packet before `sequence`. Task. */
static inline void sender_acknowledge(struct sender *sender, uint64_t sequence)
{
	sender->acknowledged = sequence;
}

#endif
