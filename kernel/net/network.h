/*
 * network.h - the network stack as a thread: it answers, and takes in what interrupts have left.
 *
 * Idea    It sleeps until the card's interrupt rings for it, with no limit of time: if a ring were lost, nothing would
 *         go on. It stays on the CPU that gets the interrupts, so masking them is all that it needs against the
 *         handler; and takes turns with the other threads there, however much comes in.
 * Writes  What belongs to card, nic and echo in tasks: between network_open() and network_close() that is the thread's.
 */
#ifndef NET_NETWORK_H
#define NET_NETWORK_H

#include "bell.h"
#include "e1000.h"
#include "echo.h"

struct thread;

enum network_state { NETWORK_CLOSED, NETWORK_OPEN, NETWORK_LEFT };

struct network {
	struct e1000             *card;
	struct nic               *nic;
	struct echo              *echo;
	struct thread            *thread;
	struct bell               work; /* rung for the thread                          */
	struct bell               rest; /* rung by it, when it finds nothing more to do */
	_Atomic enum network_state wanted, is;
	_Atomic bool              resting;
};

/* Starts the thread, closed. card, nic and echo are set by the caller, all else is zero. false: no memory. Task. */
bool network_start(struct network *network) LABYRINTH_MUST_USE;

/* From here on it serves them; and no longer. Task. */
void network_open(struct network *network);
void network_close(struct network *network);

/* Closed: the thread ends. Task. */
void network_stop(struct network *network);

/* Has every packet that has come in been answered or released, and every answer left? Task, on the thread's CPU. */
bool network_settled(const struct network *network);

#endif
